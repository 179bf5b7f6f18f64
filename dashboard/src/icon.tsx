// Pictures beside words, never instead of them.

const PATHS: Record<string, string> = {
  check: 'M3 8.5l3.5 3.5L13 4.5',
  cross: 'M4 4l8 8M12 4l-8 8',
  question: 'M5.5 6a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.8M8 12.6v.4',
  alert: 'M8 2.5L14.5 13.5h-13zM8 6.5v3.4M8 11.6v.4',
  hand: 'M5 8V4.2a1 1 0 0 1 2 0V7.5M7 7V3a1 1 0 0 1 2 0v4M9 7.2V3.8a1 1 0 0 1 2 0V9c0 3-1.4 4.7-3.8 4.7C4.8 13.7 4 12 3 9.6 2.6 8.5 4 8 5 9.5',
  play: 'M5 3.5v9l7.5-4.5z',
  stop: 'M4.5 4.5h7v7h-7z',
  eye: 'M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8zM8 9.6a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2',
  wait: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.8V8l2.2 1.6',
  minus: 'M3.5 8h9',
  dot: 'M8 9.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3',
  bell: 'M4 11V7.5a4 4 0 0 1 8 0V11l1 1.2H3zM6.7 14h2.6',
  off: 'M4 11V7.5a4 4 0 0 1 8 0V11l1 1.2H3zM2.5 2.5l11 11',
  link: 'M3 8a5 5 0 0 1 10 0M5.5 9a2.6 2.6 0 0 1 5 0M8 11.5v.4',
  broken: 'M3 8a5 5 0 0 1 10 0M8 11.5v.4M3 3l10 10',
}

export type IconName = keyof typeof PATHS

/** Icon draws one; it says nothing to a screen reader, the word beside it does. */
export function Icon({ name }: { name: string }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d={PATHS[name] ?? PATHS.dot} fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  )
}

const STATE_ICONS: Record<string, string> = {
  postponed: 'wait', awaiting_approval: 'bell', running: 'play', stopping: 'stop', unclear: 'question', observing: 'eye',
  completed: 'check', failed: 'cross', cancelled: 'minus', rejected: 'minus', joined: 'link',
  waiting: 'dot', open: 'play', done: 'check', skipped: 'minus',
}

/** stateIcon is the picture of a state of a recovery or of a step. */
export function stateIcon(state: string): string {
  return STATE_ICONS[state] ?? 'dot'
}
