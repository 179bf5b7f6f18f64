// A recovery as spans of time: in the queue, waiting for an answer, each attempt, being
// watched. Made from its status and its audit trail; pure, so that tests hold it.

import type { Event, Status } from './words.ts'

export interface Span {
  key: string
  row: string
  label: string
  kind: 'queue' | 'prompt' | 'offer' | 'attempt' | 'observe'
  from: number
  to: number
  open: boolean
  /** How it ended, where that matters: done, failed, declined. */
  end: string
}

const ENDS = ['completed', 'failed', 'cancelled', 'rejected', 'joined']
const LEAVES_QUEUE = ['turn', 'prompted', 'offered', 'step_by_hand', 'observing', ...ENDS]
const LEAVES_OBSERVE = ['not_cured', 'prompted', 'offered', 'step_by_hand', 'postponed', ...ENDS]

/** spans lists them in the order of their rows and times. Now is where open ones end. */
export function spans(s: Status, trail: Event[], now: number): Span[] {
  const end = s.ended ? Date.parse(s.ended) : now
  const out: Span[] = []
  const between = (row: string, kind: Span['kind'], opens: string, closes: string[]) => {
    let from = NaN
    trail.forEach(e => {
      const t = Date.parse(e.at)
      if (!Number.isNaN(from) && closes.includes(e.kind)) {
        out.push({ key: `${kind}@${from}`, row, label: row, kind, from, to: t, open: false, end: e.kind })
        from = NaN
      }
      if (e.kind === opens && Number.isNaN(from)) from = t
    })
    if (!Number.isNaN(from)) out.push({ key: `${kind}@${from}`, row, label: row, kind, from, to: end, open: !s.ended, end: '' })
  }
  between('Queue', 'queue', 'postponed', LEAVES_QUEUE)
  prompts(s, trail, end, out)
  attempts(s, end, out)
  between('Observe', 'observe', 'observing', LEAVES_OBSERVE)
  return out
}

function prompts(s: Status, trail: Event[], end: number, out: Span[]): void {
  const opened = new Map<string, number>()
  for (const e of trail) if (e.prompt && !opened.has(e.prompt) && ['prompted', 'step_by_hand', 'unclear'].includes(e.kind)) opened.set(e.prompt, Date.parse(e.at))
  const add = (id: string, kind: string, to: number, open: boolean, how: string) => {
    const from = opened.get(id)
    if (from === undefined) return
    const row = kind === 'clarify' ? 'Clarify' : kind === 'confirm' ? 'By hand' : 'Approval'
    out.push({ key: id, row, label: `${row} ${id.slice(id.lastIndexOf('.') + 1)}`, kind: 'prompt', from, to, open, end: how })
  }
  for (const c of s.closed_prompts ?? []) add(c.id, c.kind, Date.parse(c.at), false, c.how)
  if (s.prompt) {
    if (!opened.has(s.prompt.id)) opened.set(s.prompt.id, Date.parse(s.prompt.opened))
    add(s.prompt.id, s.prompt.kind, end, true, '')
  }
}

function attempts(s: Status, end: number, out: Span[]): void {
  for (const step of s.steps) {
    for (const a of step.attempts ?? []) {
      if (a.state === 'by_hand' || step.by_hand) continue
      const offered = a.offered ? Date.parse(a.offered) : NaN
      const granted = a.granted ? Date.parse(a.granted) : NaN
      const to = a.ended ? Date.parse(a.ended) : end
      // Members act at the same time, each on a row of its own; numbers count over all of them.
      const mine = step.members?.length ? (step.attempts ?? []).filter(x => x.agent === a.agent) : undefined
      const tries = mine ?? step.attempts ?? []
      const many = a.number > 1 && !mine || tries.length > 1 ? `, try ${mine ? mine.indexOf(a) + 1 : a.number}` : ''
      const row = mine ? memberRow(step.index, a.agent ?? '') : `Step ${step.index}${many}`
      const label = mine ? row + many : row
      const key = attemptKey(step.index, a.number)
      const open = !a.ended && !s.terminal
      if (!Number.isNaN(granted)) {
        if (granted - offered > 0) out.push({ key: key + '/offer', row, label: label + ' offered', kind: 'offer', from: offered, to: granted, open: false, end: '' })
        out.push({ key, row, label, kind: 'attempt', from: granted, to, open, end: a.outcome ?? '' })
      } else if (!Number.isNaN(offered)) {
        out.push({ key, row, label: label + ' offered', kind: 'offer', from: offered, to, open, end: a.outcome ?? a.state })
      }
    }
  }
}

function memberRow(step: number, agent: string): string {
  return `Step ${step}, ${agent}`
}

/** rows are the timeline's, in order: those of the spans, and a group's members that have
 *  not begun, which an operator must not take for none. */
export function rows(s: Status, list: Span[]): string[] {
  const out = [...new Set(list.map(x => x.row))]
  for (const step of s.steps) {
    const all = (step.members ?? []).map(m => memberRow(step.index, m.agent))
    if (!all.some(r => out.includes(r))) continue
    const first = out.findIndex(r => all.includes(r))
    const others = out.filter(r => !all.includes(r))
    out.splice(0, out.length, ...others.slice(0, first), ...all, ...others.slice(first))
  }
  return out
}

function attemptKey(step: number, number: number): string {
  return `step${step}/${number}`
}

/** spanOf is the span that an event belongs to; "" for none. */
export function spanOf(e: Event, all: Span[]): string {
  const has = (key: string) => all.some(s => s.key === key)
  if (e.attempt && has(attemptKey(e.step ?? 0, e.attempt))) return attemptKey(e.step ?? 0, e.attempt)
  if (e.prompt && has(e.prompt)) return e.prompt
  const t = Date.parse(e.at)
  const kind = e.kind === 'postponed' || e.kind === 'turn' ? 'queue' : ['observing', 'not_cured', 'cleared', 'completed'].includes(e.kind) ? 'observe' : ''
  return all.find(s => s.kind === kind && s.from <= t && t <= s.to)?.key ?? ''
}

/** Refused are the kinds of events that changed nothing: clicks that came too late. */
export const REFUSED = ['decision_refused', 'interrupt_ignored', 'claim_refused', 'too_late', 'late', 'repeated', 'cleared_unknown']
