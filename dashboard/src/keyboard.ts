// The keyboard alone suffices. A single key opens and moves; it never decides.

import { acknowledge } from './attention.ts'
import { dialogOpen, openDialog } from './dialogs.tsx'
import { underWay } from './picture.ts'
import { at, go, here } from './router.ts'
import { underway } from './decision.ts'
import { mayDecide, world } from './world.ts'

const PLACES: Record<string, string> = { l: '/', p: '/postponed', h: '/history', s: '/statistics', a: '/systems', o: '/handover' }
let after = ''
let forget: ReturnType<typeof setTimeout> | undefined

/** onKey does what a key asks for, unless somebody is writing. */
export function onKey(e: KeyboardEvent): void {
  if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || dialogOpen()) return
  const t = e.target as HTMLElement | null
  if (t?.closest('input, textarea, select, [contenteditable]')) return
  const key = e.key
  if (after === 'g') {
    after = ''
    const to = PLACES[key]
    if (to) {
      e.preventDefault()
      go(at(to, here().system))
      focusHeading()
    }
    return
  }
  if (key === 'g') {
    after = 'g'
    clearTimeout(forget)
    forget = setTimeout(() => { after = '' }, 1200)
    return
  }
  if (act(key)) e.preventDefault()
}

function act(key: string): boolean {
  const system = here().system
  const p = world.pictures.get(system)
  const s = p && underWay(p)
  const prompt = s?.prompt
  switch (key) {
    case '?': openDialog({ kind: 'help' }); return true
    case 'm': acknowledge(); return true
    case 'j': case 'k': return move(key === 'j' ? 1 : -1)
    case '/': go(at('/history', system)); search(); return true
    case 'i': if (s && mayDecide(system)) openDialog({ kind: 'interrupt', token: s.token }); return !!s
    case 'a': case 'r':
      if (!s || !prompt || !mayDecide(system) || underway(prompt.id)) return false
      if (prompt.kind === 'approve') openDialog({ kind: key === 'a' ? 'approve' : 'decline', prompt: prompt.id, token: s.token })
      else document.querySelector<HTMLElement>('.prompt textarea')?.focus()
      return true
  }
  return false
}

/** focusHeading puts the focus where the new page begins. */
export function focusHeading(): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>('main h1')?.focus())
}

/** search puts the focus into the history's first filter, once it is there and stays:
 *  the screen may still be loading, and draws itself anew when its address changes. */
function search(tries = 300, kept = 0): void {
  const field = document.getElementById('search')
  if (field && document.activeElement !== field) {
    field.focus()
    kept = 0
  }
  if (tries && kept < 10) requestAnimationFrame(() => search(tries - 1, field ? kept + 1 : 0))
}

/** move goes to the next or previous line of a list. */
function move(by: number): boolean {
  const lines = [...document.querySelectorAll<HTMLElement>('main [data-line]')]
  if (!lines.length) return false
  const at = lines.findIndex(l => l === document.activeElement || l.contains(document.activeElement))
  const next = lines[Math.min(lines.length - 1, Math.max(0, at < 0 ? 0 : at + by))]
  next?.focus()
  next?.scrollIntoView({ block: 'nearest' })
  return true
}
