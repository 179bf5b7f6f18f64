// Figures: how often, how it ended, how long people took. Every bar leads to its records.

import { path } from '../ask.ts'
import { useAsked } from '../asked.ts'
import { now } from '../clock.ts'
import { Said } from '../bits.tsx'
import { count, day, parseDuration, percent, said, wilson } from '../format.ts'
import { at } from '../router.ts'
import { useWidth } from './timeline.tsx'
import type { ProblemCount, Statistics as Figures } from '../words.ts'

const RANGES: [number, string][] = [[1, '24 hours'], [7, '7 days'], [30, '30 days'], [90, '90 days']]
const STATES = ['completed', 'failed', 'cancelled', 'rejected', 'joined']

export function Statistics({ system, query }: { system: string; query: URLSearchParams }) {
  const days = Number(query.get('days')) || 7
  const since = day(now() - (days - 1) * 86400e3) + 'T00:00:00Z'
  const asked = useAsked<Figures>(`${path(system, 'statistics')}?since=${since}`)
  const f = asked.value
  return (
    <div class="page statistics">
      <h1 tabIndex={-1}>Statistics</h1>
      <p class="tools" role="group" aria-label="Time to look at">
        {RANGES.map(([n, word]) => <a key={n} class="act plain" aria-current={n === days ? 'true' : undefined} href={at('/statistics', system, { days: String(n) })}>{word}</a>)}
        <button type="button" class="act plain" onClick={asked.again}>Refresh</button>
      </p>
      {asked.error ? <p class="missing" role="alert">{asked.error}</p> : null}
      {f ? <><Numbers f={f} system={system} /><Days f={f} system={system} since={since} days={days} /><Problems f={f} system={system} since={since} /></> : <p class="empty">{asked.error ? '' : 'Loading…'}</p>}
    </div>
  )
}

function Numbers({ f, system }: { f: Figures; system: string }) {
  const total = Object.values(f.states).reduce((a, b) => a + b, 0)
  const ended = (f.states.completed ?? 0) + (f.states.failed ?? 0) + (f.states.cancelled ?? 0)
  const minutes = (Date.parse(f.until) - Date.parse(f.since)) / 600e3
  const asked = f.approval.count + f.expired
  const cells: [string, string, string, string?][] = [
    ['Recoveries', String(total), `${f.states.completed ?? 0} completed, ${f.states.failed ?? 0} failed`, at('/history', system, { since: f.since })],
    ['Time to approve', f.approval.count ? said(f.approval.median) : '–', f.approval.count ? `median of ${f.approval.count}; 9 in 10 within ${said(f.approval.p90)}` : 'no approval'],
    ['Not answered', String(f.expired), 'prompts that expired', at('/history', system, { state: 'cancelled', since: f.since })],
    ['Time to cure', f.duration.count ? said(f.duration.median) : '–', f.duration.count ? `median of ${f.duration.count}; 9 in 10 within ${said(f.duration.p90)}` : 'none completed'],
    ['Unattended', ended ? percent(f.unattended / ended) : '–', `${f.unattended} of ${ended} that ended, without a decision`],
    ['Prompts per 10 min', (asked / Math.max(minutes, 1)).toFixed(asked / minutes < 0.1 ? 3 : 1), 'on average; beyond 1, people stop reading'],
  ]
  return (
    <dl class="numbers">
      {cells.map(([name, value, text, href]) => <div key={name}><dt>{name}</dt><dd class="big">{href ? <a href={href}>{value}</a> : value}</dd><dd class="quiet">{text}</dd></div>)}
    </dl>
  )
}

/** Days are stacked bars, and the same as a table. */
function Days({ f, system, since, days }: { f: Figures; system: string; since: string; days: number }) {
  const known = new Map((f.days ?? []).map(d => [d.day, d.states]))
  const list = Array.from({ length: days }, (_, i) => day(Date.parse(since) + i * 86400e3)).map(d => ({ day: d, states: known.get(d) ?? {} }))
  const sum = (s: Record<string, number>) => STATES.reduce((n, k) => n + (s[k] ?? 0), 0)
  const most = Math.max(1, ...list.map(d => sum(d.states)))
  // Drawn as wide as it is shown, so that what is written there can be read on a phone, too.
  const [wide, ref] = useWidth()
  const high = 140, each = wide / list.length
  const records = (d: string, state?: string) => at('/history', system, { since: d + 'T00:00:00Z', until: day(Date.parse(d) + 86400e3) + 'T00:00:00Z', ...(state ? { state } : {}) })
  return (
    <section class="card" aria-labelledby="days-title">
      <header><h2 id="days-title">Recoveries per day, by outcome</h2></header>
      <div class="figure">
        <div ref={ref}><svg class="days" width={wide} height={high + 20} role="group" aria-label="Recoveries per day">
          <Hatch />
          <text class="axis" x="0" y="10">{most}</text><line class="axis" x1="0" x2={wide} y1={high} y2={high} />
          {list.map((d, i) => {
            let y = high
            return STATES.map(k => {
              const n = d.states[k] ?? 0
              if (!n) return null
              const h = n / most * (high - 14)
              y -= h
              const label = `${d.day}: ${n} ${k}`
              return <a key={d.day + k} href={records(d.day, k)} aria-label={label}><title>{label}</title><rect class={'seg ' + k} x={i * each + each * 0.15} y={y} width={each * 0.7} height={Math.max(h - 1, 1)} /></a>
            })
          })}
          {list.map((d, i) => i % Math.ceil(list.length / Math.min(8, wide / 52)) === 0 ? <text key={d.day} class="axis" x={i * each + each / 2} y={high + 14} text-anchor="middle">{d.day.slice(5)}</text> : null)}
        </svg></div>
        <div class="scroll" role="region" aria-label="Recoveries per day, as a table" tabIndex={0}>
          <table>
            <thead><tr><th>Day</th>{STATES.map(k => <th key={k} class="num"><svg class="key" width="12" height="12" aria-hidden="true"><rect class={'seg ' + k} width="12" height="12" /></svg> {k}</th>)}</tr></thead>
            <tbody>{[...list].reverse().filter(d => sum(d.states)).map(d => <tr key={d.day}><td class="day"><a href={records(d.day)}>{d.day}</a></td>{STATES.map(k => <td key={k} class="num">{d.states[k] ?? ''}</td>)}</tr>)}</tbody>
          </table>
          {list.some(d => sum(d.states)) ? null : <p class="empty">Nothing ended within this time.</p>}
        </div>
      </div>
    </section>
  )
}

function Hatch() {
  return (
    <defs>
      <pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch-back" width="5" height="5" /><line class="hatch-line" x1="0" x2="0" y1="0" y2="5" /></pattern>
    </defs>
  )
}

/** Problems are the kinds, with the share that completed and what so few can tell. */
function Problems({ f, system, since }: { f: Figures; system: string; since: string }) {
  const list = f.problems ?? []
  return (
    <section class="card" aria-labelledby="problems-title">
      <header><h2 id="problems-title">Success by kind of problem</h2></header>
      {list.length ? (
        <div class="scroll" role="region" aria-label="Kinds of problems, as a table" tabIndex={0}>
          <table class="success">
            <thead><tr><th>Kind</th><th class="num">Helped, 95 %</th><th><span class="hidden">Share, drawn</span></th>{['Completed', 'Failed', 'Cancelled', 'Median'].map(x => <th key={x} class="num">{x}</th>)}</tr></thead>
            <tbody>{list.map(p => <Kind key={p.key} p={p} href={at('/history', system, { key: p.key, since })} />)}</tbody>
          </table>
        </div>
      ) : <p class="empty">No recovery within this time.</p>}
    </section>
  )
}

function Kind({ p, href }: { p: ProblemCount; href: string }) {
  const n = p.completed + p.failed
  const share = n ? p.completed / n : 0
  const [low, high] = wilson(p.completed, n)
  return (
    <tr>
      <td><a href={href} data-line><Said>{p.key}</Said></a></td>
      <td class="num">{n ? percent(share) : '–'} <span class="quiet">{n ? `${Math.round(low * 100)}–${Math.round(high * 100)}` : ''}</span></td>
      <td>
        <a href={href} aria-label={`${p.key}: ${n ? `${percent(share)} of ${count(n, 'recovery', 'recoveries')} helped` : 'none ended'}`}>
          <svg class="share" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">
            <rect class="track" width="100" height="12" />{n ? <><rect class="seg completed" width={share * 100} height="12" /><rect class="interval" x={low * 100} width={Math.max(0.5, (high - low) * 100)} y="4.5" height="3" /></> : null}
          </svg>
        </a>
      </td>
      <td class="num">{p.completed}</td><td class="num">{p.failed}</td><td class="num">{p.cancelled}</td>
      <td class="num">{p.completed && parseDuration(p.median) ? said(p.median) : '–'}</td>
    </tr>
  )
}
