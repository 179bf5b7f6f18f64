// What happened, newest first.

import { useEffect, useState } from 'preact/hooks'
import { get, path } from '../ask.ts'
import { Clock, Said } from '../bits.tsx'
import { inWords, who } from '../format.ts'
import { Icon } from '../icon.tsx'
import { at } from '../router.ts'
import type { Picture } from '../picture.ts'
import type { Event, Trail } from '../words.ts'

const LOUD: Record<string, string> = {
  unclear: 'alert', step_failed: 'cross', step_timeout: 'cross', failed: 'cross', decision_refused: 'alert', too_late: 'alert', late: 'alert',
  prompted: 'bell', step_by_hand: 'hand', completed: 'check', approved: 'check', step_done: 'check', rejected: 'minus', cancelled: 'minus',
  expert_silent: 'alert', culprit: 'alert', unclaimed: 'alert', observing: 'eye', stopping: 'stop', granted: 'play', note: 'dot',
}

/** eventIcon is the picture of a kind of event. */
export function eventIcon(kind: string): string {
  return LOUD[kind] ?? 'dot'
}

/** Events are those of a system: what was heard since the page is open, and the audit
 *  trail of one recovery before that. */
export function Events({ p, token }: { p: Picture; token: string }) {
  const [before, set] = useState<{ token: string; events: Event[] }>({ token: '', events: [] })
  useEffect(() => {
    if (!token) return
    const stop = new AbortController()
    get<Trail>(path(p.system, 'recoveries', token, 'events'), stop.signal).then(
      t => set({ token, events: [...(t.events ?? [])].reverse() }),
      () => { /* what is heard from now on is shown all the same */ })
    return () => stop.abort()
  }, [p.system, token])
  const known = new Set(p.events.map(name))
  const list = p.events.concat(before.token === token ? before.events.filter(e => !known.has(name(e))) : [])
    .filter(e => e.kind !== 'checkpoint' && e.kind !== 'progress')
    .sort((a, b) => (b.entry ?? 0) - (a.entry ?? 0)).slice(0, 60)
  return (
    <section class="card events" aria-labelledby="events-title">
      <header><h2 id="events-title">Events</h2></header>
      {list.length ? (
        <ol>
          {list.map((e, i) => (
            <li key={name(e) + i}>
              <Clock t={e.at} /><span class={'kind ' + e.kind}><Icon name={eventIcon(e.kind)} />{inWords(e.kind)}</span>
              {e.token ? <a class="token" href={at('/r/' + e.token, '')}>{e.token}</a> : null}
              <span class="text"><Said>{named(e)}</Said> <span class="quiet">{who(e.by)}</span></span>
            </li>
          ))}
        </ol>
      ) : <p class="quiet">Nothing has happened since this page was opened.</p>}
    </section>
  )
}

/** named leaves out the log's number of a step whose title follows: beside “the first of 2
 *  steps” it would be taken for the other count. The audit trail has it. What people wrote
 *  stays as it is. */
function named(e: Event): string {
  return e.kind === 'note' || !e.token ? e.text : e.text.replace(`step ${e.step ?? 0} "`, 'step "')
}

function name(e: Event): string {
  return [e.entry, e.kind, e.token, e.step, e.attempt, e.text].join('/')
}
