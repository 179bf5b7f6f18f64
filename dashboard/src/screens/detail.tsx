// One recovery: its time drawn to scale, and the audit trail beside it. The address can
// be sent to a colleague; an open prompt can be answered here, too.

import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { path } from '../ask.ts'
import { useAsked } from '../asked.ts'
import { Said, State } from '../bits.tsx'
import { now, useNow } from '../clock.ts'
import { inWords, moment, precise, span as spanWords, who } from '../format.ts'
import { Icon } from '../icon.tsx'
import { eventIcon } from '../live/events.tsx'
import { Earlier } from '../live/outcome.tsx'
import { PromptPanel } from '../live/prompt.tsx'
import { Ended, Recovery } from '../live/recovery.tsx'
import { recovery, systemOf } from '../picture.ts'
import { at, go } from '../router.ts'
import { REFUSED, spanOf, spans } from '../timeline.ts'
import { world } from '../world.ts'
import type { Event, Status, Trail } from '../words.ts'
import { Timeline } from './timeline.tsx'

export function Detail({ token, query }: { token: string; query: URLSearchParams }) {
  const system = systemOf(token)
  const p = world.pictures.get(system)
  const live = recovery(p, token)
  const heard = p?.events.filter(e => e.token === token).length ?? 0
  const mark = `${token} ${live?.entry ?? ''} ${heard}`
  const whole = useFresh<Status>(path(system, 'recoveries', token), mark)
  const trail = useFresh<Trail>(path(system, 'recoveries', token, 'events'), mark)
  const behind = !!live && !!trail.value && !trail.loading && trail.value.entry < live.entry
  useEffect(() => {
    if (!behind) return
    // The replica that answered has not all that the picture has.
    const timer = setTimeout(trail.again, 400)
    return () => clearTimeout(timer)
  }, [behind])
  const s = live && (!whole.value || live.entry >= whole.value.entry) ? { ...live, request: whole.value?.request } : whole.value
  if (!s) {
    return (
      <div class="page"><h1 tabIndex={-1}>{token}</h1>
        <p class="empty">{whole.error ?? 'Loading…'}</p>
      </div>
    )
  }
  const asked = s.joined ? <p>It joined <a class="token" href={at('/r/' + s.joined, '')}>{s.joined}</a>.</p> : null
  return (
    <div class="page detail">
      <h1 tabIndex={-1}><Said>{s.problems[0]?.title ?? token}</Said> <span class="token">{token}</span></h1>
      <p><State state={s.state} reason={s.reason.code} /> <span class="quiet">· asked by {who(s.asked_by)} at {moment(s.created)} UTC{s.ended ? `, took ${spanWords(Date.parse(s.ended) - Date.parse(s.created))}` : ''}{s.simulated ? ', simulated' : ''}</span></p>
      {asked}
      <Earlier prompt={s.prompt?.id} elsewhere={x => x.token !== token || x.about === token}>
        {s.prompt && p ? <PromptPanel s={s} p={p} prompt={s.prompt} /> : null}
      </Earlier>
      <Story s={s} events={trail.value?.events ?? []} error={trail.error} query={query}>
        {s.terminal ? <Ended s={s} /> : null}
        {p ? <Recovery s={s} p={p} /> : null}
      </Story>
    </div>
  )
}

/** useFresh asks again when the picture says that something has changed. */
function useFresh<T>(url: string, mark: string) {
  const asked = useAsked<T>(url)
  const first = useRef(mark)
  useEffect(() => {
    if (first.current === mark) return
    first.current = mark
    // Several changes in a moment are one question; the replica may be a little behind.
    const timer = setTimeout(asked.again, 150)
    return () => clearTimeout(timer)
  }, [mark])
  return asked
}

/** Story is the drawing and the trail: choosing one marks the other. */
function Story({ s, events, error, query, children }: { s: Status; events: Event[]; error?: string; query: URLSearchParams; children: ComponentChildren }) {
  useNow(s.terminal ? 3600e3 : 1000)
  const list = spans(s, events, now())
  const [chosen, choose] = useState<{ event: number; span: string }>({ event: -1, span: '' })
  const named = Number(query.get('entry') ?? -1)
  const event = chosen.event < 0 && !chosen.span ? events.findIndex(e => e.entry === named) : chosen.event
  const span = chosen.span || (events[event] ? spanOf(events[event] as Event, list) : '')
  const pick = (i: number) => {
    choose(i === event ? { event: -1, span: '' } : { event: i, span: '' })
    const e = events[i]
    if (e?.entry) go(at('/r/' + s.token, '', i === event ? {} : { entry: String(e.entry) }), true)
  }
  return (
    <div class="story">
      <div class="told"><Timeline s={s} list={list} span={span} at={events[event]?.at} onSpan={k => choose({ event: -1, span: k === chosen.span ? '' : k })} />{children}</div>
      <section class="card trail" aria-labelledby="trail-title">
        <header><h2 id="trail-title">Audit trail</h2><span class="quiet">{events.length} events</span></header>
        {error ? <p class="missing">{error}</p> : null}
        <div class="scroll" role="region" aria-label="Events, oldest first" tabIndex={0}>
          <table class="lines">
            <thead><tr><th>Entry</th><th>Time (UTC)</th><th>Who</th><th>What</th><th>Hash</th></tr></thead>
            <tbody>{events.map((e, i) => <Line key={i} e={e} marked={i === event || (!!span && event < 0 && spanOf(e, list) === span)} beside={event >= 0 && !!span && spanOf(e, list) === span} onPick={() => pick(i)} />)}</tbody>
          </table>
        </div>
      </section>
    </div>
  )
}

function Line({ e, marked, beside, onPick }: { e: Event; marked: boolean; beside: boolean; onPick: () => void }) {
  const refused = REFUSED.includes(e.kind)
  return (
    <tr class={(marked ? 'marked ' : beside ? 'beside ' : '') + (refused ? 'refused' : '')} data-kind={e.kind} onClick={onPick}>
      <td><button type="button" class="entry" data-line aria-pressed={marked} aria-label={`entry ${e.entry}, ${inWords(e.kind)}`} onClick={x => { x.stopPropagation(); onPick() }}>{e.entry}</button></td>
      <td class="when clock">{precise(e.at)}</td>
      <td class="by">{who(e.by)}{e.by.via === 'bridge' || e.by.auth ? <span class="quiet">{[e.by.via, e.by.auth].filter(Boolean).map(x => ' ' + x).join(',')}</span> : null}</td>
      <td class="what"><span class="kind"><Icon name={refused ? 'alert' : eventIcon(e.kind)} />{inWords(e.kind)}</span> <Said class="text">{e.text}</Said></td>
      <td class="hash" title={e.hash}>{e.hash?.slice(0, 8) ?? ''}</td>
    </tr>
  )
}

