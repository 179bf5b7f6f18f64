// What the next shift must know: what is open and what it asks, how it is run, what is
// held, what is left to do, what people wrote, and what ended in this time. The command of
// the same name tells the same.

import { path } from '../ask.ts'
import { useAsked } from '../asked.ts'
import { Clock, Said, Token } from '../bits.tsx'
import { count, inWords, moment, who } from '../format.ts'
import { Icon } from '../icon.tsx'
import { eventIcon } from '../live/events.tsx'
import { Countdown } from '../live/prompt.tsx'
import { recovery, type Picture } from '../picture.ts'
import { at } from '../router.ts'
import { Records } from './history.tsx'
import { Holds } from './postponed.tsx'
import { world } from '../world.ts'
import type { Handover as Paper, Prompt, Summary } from '../words.ts'

const RANGES = ['4h', '8h', '12h', '24h']

export function Handover({ system, query }: { system: string; query: URLSearchParams }) {
  const since = RANGES.includes(query.get('since') ?? '') ? query.get('since') as string : '8h'
  const asked = useAsked<Paper>(`${path(system, 'handover')}?since=${since}`)
  const h = asked.value
  const p = world.pictures.get(system)
  const ended = Object.entries(h?.states ?? {}).sort().map(([k, n]) => `${n} ${inWords(k)}`).join(', ')
  return (
    <div class="page">
      <h1 tabIndex={-1}>Handover</h1>
      <p class="tools" role="group" aria-label="Time to look at">
        {RANGES.map(r => <a key={r} class="act plain" aria-current={r === since ? 'true' : undefined} href={at('/handover', system, { since: r })}>last {r.slice(0, -1)} hours</a>)}
        <button type="button" class="act plain" onClick={asked.again}>Refresh</button>
      </p>
      {asked.error ? <p class="missing" role="alert">{asked.error}</p> : null}
      {h ? (
        <>
          <p class="quiet">{moment(h.since)} to {moment(h.until)} UTC. {ended ? `Ended in this time: ${ended}.` : 'Nothing ended in this time.'}</p>
          <p><b>Mode:</b> {h.mode?.mode || 'approval'}{h.mode?.by?.name ? `, set by ${who(h.mode.by)} at ${moment(h.mode.at)}` : ''}{h.mode?.note ? <>: <Said>{h.mode.note}</Said></> : ''}</p>
          {h.policy ? <p><b>Policy:</b> changed by {who(h.policy.by)} at {moment(h.policy.at)}{h.policy.note ? <>: <Said>{h.policy.note}</Said></> : ''}</p> : null}
          <h2>Open</h2>
          <Records records={h.open ?? []} label="Open recoveries" empty="Nothing is open." />
          {(h.open ?? []).map(r => r.prompt ? <Asking key={r.token} r={r} prompt={r.prompt} system={system} p={p} /> : null)}
          {p ? <Holds p={p} /> : null}
          <h2>To do</h2>
          {h.to_do?.length ? (
            <ul class="aftercare">{h.to_do.map((x, i) => <li key={i}><Said>{x.text}</Said> <span class="quiet">after <Token token={x.token} /> {x.state}</span></li>)}</ul>
          ) : <p class="empty">Nothing.</p>}
          <h2>Notes, refusals, unknown outcomes</h2>
          {h.events?.length ? (
            <ul class="plain">{h.events.map((e, i) => <li key={i}><Clock t={e.at} /> <Icon name={eventIcon(e.kind)} />{inWords(e.kind)} {e.token ? <Token token={e.token} /> : null} <Said>{e.text}</Said> <span class="quiet">{who(e.by)}</span></li>)}</ul>
          ) : <p class="empty">None.</p>}
          <h2>Ended <span class="quiet">{count(h.ended?.length ?? 0, 'recovery', 'recoveries')}</span></h2>
          <Records records={h.ended ?? []} label="Ended recoveries" empty="Nothing ended within this time." />
          {h.untold ? <p class="quiet">{h.untold} more that ended or was said is not told here: <code>expertcontroller audit --since {h.since.slice(0, 19)}Z</code> lists all of it.</p> : null}
        </>
      ) : <p class="empty">{asked.error ? '' : 'Loading…'}</p>}
    </div>
  )
}

/** Asking is a prompt that was open when the handover was asked for, and may be closed by now. */
function Asking({ r, prompt, system, p }: { r: Summary; system: string; prompt: Prompt; p: Picture | undefined }) {
  if (p && recovery(p, r.token)?.prompt?.id !== prompt.id) return <p class="quiet"><Token token={r.token} /> asked: <Said>{prompt.why}</Said>; that prompt is closed since. Refresh tells how it stands.</p>
  return <p class="asking"><span><Icon name="bell" /><Token token={r.token} /> asks: <Said>{prompt.why}</Said> <span class="quiet"><Countdown prompt={prompt} /></span></span> <a href={at('/', system)}>Look at it</a></p>
}
