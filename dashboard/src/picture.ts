// A system's picture: keyed documents, folded by upsert, as the log gives them.
// Whoever holds the same entry of the same lineage holds the same picture.

import type { Agent, Change, Event, Frame, Hold, Mode, Policy, Status } from './words.ts'

/** How many recoveries that ended stay in the picture; as many again that never began. */
export const ENDED_KEPT = 5
/** How many events stay at hand; the audit trail of a recovery is asked for. */
const EVENTS_KEPT = 200

export interface Picture {
  system: string
  lineage: string
  entry: number
  at: string
  simulated: boolean
  documents: Map<string, unknown>
  events: Event[]
}

/** What became of a frame: taken, known already, or there is a gap before it. */
export type Fold = 'taken' | 'known' | 'gap'

/** begin makes the picture of a snapshot. Events that were heard before stay. */
export function begin(f: Frame, before?: Picture): Picture {
  const same = before && before.lineage === f.lineage
  const p: Picture = {
    system: f.system ?? '', lineage: f.lineage ?? '', entry: f.entry ?? 0, at: f.at ?? '',
    simulated: !!f.simulated, documents: new Map(), events: same ? before.events : [],
  }
  for (const d of f.documents ?? []) put(p.documents, d)
  prune(p.documents)
  return p
}

/** fold takes a delta in, if it follows what the picture has. */
export function fold(p: Picture, f: Frame): Fold {
  const entry = f.entry ?? 0
  if (entry <= p.entry) return 'known'
  if (f.previous !== p.entry) return 'gap'
  for (const c of f.changes ?? []) put(p.documents, c)
  prune(p.documents)
  p.entry = entry
  p.at = f.at ?? p.at
  if (f.events?.length) p.events = [...f.events].reverse().concat(p.events).slice(0, EVENTS_KEPT)
  return 'taken'
}

function put(documents: Map<string, unknown>, c: Change): void {
  if (c.value === undefined || c.value === null) documents.delete(c.key)
  else documents.set(c.key, c.value)
}

/** prune keeps the last few of those that ended and, apart from them, of those that never
 *  began, so that a noisy expert drives nothing out of view. */
function prune(documents: Map<string, unknown>): void {
  const over = ended(documents)
  for (const never of [false, true]) {
    for (const s of over.filter(s => neverBegan(s) === never).slice(ENDED_KEPT)) documents.delete('recovery/' + s.token)
  }
}

function neverBegan(s: Status): boolean {
  return s.state === 'rejected' || s.state === 'joined'
}

/** ended: newest first, by whole milliseconds, then by what the token counts. */
function ended(documents: Map<string, unknown>): Status[] {
  return recoveriesIn(documents).filter(s => s.terminal)
    .sort((a, b) => instant(b.ended ?? '') - instant(a.ended ?? '') || number(b.token) - number(a.token))
}

function instant(t: string): number {
  const ms = Date.parse(t)
  return Number.isNaN(ms) ? 0 : ms
}

function recoveriesIn(documents: Map<string, unknown>): Status[] {
  const out: Status[] = []
  for (const [key, value] of documents) if (key.startsWith('recovery/')) out.push(value as Status)
  return out
}

/** number is what a token counts: 37 of cms-37. */
export function number(token: string): number {
  return Number(token.slice(token.lastIndexOf('-') + 1))
}

/** systemOf is the system that a token belongs to: cms of cms-37. */
export function systemOf(token: string): string {
  return token.slice(0, token.lastIndexOf('-'))
}

const UNDER_WAY = ['awaiting_approval', 'running', 'stopping', 'unclear', 'observing']

/** underWay is the recovery that occupies the system. */
export function underWay(p: Picture): Status | undefined {
  return recoveriesIn(p.documents).find(s => UNDER_WAY.includes(s.state))
}

/** recovery is one of those in the picture. */
export function recovery(p: Picture | undefined, token: string): Status | undefined {
  return p?.documents.get('recovery/' + token) as Status | undefined
}

/** recent are the last ones that ended, newest first. */
export function recent(p: Picture): Status[] {
  return ended(p.documents).filter(s => !neverBegan(s))
}

/** turnedAway are the last ones that never began. */
export function turnedAway(p: Picture): Status[] {
  return ended(p.documents).filter(neverBegan)
}

/** all are the recoveries in the picture. */
export function all(p: Picture): Status[] {
  return recoveriesIn(p.documents)
}

/** postponed are those that wait, in the order of their turns: a preempting one first,
 *  then priority, then age; those that are scheduled for later last. */
export function postponed(p: Picture): Status[] {
  const rank = (s: Status) => s.reason.code === 'preempting' ? 0 : s.reason.code === 'scheduled' ? 2 : 1
  return recoveriesIn(p.documents).filter(s => s.state === 'postponed').sort((a, b) =>
    rank(a) - rank(b) || (b.priority ?? 0) - (a.priority ?? 0) ||
    instant(a.queued ?? a.created) - instant(b.queued ?? b.created) || number(a.token) - number(b.token))
}

function under<T>(p: Picture, prefix: string): { key: string; value: T }[] {
  const out: { key: string; value: T }[] = []
  for (const [key, value] of p.documents) if (key.startsWith(prefix)) out.push({ key, value: value as T })
  return out
}

/** holds are what is kept away, whether or not its time is over by now. */
export function holds(p: Picture): Hold[] {
  return under<Hold>(p, 'hold/').map(h => h.value).sort((a, b) => instant(a.until) - instant(b.until))
}

/** agents are those that have asked for work. */
export function agents(p: Picture): Agent[] {
  return under<Agent>(p, 'agent/').map(a => a.value).sort((a, b) => a.name < b.name ? -1 : 1)
}

/** silent are the experts that have said nothing for too long. */
export function silent(p: Picture): { name: string; since: string }[] {
  return under<{ silent_since: string }>(p, 'expert/').map(e => ({ name: e.key.slice('expert/'.length), since: e.value.silent_since }))
}

/** What a policy comes to where it says nothing, as far as the page tells of it. */
const DEFAULTS: Policy = { observe: '20s', step_timeout: '10m', hold: '10m' }

/** mode is how the system is run: as somebody said last, else as its policy begins. */
export function mode(p: Picture | undefined): Mode {
  const said = p?.documents.get('mode') as Mode | undefined
  return said ?? { mode: policy(p).mode ?? 'approval' }
}

/** policy is the policy in force, with what it leaves to the defaults. */
export function policy(p: Picture | undefined): Policy {
  return { ...DEFAULTS, ...(p?.documents.get('policy') as { policy?: Policy } | undefined)?.policy }
}
