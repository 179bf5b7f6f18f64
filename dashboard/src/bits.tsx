// Small pieces that every screen uses.

import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { useNow } from './clock.ts'
import { clock, moment, stateInWords, whole } from './format.ts'
import { Icon, stateIcon } from './icon.tsx'
import { at } from './router.ts'

/** Said shows what somebody else wrote: as text, and kept apart from ours, so that
 *  writing that runs the other way turns nothing around it. */
export function Said({ children, as: Tag = 'span', class: c = '' }: { children: string | undefined; as?: 'span' | 'p' | 'pre'; class?: string }) {
  return <Tag class={'said ' + c} dir="auto">{visible(children ?? '')}</Tag>
}

/** visible replaces characters that would hide or turn around other text. */
export function visible(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
}

/** State is a state as picture and word. */
export function State({ state, reason }: { state: string; reason?: string }) {
  return <span class={'state ' + state}><Icon name={stateIcon(state)} />{stateInWords(state)}{reason ? <span class="quiet">{': ' + reason.replaceAll('_', ' ')}</span> : null}</span>
}

/** Token leads to a recovery's page. */
export function Token({ token }: { token: string }) {
  return <a class="token" href={at('/r/' + token, '')}>{token}</a>
}


/** Ago says how long ago something was, and keeps saying it right. */
export function Ago({ t }: { t: string | undefined | null }) {
  const now = useNow(1000)
  if (!t) return null
  return <time dateTime={t} title={moment(t) + ' UTC'}>{whole(now - Date.parse(t))} ago</time>
}

/** Clock is a time of day. */
export function Clock({ t }: { t: string | undefined | null }) {
  return t ? <time dateTime={t} title={moment(t) + ' UTC'} class="clock">{clock(t)}</time> : null
}

/** How long buttons ignore input after what they are about has changed. */
const GUARD = 500

/** How often the place of the buttons is looked at, and what is too little to matter. */
const LOOK = 100, STILL = 3

/** useGuard tells whether what the buttons are about has stood for long enough that a
 *  click is meant for it, and not for what was there a moment ago: another prompt, or,
 *  where the buttons stand within a place, another button that a line above has moved. */
export function useGuard(about: string, place?: { current: HTMLElement | null }): () => boolean {
  const since = useRef({ about: '', at: 0 })
  const stood = useRef<{ top: number; left: number; within: number }>(undefined)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const [, again] = useState(0)
  const ready = () => {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => again(n => n + 1), GUARD + 10)
  }
  if (since.current.about !== about) since.current = { about, at: performance.now() }
  const moved = () => {
    const button = place?.current?.querySelector('.act')
    if (!button) return false
    const { top, left } = button.getBoundingClientRect()
    const was = stood.current, is = { top, left, within: top + scrollY }
    stood.current = is
    const far = (a: number, b: number) => Math.abs(a - b) > STILL
    // Whoever scrolls moves the page, and nothing within it.
    if (!was || !(far(is.left, was.left) || far(is.top, was.top) && far(is.within, was.within))) return false
    since.current.at = performance.now()
    ready()
    // Whoever notices, a click too: from now on the buttons show that they take none.
    queueMicrotask(() => again(n => n + 1))
    return true
  }
  useEffect(() => {
    ready()
    if (!place?.current) return () => clearTimeout(timer.current)
    // Nearly all that moves them changes a height, and is seen before it is painted.
    const heights = new ResizeObserver(moved)
    heights.observe(place.current)
    heights.observe(document.body)
    const rest = setInterval(moved, LOOK)
    return () => { clearTimeout(timer.current); heights.disconnect(); clearInterval(rest) }
  }, [about])
  return () => !moved() && performance.now() - since.current.at >= GUARD
}

/** Act is a button that decides. It stays in the order of the tab key when it may not be
 *  used, and says why. */
export function Act({ children, onAct, off, guard, kind = '', keys, label }: {
  children: ComponentChildren; onAct: () => void; off?: string | false; guard?: () => boolean
  kind?: 'primary' | 'danger' | 'plain' | ''; keys?: string; label?: string
}) {
  return (
    <button type="button" class={'act ' + kind} aria-disabled={off ? 'true' : undefined} title={off || undefined} aria-label={label}
      aria-keyshortcuts={keys} onClick={e => {
        e.preventDefault()
        if (off || (guard && !guard())) return
        onAct()
      }}>{children}{keys ? <kbd aria-hidden="true">{keys}</kbd> : null}</button>
  )
}

/** Dialog is the browser's own: it keeps the focus within, Esc closes it, and the focus
 *  goes back to where it was. */
export function Dialog({ title, onClose, children, wide }: { title: string; onClose: () => void; children: ComponentChildren; wide?: boolean }) {
  const ref = useRef<HTMLDialogElement>(null)
  const guard = useGuard(title)
  useEffect(() => {
    // A dialog that is taken away says "close" a moment later: by then another may be open.
    const d = ref.current
    d?.showModal()
    return () => d?.close()
  }, [])
  return (
    <dialog ref={ref} class={wide ? 'wide' : ''} aria-labelledby="dialog-title" data-ready={guard()} onClose={() => { if (ref.current) onClose() }}>
      <div class="dialog-head">
        <h2 id="dialog-title">{title}</h2>
        <button type="button" class="close" aria-label="Close" onClick={onClose}><Icon name="cross" /></button>
      </div>
      {children}
      <div class="hidden" data-region="polite" aria-live="polite" />
      <div class="hidden" data-region="alert" role="alert" />
    </dialog>
  )
}

/** useBusy runs something once at a time. */
export function useBusy(): [boolean, (f: () => Promise<unknown>) => void] {
  const [busy, set] = useState(false)
  const on = useRef(false)
  return [busy, f => {
    if (on.current) return
    on.current = true
    set(true)
    f().finally(() => { on.current = false; set(false) })
  }]
}
