// The prompt panel: the page's one job. Who asks, why, what a yes will do, how often it
// helped, and the buttons.

import { useEffect, useRef } from 'preact/hooks'
import { path } from '../ask.ts'
import { useAsked, wholeOf } from '../asked.ts'
import { Act, Ago, Said, Token, useGuard } from '../bits.tsx'
import { alert } from '../announce.ts'
import { now, until, useNow } from '../clock.ts'
import { consequence, name } from '../consequence.ts'
import { decide, underway } from '../decision.ts'
import { openDialog } from '../dialogs.tsx'
import { count, countdown, day, percent, said, who, whole } from '../format.ts'
import { Icon } from '../icon.tsx'
import { lookAt } from '../link.ts'
import { mode, policy, postponed, type Picture } from '../picture.ts'
import { world } from '../world.ts'
import { whyOff } from '../why.ts'
import type { Actions, Prompt, Statistics, Status } from '../words.ts'
import { Clarify } from './clarify.tsx'
import { Confirm } from './confirm.tsx'
import { Outcome } from './outcome.tsx'

const KINDS: Record<string, { word: string; icon: string }> = {
  approve: { word: 'Your approval is needed', icon: 'bell' },
  confirm: { word: 'A step to do by hand', icon: 'hand' },
  clarify: { word: 'Outcome unknown', icon: 'alert' },
}

/** The controller's words where there is no other reason than that people are asked: the
 *  panel's first line says it. */
const USUAL = ["this step needs an operator's approval", 'this step is carried out by hand']

export function PromptPanel({ s, p, prompt }: { s: Status; p: Picture; prompt: Prompt }) {
  const place = useRef<HTMLElement>(null)
  const guard = useGuard(prompt.id + '/' + prompt.step, place)
  useLooking(s.system, prompt.id)
  const kind = KINDS[prompt.kind] ?? { word: 'A question', icon: 'question' }
  const first = s.problems[0]
  const others = world.looking.get(prompt.id)
  return (
    <section ref={place} class={'prompt ' + prompt.kind} aria-labelledby="prompt-title" data-prompt={prompt.id} data-ready={guard()}>
      <header>
        <span class="kind"><Icon name={kind.icon} />{kind.word}</span>
        <Countdown prompt={prompt} />
      </header>
      <div class="body">
        <h2 id="prompt-title"><Said>{first?.title ?? s.token}</Said> <Token token={s.token} /></h2>
        {first?.description ? <Said as="p">{first.description}</Said> : null}
        <p class="asked">
          <span>Asked by {who(s.asked_by)} <Ago t={s.created} />.</span>
          {first?.since ? <span>The problem is <Age t={first.since} /> old.</span> : null}
          {s.problems.length > 1 ? <span>It covers {count(s.problems.length, 'problem')}.</span> : null}
        </p>
        <Context s={s} />
        {prompt.why && prompt.kind !== 'clarify' && !USUAL.includes(prompt.why) ? <p class="why"><b>Why it asks:</b> <Said>{prompt.why}</Said></p> : null}
        {prompt.kind === 'clarify' ? null : <Yes s={s} p={p} at={prompt.step} />}
        {prompt.kind === 'approve' ? <Helped s={s} /> : null}
        {prompt.kind === 'approve' ? <Approve s={s} prompt={prompt} guard={guard} /> : null}
        {prompt.kind === 'confirm' ? <Confirm s={s} prompt={prompt} guard={guard} /> : null}
        {prompt.kind === 'clarify' ? <Clarify s={s} prompt={prompt} guard={guard} manual={mode(p)?.mode === 'manual'} /> : null}
        {/* Below the buttons: who comes and goes must not move them. */}
        {others?.length ? <p class="presence"><Icon name="eye" />{others.join(', ')} {others.length === 1 ? 'is' : 'are'} looking at this prompt.</p> : null}
        <Outcome about={prompt.id} />
      </div>
    </section>
  )
}

function Approve({ s, prompt, guard }: { s: Status; prompt: Prompt; guard: () => boolean }) {
  const off = underway(prompt.id) ? 'your answer is on its way' : whyOff(s.system)
  const title = name(s, prompt.step)
  const others = s.steps.some(x => x.index !== prompt.step)
  return (
    <div class="buttons">
      <Act kind="primary" keys="a" off={off} guard={guard} onAct={() => decide(prompt.id, { decision: 'approve', step: prompt.step }, `approve ${title}`)}>Approve step</Act>
      {s.steps.length - prompt.step > 1
        ? <Act off={off} guard={guard} onAct={() => openDialog({ kind: 'approve_all', prompt: prompt.id, token: s.token })}>Approve whole plan…</Act> : null}
      {others ? <Act off={off} guard={guard} onAct={() => openDialog({ kind: 'other', prompt: prompt.id, token: s.token })}>Other step…</Act> : null}
      <Act off={off} guard={guard} keys="r" onAct={() => openDialog({ kind: 'decline', prompt: prompt.id, token: s.token })}>Decline…</Act>
      {off && !underway(prompt.id) ? <p class="off">{off}</p> : null}
    </div>
  )
}

function Age({ t }: { t: string }) {
  const n = useNow(1000)
  return <>{whole(n - Date.parse(t))}</>
}

/** Yes says what a yes will do. */
export function Yes({ s, p, at }: { s: Status; p: Picture; at: number }) {
  const { request, failed } = wholeOf(s)
  const c = consequence(s, request, at, policy(p))
  const gave = request?.relation?.kind === 'preempt' ? request.relation.to : undefined
  const step = s.steps[at]
  const waits = postponed(p).find(x => x.token === gave)
  return (
    <div class="yes">
      <p class="lead">{c.lead}</p>
      <p class="step-title"><Said>{c.title}</Said></p>
      {c.byHand && !c.targets.length ? null : <dl class="targets">
        {c.byHand ? null : <div><dt>{c.agents.length > 1 ? 'by agents' : 'by agent'}</dt><dd>{c.agents.join(', ') || 'none yet'}</dd></div>}
        {c.targets.map(([k, v]) => <div key={k}><dt><Said>{k}</Said></dt><dd><Said>{v}</Said></dd></div>)}
      </dl>}
      {c.byHand || !step ? null : <Away system={s.system} names={c.agents} />}
      {c.terms.length ? <p class="terms">{c.terms.join(' ')}</p> : null}
      {request ? null : <p class="terms" role="note">{failed ? 'What exactly it acts on could not be loaded; it is tried again.' : 'Loading what exactly it acts on…'}</p>}
      {gave ? <p class="terms">It goes before {gave}{waits ? <> (<Said>{waits.problems[0]?.title ?? ''}</Said>), which waits and is asked about again afterwards</> : null}.</p> : null}
    </div>
  )
}

const PRESENCE_EVERY = 5000

/** Away says when an agent that a yes needs is not there, or is there twice. */
function Away({ system, names }: { system: string; names: string[] }) {
  const asked = useAsked<Actions>(path(system, 'actions'))
  // Presence is not in the log, and so not in the picture.
  useEffect(() => {
    const timer = setInterval(asked.again, PRESENCE_EVERY)
    return () => clearInterval(timer)
  }, [system])
  const all = asked.value?.agents ?? []
  const missing = all.filter(a => names.includes(a.name) && (a.doubled || a.presence === 'away'))
  return <>{missing.map(a => <p class="late" key={a.name}><Icon name="alert" />{a.name} {a.doubled ? 'runs twice' : 'is away'}</p>)}</>
}

function Context({ s }: { s: Status }) {
  const pairs = Object.entries(s.problems[0]?.context ?? {})
  if (!pairs.length) return null
  return <dl class="context">{pairs.slice(0, 12).map(([k, v]) => <div key={k}><dt><Said>{k}</Said></dt><dd><Said>{v}</Said></dd></div>)}</dl>
}

/** Helped says how often this kind of recovery helped before. */
function Helped({ s }: { s: Status }) {
  const key = s.problems[0]?.key ?? ''
  const asked = useAsked<Statistics>(`${path(s.system, 'statistics')}?since=${day(now() - 90 * 86400e3)}T00:00:00Z`, s.token)
  if (!asked.value) return asked.error ? null : <p class="helped">…</p>
  const found = asked.value.problems?.find(x => x.key === key)
  const ended = (found?.completed ?? 0) + (found?.failed ?? 0)
  if (!found || !ended) return <p class="helped">No earlier recovery of this kind has ended within 90 days.</p>
  return (
    <p class="helped"><b>Before:</b> helped {found.completed} of {count(ended, 'time')} ({percent(found.completed / ended)}) within 90 days
      {found.completed ? `, typically in ${said(found.median)}` : ''}.</p>
  )
}

/** Countdown is what is left of a prompt, in the server's time; it is spoken twice. */
export function Countdown({ prompt }: { prompt: Prompt }) {
  useNow(250)
  const left = until(prompt.expires)
  const mark = !prompt.expires ? '' : left <= 15e3 ? '15' : left <= 60e3 ? '60' : ''
  useEffect(() => {
    if (mark && left > 0) alert(`${mark === '15' ? 'Fifteen' : 'Sixty'} seconds left to answer the prompt.`)
  }, [mark])
  if (!prompt.expires) return <span class="countdown">no time limit</span>
  return (
    <span class={'countdown' + (left < 60e3 ? ' soon' : '')} role="timer" aria-label="time left to answer">
      <Icon name="wait" />{left > 0 ? <>{countdown(left)}<span class="quiet"> left</span></> : 'expired'}
    </span>
  )
}

/** useLooking tells the others that this prompt is being looked at, while the page is in view. */
function useLooking(system: string, prompt: string): void {
  useEffect(() => {
    const tell = () => lookAt(system, document.visibilityState === 'visible' ? prompt : '')
    tell()
    document.addEventListener('visibilitychange', tell)
    return () => {
      document.removeEventListener('visibilitychange', tell)
      lookAt(system, '')
    }
  }, [system, prompt])
}
