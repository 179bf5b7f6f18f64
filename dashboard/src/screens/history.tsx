// The records, newest first. The filters stand in the address, so that a search can be
// sent to a colleague; the export is the same query.

import { useEffect, useState } from 'preact/hooks'
import { get, path, Refusal } from '../ask.ts'
import { State, Said, Token } from '../bits.tsx'
import { count, day, moment, said, who } from '../format.ts'
import { all, number } from '../picture.ts'
import { at, go } from '../router.ts'
import { world } from '../world.ts'
import type { History as Page, Summary } from '../words.ts'

const STATES = ['completed', 'failed', 'cancelled', 'rejected', 'joined', 'postponed', 'awaiting_approval', 'running', 'observing', 'unclear']
const TEXTS: [string, string][] = [['key', 'Kind of problem'], ['problem', 'Problem id'], ['expert', 'Expert'], ['agent', 'Agent'], ['operator', 'Operator']]
const ALL = ['state', 'key', 'problem', 'expert', 'agent', 'operator', 'since', 'until']
const PAGE = 50

/** search is what the address asks for, and nothing else. */
function search(query: URLSearchParams): URLSearchParams {
  const out = new URLSearchParams()
  for (const name of ALL) for (const v of query.getAll(name)) if (v) out.append(name, v)
  return out
}

export function History({ system, query }: { system: string; query: URLSearchParams }) {
  const asked = search(query)
  const text = asked.toString()
  const [list, set] = useState<{ about: string; records: Summary[]; next: string; error: string; loading: boolean }>({ about: '', records: [], next: '', error: '', loading: true })
  const [turn, again] = useState(0)
  const url = (more: Record<string, string>) => `${path(system, 'recoveries')}?${new URLSearchParams([...asked, ...Object.entries(more)])}`
  const load = (cursor: string, signal?: AbortSignal) => {
    set(l => ({ ...l, loading: true }))
    return get<Page>(url({ limit: String(PAGE), ...(cursor ? { after: cursor } : {}) }), signal).then(
      r => set(l => ({ about: text, records: cursor ? [...l.records, ...(r.records ?? [])] : r.records ?? [], next: r.next ?? '', error: '', loading: false })),
      (e: unknown) => { if (!signal?.aborted) set(l => ({ ...l, about: text, error: e instanceof Refusal ? e.message : 'the server cannot be reached', loading: false })) })
  }
  useEffect(() => {
    const stop = new AbortController()
    void load('', stop.signal)
    return () => stop.abort()
  }, [system, text, turn])
  const newest = Math.max(0, ...list.records.map(r => number(r.token)))
  const p = world.pictures.get(system)
  const newer = p && !list.loading && !text ? all(p).filter(s => number(s.token) > newest).length : 0
  return (
    <div class="page">
      <h1 tabIndex={-1}>History</h1>
      <Filters system={system} query={asked} />
      <p class="tools">
        <span class="quiet">{list.loading ? 'Loading…' : count(list.records.length, 'record') + (list.next ? ', and more' : '')}</span>
        {newer ? <button type="button" class="act" onClick={() => again(n => n + 1)}>{newer} newer, show</button> : null}
        <a class="act plain" href={url({ format: 'csv' })} download={`${system}-recoveries.csv`}>Export csv</a>
        <a class="act plain" href={url({ limit: '500' })} download={`${system}-recoveries.json`}>Export json</a>
      </p>
      {list.error ? <p class="missing" role="alert">{list.error}</p> : null}
      <Records records={list.records} empty={list.loading ? '' : 'No record fits.'} />
      {list.next ? <p><button type="button" class="act" aria-disabled={list.loading} onClick={() => { if (!list.loading) void load(list.next) }}>Older ones</button></p> : null}
    </div>
  )
}

function Filters({ system, query }: { system: string; query: URLSearchParams }) {
  const apply = (e: Event) => {
    e.preventDefault()
    const form = new FormData(e.currentTarget as HTMLFormElement)
    const q: Record<string, string> = {}
    for (const name of ALL) {
      let v = String(form.get(name) ?? '').trim()
      if (v && (name === 'since' || name === 'until') && /^\d{4}-\d\d-\d\d$/.test(v)) v = name === 'until' ? nextDay(v) : v + 'T00:00:00Z'
      if (v) q[name] = v
    }
    go(at('/history', system, q))
  }
  // An address may also say how long ago, which no field for a day can show.
  const date = (name: string) => {
    const t = Date.parse(query.get(name) ?? '')
    return Number.isNaN(t) ? '' : day(name === 'until' ? t - 1 : t)
  }
  return (
    <form class="filters" key={query.toString()} onSubmit={apply} role="search">
      {TEXTS.map(([name, label], i) => <label key={name}>{label}<input id={i ? undefined : 'search'} name={name} defaultValue={query.get(name) ?? ''} placeholder={i ? '' : 'FED stuck*'} autocomplete="off" /></label>)}
      <label>State<select name="state" defaultValue={query.get('state') ?? ''}><option value="">any</option>{STATES.map(s => <option key={s} value={s} selected={s === query.get('state')}>{s.replaceAll('_', ' ')}</option>)}</select></label>
      <label>From (UTC)<input type="date" name="since" defaultValue={date('since')} /></label>
      <label>To (UTC)<input type="date" name="until" defaultValue={date('until')} /></label>
      <button type="submit" class="act primary">Search</button>
      {query.toString() ? <a class="act plain" href={at('/history', system)}>All</a> : null}
    </form>
  )
}

function nextDay(d: string): string {
  return new Date(Date.parse(d) + 86400e3).toISOString().slice(0, 10) + 'T00:00:00Z'
}

/** Records is a table of recoveries, one a line. */
export function Records({ records, empty, label = 'Records' }: { records: Summary[]; empty: string; label?: string }) {
  if (!records.length) return <p class="empty">{empty}</p>
  return (
    <div class="scroll" role="region" aria-label={label} tabIndex={0}>
      <table class="lines">
        <thead><tr><th>Token</th><th>Problem</th><th>Outcome</th><th>Asked by</th><th>Asked (UTC)</th><th>Took</th></tr></thead>
        <tbody>
          {records.map(r => (
            <tr key={r.token}>
              <td><a class="token" data-line href={at('/r/' + r.token, '')}>{r.token}</a>{r.simulated ? <> <span class="sim" title="an agent played its actions">sim</span></> : null}</td>
              <td class="what"><Said>{r.title}</Said>{r.key && r.key !== r.title ? <Said class="quiet">{' ' + r.key}</Said> : null}</td>
              <td><State state={r.state} reason={r.reason.code} />{r.joined ? <> <Token token={r.joined} /></> : null}</td>
              <td data-label="by">{who(r.asked_by)}</td>
              <td class="clock">{moment(r.created)}</td>
              <td data-label={r.ended ? 'took' : undefined}>{r.ended ? said(`${(Date.parse(r.ended) - Date.parse(r.created)) / 1000}s`) : 'open'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
