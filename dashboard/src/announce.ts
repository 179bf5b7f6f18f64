// What a screen reader hears. One polite region that batches, so that a busy minute is
// not read out for five; one alert region for what cannot wait. Both are always there:
// regions that come with their text are not read.

const BATCH = 700
const waiting: string[] = []
let timer: ReturnType<typeof setTimeout> | undefined

function region(id: string): HTMLElement | null {
  return document.getElementById(id)
}

/** announce says something when there is a pause. */
export function announce(text: string): void {
  if (waiting[waiting.length - 1] === text) return
  waiting.push(text)
  timer ??= setTimeout(() => {
    timer = undefined
    const all = waiting.splice(0)
    const to = region('polite')
    // Three are enough to follow; the rest stands on the page.
    if (to) to.textContent = (all.length > 3 ? [`${all.length - 3} more events`, ...all.slice(-3)] : all).join('. ')
  }, BATCH)
}

/** alert says something at once. */
export function alert(text: string): void {
  const to = region('alert')
  if (!to) return
  // The same text again is a new alert.
  to.textContent = to.textContent === text ? text + '\u00a0' : text
}
