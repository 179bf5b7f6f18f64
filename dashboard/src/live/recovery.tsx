// The recovery under way: its steps with their attempts, how far each got, and the way
// to stop it.

import { Act, Clock, Said, State, Token } from '../bits.tsx'
import { since, until, useNow } from '../clock.ts'
import { decided, inWords, parseDuration, said, span, who, whole } from '../format.ts'
import { Icon, stateIcon } from '../icon.tsx'
import { openDialog } from '../dialogs.tsx'
import { agents, type Picture } from '../picture.ts'
import { wholeOf } from '../asked.ts'
import { whyOff } from '../why.ts'
import type { Attempt, Status, StepStatus } from '../words.ts'
import { Outcome } from './outcome.tsx'

export function Recovery({ s, p, title }: { s: Status; p: Picture; title?: boolean }) {
  return (
    <section class="card recovery" aria-labelledby={'steps-' + s.token}>
      <header>
        <h2 id={'steps-' + s.token}>{title ? <><Said>{s.problems[0]?.title ?? ''}</Said> <Token token={s.token} /></> : 'Steps'}</h2>
        {s.terminal ? null : <State state={s.state} reason={s.state === 'postponed' ? s.reason.code : ''} />}
        {s.terminal ? null : (
          <span class="side">
            <Act kind="plain" onAct={() => openDialog({ kind: 'note', token: s.token })} off={whyOff(s.system)}>Note…</Act>
            <Act kind="danger" keys="i" off={whyOff(s.system)} onAct={() => openDialog({ kind: 'interrupt', token: s.token })}>Interrupt…</Act>
          </span>
        )}
      </header>
      {s.terminal ? null : <Outcome about={s.token} />}
      <ol class="steps">{s.steps.map(x => <Step key={x.index} s={s} p={p} step={x} />)}</ol>
      {s.state === 'observing' ? <Observing s={s} /> : null}
      {s.state === 'stopping' && s.stop ? <p class="note"><Icon name="stop" />Stopping ({inWords(s.stop.reason)}{s.stop.by.role === 'operator' ? ` by ${s.stop.by.name}` : ''}): waiting for the agent to confirm.</p> : null}
      <Problems s={s} />
    </section>
  )
}

function Step({ s, p, step }: { s: Status; p: Picture; step: StepStatus }) {
  const now = step.index === s.step && !s.terminal
  return (
    <li class={'step ' + step.state + (now ? ' now' : '')} aria-current={now ? 'step' : undefined}>
      <span class="mark"><Icon name={step.by_hand && step.state === 'waiting' ? 'hand' : stateIcon(step.state)} /></span>
      <div>
        <p class="name"><Said>{step.title || step.action || ''}</Said></p>
        <p class="quiet">
          {step.state === 'open' ? step.attempts?.some(a => a.unclear && a.state === 'granted') ? 'begun, outcome unknown' : PLAIN.open : PLAIN[step.state] ?? step.state}
          {step.by_hand ? ' · by hand' : step.agent ? ` · ${step.agent}` : ''}
          {step.members?.length ? ` · ${members(step)}` : ''}
          {step.approved ? ` · ${step.approved.how === 'automatic' ? 'started by itself' : `${decided(step.approved.how)} by ${who(step.approved.by)}`} at ` : ''}
          {step.approved ? <Clock t={step.approved.at} /> : null}
          {step.earlier ? ` · ${step.earlier} earlier attempts` : ''}
        </p>
        {step.needed ? <p class="quiet">Still needed? <b>{step.needed.answer}</b>, at <Clock t={step.needed.at} />{step.needed.text ? <>: <Said>{step.needed.text}</Said></> : null}</p> : null}
        {(step.attempts ?? []).map(a => <Try key={a.number} a={a} usual={usual(p, step)} limit={limit(s, step)} many={(step.attempts ?? []).length > 1} group={!!step.members?.length} />)}
        {now ? <Pause s={s} step={step} /> : null}
      </div>
    </li>
  )
}

const PLAIN: Record<string, string> = { waiting: 'not started', open: 'under way' }

/** members says how a group works, and what became of each of it. */
function members(step: StepStatus): string {
  const each = (step.members ?? []).map(m => `${m.agent} ${PLAIN[m.state] ?? m.state}`).join(', ')
  return `${step.order === 'parallel' ? 'all at once' : 'one after another'}: ${each}${step.halted ? `; halted: ${inWords(step.halted)}` : ''}`
}

/** Pause is the time until the next attempt begins: nobody acts meanwhile. */
function Pause({ s, step }: { s: Status; step: StepStatus }) {
  useNow(500)
  const tries = step.attempts ?? []
  if (s.state !== 'running' || s.prompt || step.by_hand || !s.deadline || !tries.length || tries.some(a => ['offered', 'granted'].includes(a.state))) return null
  const left = until(s.deadline)
  return <p class="note pause"><Icon name="wait" />A pause before the next attempt: <b>{whole(Math.max(0, left))}</b> left.</p>
}

function usual(p: Picture, step: StepStatus): number {
  const offers = agents(p).find(a => a.name === (step.agent || step.members?.[0]?.agent))?.actions ?? []
  return parseDuration((offers.find(a => a.name === step.action) ?? offers.find(a => a.name === '*'))?.usual)
}

function limit(s: Status, step: StepStatus): number {
  return parseDuration(wholeOf(s).request?.steps[step.index]?.timeout)
}

/** Try is an attempt: while it runs, a bar that fills up to its limit, and turns amber
 *  beyond the usual time. */
function Try({ a, usual, limit, many, group }: { a: Attempt; usual: number; limit: number; many: boolean; group: boolean }) {
  const running = (a.state === 'granted' && !a.unclear) || a.state === 'by_hand'
  useNow(running ? 500 : 60_000)
  const from = a.granted ?? a.offered
  const took = running ? since(from) : from && a.ended ? Date.parse(a.ended) - Date.parse(from) : 0
  const late = running && usual > 0 && took > usual
  const by = group && a.agent ? ` by ${a.agent}` : ''
  const label = (many || by ? `Attempt ${a.number}${by}: ` : '') + outcome(a)
  return (
    <div class={'try ' + a.state + ' ' + (a.outcome ?? '')} data-attempt={a.number}>
      <p>
        <b>{label}</b>{took ? <> · {running ? whole(took) : span(took)}{usual && running ? ` (usually ${span(usual)})` : ''}{running && limit ? `, at most ${span(limit)}` : ''}</> : null}
        {late ? <span class="late"><Icon name="alert" />longer than usual</span> : null}
        {a.by ? ` · by ${who(a.by)}` : ''}
      </p>
      {running && a.state === 'granted' ? <Bar share={a.percent !== undefined ? a.percent / 100 : took / (usual || limit || 60e3)} late={late} label={a.percent !== undefined ? `${a.percent} percent` : `running for ${whole(took)}`} /> : null}
      {a.text && (running || a.outcome !== 'done') ? <Said as="p" class="progress">{a.text}</Said> : null}
      {a.output && running ? <details><summary>Output</summary><Said as="pre">{a.output}</Said></details> : null}
    </div>
  )
}

function outcome(a: Attempt): string {
  if (a.state === 'offered') return 'waiting for the agent'
  if (a.state === 'by_hand') return 'being done by hand'
  if (a.state === 'granted' && a.unclear) return 'outcome unknown'
  if (a.state === 'granted') return a.stopped ? 'told to stop' : a.percent !== undefined ? `running, ${a.percent} %` : 'running'
  if (a.state === 'withdrawn') return 'withdrawn'
  return inWords(a.outcome ?? 'ended') + (a.timed_out && a.outcome !== 'timed_out' ? ' (time was over)' : '')
}

function Bar({ share, late, label }: { share: number; late: boolean; label: string }) {
  const w = Math.min(100, Math.max(1, share * 100))
  return (
    <svg class={'bar' + (late ? ' late' : '')} viewBox="0 0 100 4" preserveAspectRatio="none" role="img" aria-label={label}>
      <rect class="track" width="100" height="4" /><rect class="fill" width={w} height="4" />
    </svg>
  )
}

function Observing({ s }: { s: Status }) {
  useNow(500)
  const left = until(s.deadline)
  const open = s.problems.filter(x => !x.cleared).length
  return (
    <p class="note"><Icon name="eye" />
      Watching whether it helped{s.deadline ? left > 0 ? <>: <b>{whole(left)}</b> left, until <Clock t={s.deadline} /></> : ', until the period is over' : ''}.{' '}
      {open ? 'The problem is still there.' : 'The expert says that the problem is gone; the whole period is waited for, since problems come back.'}
    </p>
  )
}

function Problems({ s }: { s: Status }) {
  if (s.problems.length < 2) return null
  return (
    <ul class="problems" aria-label="Problems that it covers">
      {s.problems.map(x => <li key={x.expert + x.id}><Icon name={x.cleared ? 'check' : 'alert'} /><Said>{x.title}</Said> ({x.id}) · {x.cleared ? <>gone since <Clock t={x.cleared} /></> : 'still there'}</li>)}
    </ul>
  )
}

/** Ended is how a recovery ended, and what is left to do; it stays in view for a while. */
export function Ended({ s }: { s: Status }) {
  const { request } = wholeOf(s)
  // As the command does: what was cancelled leaves nothing to do.
  const care = request?.aftercare?.[s.state as 'completed' | 'failed'] ?? []
  return (
    <section class={'card ended ' + s.state} aria-labelledby={'ended-' + s.token}>
      <header>
        <h2 id={'ended-' + s.token}><Said>{s.problems[0]?.title ?? ''}</Said> <Token token={s.token} /></h2>
        <State state={s.state} reason={s.reason.code} />
      </header>
      {s.reason.text ? <Said as="p">{s.reason.text}</Said> : null}
      <Outcome about={s.token} />
      {care.length ? <div class="aftercare"><h3>Now to do</h3><ul>{care.map(t => <li key={t}><Said>{t}</Said></li>)}</ul></div> : null}
      <p><Act kind="plain" off={whyOff(s.system)} onAct={() => openDialog({ kind: 'note', token: s.token })}>Note…</Act>{s.ended ? <span class="quiet"> took {said(`${(Date.parse(s.ended) - Date.parse(s.created)) / 1000}s`)}</span> : null}</p>
    </section>
  )
}
