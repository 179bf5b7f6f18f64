// HTTP: questions and decisions. A decision carries a key of its own, so that asking
// again after a cut gets the original answer instead of deciding twice.

import { changed, world } from './world.ts'
import { reconnect } from './link.ts'
import type { Answer, Me } from './words.ts'

/** Refusal is an error that the server explained. */
export class Refusal extends Error {
  readonly status: number
  readonly reason: string
  constructor(status: number, text: string, reason: string) {
    super(text)
    this.status = status
    this.reason = reason
  }
}

const API = '/api/v1/'

/** path makes the address of something of a system. */
export function path(system: string, ...rest: string[]): string {
  return API + ['systems', system, ...rest].map(encodeURIComponent).join('/')
}

/** get asks a question. */
export async function get<T>(url: string, signal?: AbortSignal): Promise<T> {
  const r = await fetch(url, { headers: { Accept: 'application/json' }, signal: signal ?? AbortSignal.timeout(10_000) })
  return read<T>(r)
}

async function read<T>(r: Response): Promise<T> {
  const text = await r.text()
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    throw new Refusal(r.status, r.ok ? 'the answer is no JSON' : `the server answered ${r.status}`, '')
  }
  if (!r.ok) {
    const e = body as { text?: string; field?: string; reason?: string }
    throw new Refusal(r.status, (e.field ? e.field + ': ' : '') + (e.text ?? `the server answered ${r.status}`), e.reason ?? '')
  }
  return body as T
}

/** newKey makes a message's id. */
export function newKey(): string {
  const b = crypto.getRandomValues(new Uint8Array(16))
  return [...b].map(n => n.toString(16).padStart(2, '0')).join('')
}

/** How long a message is repeated before nobody knows. */
const GIVE_UP = 60_000
/** The same, while it is certain that it was not recorded. */
const GIVE_UP_CERTAIN = 6_000

/** How long one try takes at most: longer than the server looks for a controller, which then
 *  says whether the message was sent. */
const TRY = 12_000

/** send posts a message until it has an answer, always with the same key. When the first
 *  try had no answer it calls unsure, since then nobody knows yet. */
export async function send<T = Answer>(url: string, body: unknown, unsure?: () => void, method = 'POST'): Promise<T> {
  const key = newKey()
  const started = performance.now()
  let certain = true
  for (let wait = 300; ; wait = Math.min(wait * 2, 4000)) {
    try {
      const r = await fetch(url, {
        method, body: JSON.stringify(body), signal: AbortSignal.timeout(TRY),
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
      })
      // 503, unless it says otherwise, and a gateway's errors: it may have been decided all the same.
      if (r.status < 500 && r.status !== 429) return await read<T>(r)
      const e = await r.json().catch(() => ({})) as { text?: string; reason?: string }
      certain = certain && (e.reason === 'unavailable' || r.status === 429)
      if (certain && performance.now() - started > GIVE_UP_CERTAIN) throw new Refusal(r.status, `It was not recorded: ${e.text ?? 'the controller is not there'}`, 'unavailable')
    } catch (e) {
      if (e instanceof Refusal) throw e
      certain = false
    }
    if (performance.now() - started > GIVE_UP) throw new Refusal(0, 'no answer: nobody knows whether it was recorded; look at the audit trail', 'unknown')
    unsure?.()
    await new Promise(done => setTimeout(done, wait))
  }
}

/** whoAmI asks who one is, until that is known. */
export async function whoAmI(): Promise<void> {
  for (;;) {
    try {
      world.me = await get<Me>(API + 'me')
      world.trouble = ''
      changed()
      return
    } catch (e) {
      world.trouble = e instanceof Refusal ? e.message : 'the server cannot be reached'
      changed()
    }
    await new Promise(done => setTimeout(done, 1500))
  }
}

/** login says who one is: with a name where that is enough, else with a key. */
export async function login(with_: { name: string } | { key: string }): Promise<void> {
  await send<Me>(API + 'login', with_)
  await anew()
}

/** logout forgets who one is. */
export async function logout(): Promise<void> {
  await send<unknown>(API + 'logout', {})
  await anew()
}

const LOGIN = 'login'

/** anew goes on as whoever has just logged in or out: in every tab of this browser, since
 *  what they decide carries the same name. */
async function anew(): Promise<void> {
  localStorage.setItem(LOGIN, newKey())
  await whoAmI()
  reconnect()
}

/** watchLogin hears of a login in another tab. */
export function watchLogin(): void {
  addEventListener('storage', e => { if (e.key === LOGIN) void whoAmI().then(reconnect) })
}
