// What a screen reader hears. One polite region that batches, so that a busy minute is
// not read out for five; one alert region for what cannot wait. Both are always there:
// regions that come with their text are not read. A dialog has its own: while it is open
// all else on the page is out of reach, for a screen reader too.

import { count } from './format.ts'

const BATCH = 700
/** Three are enough to follow; the rest stands on the page. */
const ENOUGH = 3

interface Waiting { text: string; own: boolean }

const waiting: Waiting[] = []
let timer: ReturnType<typeof setTimeout> | undefined

function region(id: string): HTMLElement | null {
  return document.querySelector<HTMLElement>(`dialog[open] [data-region=${id}]`) ?? document.getElementById(id)
}

/** say puts a text into a region. The same text again is said again. */
function say(id: string, text: string): void {
  const to = region(id)
  if (to) to.textContent = to.textContent === text ? text + '\u00a0' : text
}

/** announce says something when there is a pause. What became of one's own click is said
 *  however much else happens. */
export function announce(text: string, own = false): void {
  if (!own && waiting[waiting.length - 1]?.text === text) return
  waiting.push({ text, own })
  timer ??= setTimeout(() => {
    timer = undefined
    say('polite', shortened(waiting.splice(0)).reduce((a, b) => a + (a.endsWith('.') ? ' ' : '. ') + b))
  }, BATCH)
}

/** shortened leaves out the oldest of what others did. */
function shortened(all: Waiting[]): string[] {
  const out = new Set(all.filter(x => !x.own).slice(0, Math.max(0, all.length - ENOUGH)))
  const said = all.filter(x => !out.has(x)).map(x => x.text)
  return out.size ? [count(out.size, 'more event'), ...said] : said
}

/** alert says something at once. */
export function alert(text: string): void {
  say('alert', text)
}
