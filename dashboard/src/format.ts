// Times, durations and states as people read them.

import type { By } from './words.ts'

/** parseDuration reads a duration of the log, as in 1h30m or 250ms, in milliseconds. */
export function parseDuration(text: string | undefined): number {
  if (!text) return 0
  const unit: Record<string, number> = { h: 3600e3, m: 60e3, s: 1e3, ms: 1, us: 1e-3, 'µs': 1e-3, ns: 1e-6 }
  let out = 0
  for (const [, n, u] of text.matchAll(/([\d.]+)(h|ms|us|µs|ns|m|s)/g)) out += Number(n) * (unit[u ?? ''] ?? 0)
  return out
}

/** span says a duration in milliseconds with two units at most: 3 min 20 s. */
export function span(ms: number): string {
  const s = Math.max(0, ms) / 1000
  if (s < 10) return trim(s.toFixed(1)) + ' s'
  if (s < 60) return Math.floor(s) + ' s'
  if (s < 600) return join(Math.floor(s / 60), 'min', Math.floor(s % 60), 's')
  if (s < 3600) return Math.floor(s / 60) + ' min'
  if (s < 86400) return join(Math.floor(s / 3600), 'h', Math.floor(s % 3600 / 60), 'min')
  return join(Math.floor(s / 86400), 'd', Math.floor(s % 86400 / 3600), 'h')
}

/** whole says it without tenths, for what counts in seconds: 2 min 0 s, since a second later
 *  it is 2 min 1 s, and what stands below must not jump up and down. */
export function whole(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000))
  if (s < 60) return s + ' s'
  return s < 600 ? `${Math.floor(s / 60)} min ${s % 60} s` : span(ms)
}

function join(a: number, u: string, b: number, v: string): string {
  return b ? `${a} ${u} ${b} ${v}` : `${a} ${u}`
}

function trim(n: string): string {
  return n.endsWith('.0') ? n.slice(0, -2) : n
}

/** said reads a duration of the log and says it for people. */
export function said(duration: string | undefined): string {
  return span(parseDuration(duration))
}

/** countdown is minutes and seconds: 9:05. */
export function countdown(ms: number): string {
  const s = Math.max(0, Math.ceil(ms / 1000))
  const h = Math.floor(s / 3600)
  const two = (n: number) => String(n).padStart(2, '0')
  return h ? `${h}:${two(Math.floor(s % 3600 / 60))}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`
}

/** clock is a time of day in UTC, with seconds. */
export function clock(t: string | number | undefined | null): string {
  if (t === undefined || t === null || t === '') return ''
  return new Date(t).toISOString().slice(11, 19)
}

/** precise is a time of day in UTC, with milliseconds. */
export function precise(t: string): string {
  return new Date(t).toISOString().slice(11, 23)
}

/** day is a date in UTC. */
export function day(t: string | number): string {
  return new Date(t).toISOString().slice(0, 10)
}

/** moment is date and time in UTC. */
export function moment(t: string | undefined | null): string {
  return t ? `${day(t)} ${clock(t)}` : ''
}

const STATES: Record<string, string> = {
  postponed: 'postponed', awaiting_approval: 'awaiting approval', running: 'running', stopping: 'stopping',
  unclear: 'outcome unknown', observing: 'observing', completed: 'completed', failed: 'failed',
  cancelled: 'cancelled', rejected: 'rejected', joined: 'joined',
}

/** stateInWords is a state for people. */
export function stateInWords(state: string): string {
  return STATES[state] ?? inWords(state)
}

/** inWords turns a code into words: cured_itself, cured itself. */
export function inWords(code: string): string {
  return code.replaceAll('_', ' ')
}

const DECISIONS: Record<string, string> = {
  approve: 'approved', approve_all: 'approved as a whole', choose: 'approved with another step', decline: 'declined',
  done: 'answered “done”', retry: 'answered “try again”', give_up: 'answered “give up”',
  expired: 'expired', withdrawn: 'withdrawn',
}

/** decided is a decision in the past tense. */
export function decided(how: string): string {
  return DECISIONS[how] ?? inWords(how)
}

/** who names somebody: anna, the controller, agent l0. */
export function who(by: By | undefined): string {
  if (!by) return ''
  if (by.role === 'controller') return 'the controller'
  return by.role === 'operator' ? by.name : `${by.role} ${by.name}`
}

/** count says how many of something. */
export function count(n: number, one: string, many = one + 's'): string {
  return `${n} ${n === 1 ? one : many}`
}

const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth', 'tenth']

/** place says which step of how many: the log counts from 0, people do not, and words
 *  can be mistaken for neither. */
export function place(index: number, of: number): string {
  return of === 1 ? 'the only step' : `the ${ORDINALS[index] ?? index + 1 + 'th'} of ${of} steps`
}

/** percent of a share between 0 and 1. */
export function percent(share: number): string {
  return Math.round(share * 100) + ' %'
}

/** wilson is the 95 % interval of a share: what few observations can tell. */
export function wilson(k: number, n: number): [number, number] {
  if (n === 0) return [0, 1]
  const z = 1.96, p = k / n, d = 1 + z * z / n
  const middle = (p + z * z / (2 * n)) / d
  const half = z * Math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / d
  return [Math.max(0, middle - half), Math.min(1, middle + half)]
}

/** parameters says a step's parameters as pairs that a person reads. */
export function parameters(p: Record<string, unknown> | undefined): [string, string][] {
  return Object.entries(p ?? {}).map(([k, v]) => [inWords(k), Array.isArray(v) ? v.map(plain).join(', ') : plain(v)])
}

function plain(v: unknown): string {
  return typeof v === 'string' ? v : JSON.stringify(v)
}
