// Dialogs: one at a time, opened by a button or a key. What they are about may change
// while they are open; then they say so and decide nothing.

import { useState } from 'preact/hooks'
import { Act, Dialog, Said, useGuard } from './bits.tsx'
import { decide, interrupt, post } from './decision.ts'
import { Help } from './help.tsx'
import { Yes } from './live/prompt.tsx'
import { said, stateInWords } from './format.ts'
import { mode, policy, recovery, systemOf } from './picture.ts'
import { path } from './ask.ts'
import { name, remaining } from './consequence.ts'
import { RunAction } from './runaction.tsx'
import { changed, useWorld, world } from './world.ts'
import { whyOff } from './why.ts'
import type { Status } from './words.ts'

export type Open =
  | { kind: 'approve' | 'approve_all' | 'other' | 'decline'; prompt: string; token: string }
  | { kind: 'interrupt' | 'note'; token: string }
  | { kind: 'mode' | 'run'; system: string }
  | { kind: 'help' }

let open: Open | undefined

/** openDialog opens one; another that is open is closed. */
export function openDialog(o: Open): void {
  open = o
  changed()
}

/** closeDialog closes what is open. */
export function closeDialog(): void {
  open = undefined
  changed()
}

/** dialogOpen tells whether one is. */
export function dialogOpen(): boolean {
  return !!open
}

/** Dialogs shows the one that is open. */
export function Dialogs() {
  useWorld()
  const o = open
  if (!o) return null
  switch (o.kind) {
    case 'help': return <Dialog title="Keys and words" onClose={closeDialog} wide><Help /></Dialog>
    case 'mode': return <Mode key={o.system} system={o.system} />
    case 'run': return <Dialog title={`Run an action on ${o.system}`} onClose={closeDialog} wide><RunAction system={o.system} onDone={closeDialog} /></Dialog>
    case 'interrupt': return <Interrupt key={o.token} token={o.token} />
    case 'note': return <Note key={o.token} token={o.token} />
    default: return <Answer key={o.kind + o.prompt} o={o} />
  }
}

/** Answer is a dialog about a prompt; it is bound to the one that was shown. */
function Answer({ o }: { o: Extract<Open, { prompt: string }> }) {
  const [note, setNote] = useState('')
  const [hold, setHold] = useState('')
  const [step, setStep] = useState(-1)
  const guard = useGuard(o.prompt)
  const p = world.pictures.get(systemOf(o.token))
  const s = recovery(p, o.token)
  const holds = policy(p).hold ?? ''
  const still = s?.prompt?.id === o.prompt
  const off = still ? whyOff(systemOf(o.token)) : 'this prompt is no longer open'
  const title = { approve: 'Approve this step?', approve_all: 'Approve the whole plan?', other: 'Start another step', decline: 'Decline?' }[o.kind]
  const say = (d: Parameters<typeof decide>[1], what: string) => { closeDialog(); void decide(o.prompt, { ...d, ...(note ? { note } : {}) }, what) }
  if (!s || !p || !still) return <Dialog title={title} onClose={closeDialog}><p>This prompt is no longer open. Nothing was decided here.</p></Dialog>
  const at = s.prompt?.step ?? 0
  const all = o.kind === 'approve_all'
  const yes = all || o.kind === 'approve'
  return (
    <Dialog title={title} onClose={closeDialog}>
      {yes ? <Yes s={s} p={p} at={at} /> : null}
      {all ? <><p>And then, without asking again:</p><ol>{remaining(s).map(t => <li key={t}><Said>{t}</Said></li>)}</ol></> : null}
      {o.kind === 'other' ? <Steps s={s} not={at} step={step} set={setStep} /> : null}
      {o.kind === 'other' && step >= 0 ? <Yes s={s} p={p} at={step} /> : null}
      {o.kind === 'decline' ? (
        <>
          <p>{s.token} ends without this step. {turnedAway(hold || holds)}</p>
          <label>Turn them away for
            <select value={hold} onChange={e => setHold(e.currentTarget.value)}>
              <option value="">as long as the policy says: {said(holds)}</option>
              <option value="0s">no time at all</option>
              <option value="10m">10 minutes</option>
              <option value="1h">1 hour</option>
              <option value="8h">8 hours</option>
            </select>
          </label>
        </>
      ) : null}
      <label>Note{o.kind === 'decline' ? ', for the next shift' : ', if there is something to tell'}
        <textarea rows={2} maxLength={2000} value={note} onInput={e => setNote(e.currentTarget.value)} />
      </label>
      <div class="buttons">
        {yes ? <Act kind="primary" off={off} guard={guard} onAct={() => say(all ? { decision: o.kind } : { decision: o.kind, step: at }, 'approve ' + (all ? 'the whole plan' : name(s, at)))}>Yes, start it</Act> : null}
        {o.kind === 'other' ? <Act kind="primary" off={off || (step < 0 && 'choose a step')} guard={guard} onAct={() => say({ decision: 'choose', step }, `start ${name(s, step)} instead`)}>Start this step</Act> : null}
        {o.kind === 'decline' ? <Act kind="danger" off={off} guard={guard} onAct={() => say({ decision: 'decline', ...(hold ? { hold } : {}) }, 'decline')}>Decline it</Act> : null}
        <Act kind="plain" onAct={closeDialog}>Back</Act>
      </div>
    </Dialog>
  )
}

/** turnedAway says what becomes of further requests for the same problem. */
function turnedAway(hold: string): string {
  if (!hold) return ''
  return hold === '0s' ? 'Further requests for the same problem are taken.' : `Further requests for the same problem are turned away for ${said(hold)}.`
}

function Steps({ s, not, step, set }: { s: Status; not: number; step: number; set: (n: number) => void }) {
  return (
    <fieldset>
      <legend>Instead of {name(s, not)}; steps that are passed over do not come back.</legend>
      {s.steps.filter(x => x.index !== not).map(x => (
        <label key={x.index} class="choice">
          <input type="radio" name="step" checked={step === x.index} onChange={() => set(x.index)} />
          <span><Said>{x.title || x.action || ''}</Said>{x.by_hand ? ' (by hand)' : ''}</span>
        </label>
      ))}
    </fieldset>
  )
}

function Interrupt({ token }: { token: string }) {
  const [note, set] = useState('')
  const p = world.pictures.get(systemOf(token))
  const s = recovery(p, token)
  // One that waits for its turn is withdrawn, in the log's word, too.
  const waits = s?.state === 'postponed'
  const [waited] = useState(waits)
  const granted = s?.steps.some(x => x.attempts?.some(a => a.state === 'granted'))
  const title = `${waited || waits ? 'Withdraw' : 'Interrupt'} ${token}?`
  // Whoever takes back what waits has not said that what has begun be stopped.
  const gone = !s || s.terminal ? `${token} has ended already.` : waited && !waits ? `${token} waits no longer: it is ${stateInWords(s.state)}.` : ''
  if (!s || gone) return <Dialog title={title} onClose={closeDialog}><p>{gone} Nothing was decided here.</p></Dialog>
  return (
    <Dialog title={title} onClose={closeDialog}>
      <p>{granted ? 'The agent is told to stop; what it has already done stays done. ' : ''}{s.state === 'unclear' ? 'Nobody knows what it did: the question stays open until it is answered. Then ' : ''}{token} ends as cancelled and does not start again by itself. {turnedAway(policy(p).hold ?? '')}</p>
      <label>Note, for the next shift<textarea rows={2} maxLength={2000} value={note} onInput={e => set(e.currentTarget.value)} /></label>
      <div class="buttons">
        <Act kind="danger" off={whyOff(systemOf(token))} onAct={() => { closeDialog(); void interrupt(token, note, waits ? 'withdraw' : 'interrupt') }}>{waits ? 'Withdraw it' : 'Interrupt it'}</Act>
        <Act kind="plain" onAct={closeDialog}>Back</Act>
      </div>
    </Dialog>
  )
}

function Note({ token }: { token: string }) {
  const [text, set] = useState('')
  return (
    <Dialog title={`A note on ${token}`} onClose={closeDialog}>
      <label>It stays in the record, with your name<textarea rows={4} maxLength={2000} value={text} onInput={e => set(e.currentTarget.value)} /></label>
      <div class="buttons">
        <Act kind="primary" off={whyOff(systemOf(token)) || (!text.trim() && 'write something first')}
          onAct={() => { closeDialog(); void post('note ' + token, token, `a note on ${token}`, path(systemOf(token), 'recoveries', token, 'notes'), { text: text.trim() }) }}>Keep it</Act>
        <Act kind="plain" onAct={closeDialog}>Back</Act>
      </div>
    </Dialog>
  )
}

const MODES = [
  { mode: 'approval', word: 'Approval', text: 'People approve each recovery.' },
  { mode: 'automatic', word: 'Automatic', text: 'What policy and request allow starts by itself; the rest is asked.' },
  { mode: 'manual', word: 'Manual', text: 'People have taken over: open prompts end, requests are rejected, what runs finishes.' },
]

function Mode({ system }: { system: string }) {
  const now = mode(world.pictures.get(system)).mode
  const [to, set] = useState(now)
  const [note, setNote] = useState('')
  return (
    <Dialog title={`How ${system} is run`} onClose={closeDialog}>
      <fieldset>
        <legend>Now: {now}</legend>
        {MODES.map(m => (
          <label key={m.mode} class="choice">
            <input type="radio" name="mode" checked={to === m.mode} onChange={() => set(m.mode)} />
            <span><b>{m.word}</b> {m.text}</span>
          </label>
        ))}
      </fieldset>
      <label>Note<textarea rows={2} maxLength={2000} value={note} onInput={e => setNote(e.currentTarget.value)} /></label>
      <div class="buttons">
        <Act kind="primary" off={whyOff(system) || (to === now && `it is ${now} already`)}
          onAct={() => { closeDialog(); void post('mode ' + system, '', `mode ${to}`, path(system, 'mode'), { mode: to, ...(note ? { note } : {}) }, 'PUT') }}>Switch to {to}</Act>
        <Act kind="plain" onAct={closeDialog}>Back</Act>
      </div>
    </Dialog>
  )
}
