// What waits for its turn, and what is kept away.

import { useRef } from 'preact/hooks'
import { path } from '../ask.ts'
import { Act, Ago, Clock, Said, Token, useGuard } from '../bits.tsx'
import { until, useNow } from '../clock.ts'
import { post } from '../decision.ts'
import { openDialog } from '../dialogs.tsx'
import { inWords, who, whole } from '../format.ts'
import { holds, postponed, type Picture } from '../picture.ts'
import { Earlier, Outcome } from '../live/outcome.tsx'
import { whyOff } from '../why.ts'
import type { Hold } from '../words.ts'

export function Postponed({ p }: { p: Picture }) {
  const list = postponed(p)
  // What became of a click is told beside its row, and here once the row has gone.
  const rows = new Set([...list.map(s => s.token), ...held(p).map(aboutHold)])
  return (
    <div class="page">
      <h1 tabIndex={-1}>Postponed</h1>
      <Earlier elsewhere={x => rows.has(x.about)}>{null}</Earlier>
      {list.length ? (
        <div class="scroll" role="region" aria-label="Postponed recoveries" tabIndex={0}>
          <table class="lines">
            <thead><tr><th>Turn</th><th>Problem</th><th>Waits since</th><th>Why</th><th>Expires</th><th><span class="hidden">Withdraw</span></th></tr></thead>
            <tbody>
              {list.map((s, i) => (
                <tr key={s.token}>
                  <td data-label="turn">{i + 1}{s.priority ? <span class="quiet"> priority {s.priority}</span> : null}</td>
                  <td class="what"><Said>{s.problems[0]?.title ?? ''}</Said> <Token token={s.token} /></td>
                  <td data-label="since"><Ago t={s.queued ?? s.created} /></td>
                  <td class="what">{inWords(s.reason.code)}{s.reason.text ? <>: <Said class="quiet">{s.reason.text}</Said></> : null}</td>
                  <td data-label="expires">{s.deadline ? <Left t={s.deadline} /> : 'never'}</td>
                  <td><Act kind="plain" off={whyOff(p.system)} label={`Withdraw ${s.token}…`} onAct={() => openDialog({ kind: 'interrupt', token: s.token })}>Withdraw…</Act><Outcome about={s.token} /></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : <p class="empty">Nothing waits.</p>}
      <Holds p={p} />
    </div>
  )
}

function Left({ t }: { t: string }) {
  useNow(1000)
  const left = until(t)
  return <>{left > 0 ? `in ${whole(left)}` : 'now'}, at <Clock t={t} /></>
}

function held(p: Picture): Hold[] {
  return holds(p).filter(h => until(h.until) > 0)
}

/** aboutHold tells it from an earlier one on the same problem. */
function aboutHold(h: Hold): string {
  return `hold ${h.expert} ${h.key || h.problem || ''} ${h.until}`
}

/** Holds are the problems whose requests are turned away. */
export function Holds({ p }: { p: Picture }) {
  useNow(5000)
  const list = held(p)
  return (
    <section aria-labelledby="holds-title">
      <h2 id="holds-title">Held: turned away for a while</h2>
      {list.length ? (
        <div class="scroll" role="region" aria-label="Holds" tabIndex={0}>
          <table class="lines">
            <thead><tr><th>Problem</th><th>By</th><th>Until</th><th>Note</th><th><span class="hidden">Lift</span></th></tr></thead>
            <tbody>{list.map(h => <Row key={aboutHold(h)} p={p} h={h} />)}</tbody>
          </table>
        </div>
      ) : <p class="empty">Nothing is held.</p>}
    </section>
  )
}

function Row({ p, h }: { p: Picture; h: Hold }) {
  const name = h.key || h.problem || ''
  const about = aboutHold(h)
  // Nobody is asked again: a second click must not lift what comes to stand there.
  const place = useRef<HTMLTableRowElement>(null)
  const guard = useGuard(about, place)
  const lift = () => post(about, '', `the hold on ${name} is lifted`, path(p.system, 'holds'), { expert: h.expert, ...(h.key ? { key: h.key } : { problem: h.problem }), for: '0s' })
  return (
    <tr ref={place} data-ready={guard()}>
      <td class="what"><Said>{name}</Said> <span class="quiet">from {h.expert.includes(':') ? h.expert.replace(':', ' ') : 'expert ' + h.expert}</span></td>
      <td>{who(h.by)}, {inWords(h.why)} {h.token ? <Token token={h.token} /> : null}</td>
      <td data-label="until"><Left t={h.until} /></td>
      <td>{h.note ? <Said>{h.note}</Said> : ''}</td>
      <td><Act kind="plain" off={whyOff(p.system)} label={`Lift the hold on ${name}`} guard={guard} onAct={() => void lift()}>Lift</Act><Outcome about={about} /></td>
    </tr>
  )
}
