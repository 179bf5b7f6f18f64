// What the page knows, in one place. Whoever changes it says so, and every screen
// that looks is drawn anew; nothing else keeps a second copy.

import { useEffect, useState } from 'preact/hooks'
import type { Picture } from './picture.ts'
import type { Me } from './words.ts'

/** The connection's state; only live lets an operator decide. */
export type Connection = 'connecting' | 'catching_up' | 'live' | 'stale' | 'disconnected' | 'no_broker'

export interface World {
  me?: Me
  /** Why it is not known who one is, where that failed. */
  trouble: string
  connection: Connection
  /** When the last frame came, by performance.now(). */
  heard: number
  /** What the bridge said when it closed the connection. */
  parting: string
  pictures: Map<string, Picture>
  /** Systems that no controller answers for. */
  silent: string[]
  /** Who looks at a prompt, besides oneself. */
  looking: Map<string, string[]>
}

export const world: World = {
  trouble: '', connection: 'connecting', heard: 0, parting: '', pictures: new Map(), silent: [], looking: new Map(),
}

const listeners = new Set<() => void>()
let due = false
/** version counts the changes. */
let version = 0

/** changed has everything drawn anew, once for all that changes now. Not with a frame of
 *  the screen: a tab in the background has none, and its title must change all the same. */
export function changed(): void {
  version++
  if (due) return
  due = true
  queueMicrotask(() => {
    due = false
    for (const l of [...listeners]) l()
  })
}

/** listen calls back after each change, until the function that it gives is called. */
export function listen(l: () => void): () => void {
  listeners.add(l)
  return () => { listeners.delete(l) }
}

/** useWorld draws the component anew at each change. */
export function useWorld(): World {
  const [, again] = useState(0)
  const drawn = version
  useEffect(() => {
    // Effects come after the drawing: what changed in between nobody would have told.
    if (drawn !== version) again(n => n + 1)
    return listen(() => again(n => n + 1))
  }, [])
  return world
}

/** viewOnly tells whether this person may look and not decide. */
export function viewOnly(): boolean {
  return !world.me || !world.me.user || world.me.role !== 'operator'
}

/** mayDecide tells whether a decision would be made on a picture that is true now. */
export function mayDecide(system: string): boolean {
  return world.connection === 'live' && !world.silent.includes(system) && !viewOnly()
}
