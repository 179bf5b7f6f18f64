// What is asked of the server beside the picture, and kept while a screen needs it.

import { useEffect, useState } from 'preact/hooks'
import { get, path, Refusal } from './ask.ts'
import { changed } from './world.ts'
import type { Status } from './words.ts'

export interface Asked<T> { value?: T; error?: string; again: () => void; loading: boolean }

/** useAsked asks for an address, and again when it changes. What was there stays in view
 *  until the new answer has come, unless it was about something else. */
export function useAsked<T>(url: string, about = url): Asked<T> {
  const [state, set] = useState<{ url: string; about: string; value?: T; error?: string }>({ url: '', about: '' })
  const [turn, again] = useState(0)
  useEffect(() => {
    if (!url) return
    const stop = new AbortController()
    get<T>(url, stop.signal).then(
      value => set({ url, about, value }),
      (e: unknown) => {
        if (!stop.signal.aborted) set(old => ({ url, about, value: old.about === about ? old.value : undefined, error: e instanceof Refusal ? e.message : 'the server cannot be reached; it is shown as it was' }))
      })
    return () => stop.abort()
  }, [url, about, turn])
  const mine = state.about === about ? state : { value: undefined, error: undefined, url: '' }
  return { value: mine.value, error: mine.error, loading: mine.url !== url, again: () => again(n => n + 1) }
}

const whole = new Map<string, Status | 'asked' | 'failed'>()

/** wholeOf gives a recovery with its request, which never changes, and asks for it once. */
export function wholeOf(s: Status): { request?: Status['request']; failed: boolean } {
  const known = whole.get(s.token)
  if (s.request) return { request: s.request, failed: false }
  if (typeof known === 'object') return { request: known.request, failed: false }
  if (!known) {
    whole.set(s.token, 'asked')
    if (whole.size > 200) whole.delete(whole.keys().next().value as string)
    get<Status>(path(s.system, 'recoveries', s.token)).then(
      v => { whole.set(s.token, v) },
      () => {
        whole.set(s.token, 'failed')
        setTimeout(() => { whole.delete(s.token); changed() }, 3000)
      }).finally(changed)
  }
  return { failed: known === 'failed' }
}
