// Decisions of this page. Nothing is shown as decided before the log says so: a click
// is "sending", then it is what came back, or what the picture shows meanwhile.

import { announce } from './announce.ts'
import { path, Refusal, send } from './ask.ts'
import { now } from './clock.ts'
import { decided, span, who } from './format.ts'
import { recovery, systemOf } from './picture.ts'
import { changed, world } from './world.ts'
import type { Answer, ClosedPrompt } from './words.ts'

export interface Sent {
  /** What it is about: a prompt, or a recovery. */
  about: string
  token: string
  /** What was asked for, in words: approve step 1. */
  what: string
  state: 'sending' | 'unknown' | 'recorded' | 'refused' | 'failed'
  text: string
  /** The server's time of the click. */
  at: number
  /** The server's time at which it was known what became of it. */
  known?: number
}

/** The last decision about each prompt or recovery. */
export const sent = new Map<string, Sent>()

export interface Decision { decision: string; step?: number; override?: boolean; hold?: string; note?: string }

/** decide answers a prompt. A second click while the first is under way does nothing. */
export async function decide(prompt: string, d: Decision, what: string): Promise<Sent> {
  const token = prompt.slice(0, prompt.lastIndexOf('.'))
  return post(prompt, token, what, path(systemOf(token), 'prompts', prompt, 'decision'), d)
}

/** interrupt stops a recovery, or withdraws one that waits. */
export async function interrupt(token: string, note: string, word: 'interrupt' | 'withdraw'): Promise<Sent> {
  return post(token, token, `${word} ${token}`, path(systemOf(token), 'recoveries', token, 'interrupt'), note ? { note } : {})
}

/** post sends a message and keeps what became of it under what it is about. */
export async function post(about: string, token: string, what: string, url: string, body: unknown, method = 'POST'): Promise<Sent> {
  const before = sent.get(about)
  if (before && (before.state === 'sending' || before.state === 'unknown')) return before
  const s: Sent = { about, token, what, state: 'sending', text: 'Sending…', at: now() }
  sent.delete(about)
  sent.set(about, s)
  if (sent.size > 50) sent.delete(sent.keys().next().value as string)
  changed()
  try {
    const answer = await send<Answer>(url, body, () => { s.state = 'unknown'; s.text = 'Unknown, checking…'; changed() }, method)
    take(s, answer)
  } catch (e) {
    s.state = 'failed'
    s.text = e instanceof Refusal ? e.message : 'It could not be sent.'
  }
  s.known = now()
  if (s.text) announce(s.text, true)
  changed()
  return s
}

function take(s: Sent, a: Answer): void {
  if (a.verdict === 'recorded' || a.verdict.startsWith('accepted')) {
    s.state = 'recorded'
    s.text = a.verdict === 'recorded' ? `Recorded as yours: ${s.what}.` : `Accepted as ${a.token}: ${s.what}.`
    if (a.token) s.token = a.token
    return
  }
  s.state = 'refused'
  s.text = refusal(s, a)
}

/** refusal says why a decision did not take effect, in the page's words where it knows
 *  better than the answer: who was first, and by how much. */
function refusal(s: Sent, a: Answer): string {
  const closed = closedPrompt(s.about)
  if (a.reason?.code === 'prompt_closed' && closed) {
    if (closed.how === 'expired') return 'The prompt expired before your answer. Nothing was changed by it.'
    if (closed.how === 'withdrawn') return `The prompt was withdrawn before your answer${closed.why ? ': ' + closed.why : ''}. Nothing was changed by it.`
    const earlier = s.at - Date.parse(closed.at)
    const when = earlier > 0 ? span(earlier) + ' earlier' : 'a moment before yours arrived'
    return `Already ${decided(closed.how)} by ${closed.by.name === world.me?.user ? 'you, elsewhere,' : who(closed.by)} ${when}. Yours changed nothing.`
  }
  if (a.reason?.code === 'plan_changed') return 'The plan changed meanwhile: look again. ' + (a.reason.text ?? '')
  return a.reason?.text || 'Refused.'
}

/** closedPrompt is how a prompt closed, as far as the picture tells. */
export function closedPrompt(prompt: string): ClosedPrompt | undefined {
  const token = prompt.slice(0, prompt.lastIndexOf('.'))
  const s = recovery(world.pictures.get(systemOf(token)), token)
  return s?.closed_prompts?.find(c => c.id === prompt)
}

/** How long it is said what became of a decision whose prompt has gone. */
const SAID = 30e3

/** saidStill are the last decisions of which it is still to be said what became of them,
 *  without those that are shown beside what they are about. A late answer is told as long. */
export function saidStill(elsewhere: (s: Sent) => boolean): Sent[] {
  return [...sent.values()].filter(x => !elsewhere(x) && (!x.known || now() - x.known < SAID)).slice(-2)
}

/** underway tells whether something about it is still on its way. */
export function underway(about: string): boolean {
  const s = sent.get(about)
  return !!s && (s.state === 'sending' || s.state === 'unknown')
}
