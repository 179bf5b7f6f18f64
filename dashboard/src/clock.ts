// Time as the server has it. A control room's clocks differ, and a countdown that is
// wrong by a minute is worse than none.

import { useEffect, useState } from 'preact/hooks'

/** No frame is later than that: the connection would have been given up. */
const LATEST = 15_000

let offsets: number[] = []
let offset = Date.now() - performance.now()

/** hearTime takes in the server's time. Delay only ever makes it look older, so that the
 *  largest of the last few differences is the nearest to the truth. It is compared with what
 *  the browser counts: a clock that is set forward would count as such a delay for a minute. */
export function hearTime(t: string | undefined): void {
  if (!t) return
  const at = Date.parse(t)
  if (Number.isNaN(at)) return
  const difference = at - performance.now()
  // So much earlier, it is another clock: another bridge's, or one that was set.
  if (difference < offset - LATEST) offsets = []
  offsets = [...offsets, difference].slice(-12)
  offset = Math.max(...offsets)
}

/** now is the server's time in milliseconds. */
export function now(): number {
  return performance.now() + offset
}

/** useNow draws the component anew as time goes by. */
export function useNow(every = 1000): number {
  const [, again] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => again(n => n + 1), every)
    return () => clearInterval(timer)
  }, [every])
  return now()
}

/** until is how much of the server's time is left, in milliseconds. */
export function until(t: string | null | undefined): number {
  return t ? Date.parse(t) - now() : 0
}

/** since is how long ago something was, by the server's time. */
export function since(t: string | null | undefined): number {
  return t ? now() - Date.parse(t) : 0
}
