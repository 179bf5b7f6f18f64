// An outcome that nobody knows: why, in the log's words; three answers, each with its
// consequence; a reason; and a second thought while the agent may still be acting.

import { useRef, useState } from 'preact/hooks'
import { Act, Said } from '../bits.tsx'
import { until, useNow } from '../clock.ts'
import { decide, underway } from '../decision.ts'
import { whole } from '../format.ts'
import { whyOff } from '../why.ts'
import type { Prompt, Status } from '../words.ts'

export function Clarify({ s, prompt, guard, manual }: { s: Status; prompt: Prompt; guard: () => boolean; manual: boolean }) {
  useNow(500)
  const [note, setNote] = useState('')
  const [override, setOverride] = useState(false)
  const [missing, setMissing] = useState('')
  const field = useRef<HTMLTextAreaElement>(null)
  const step = s.steps[prompt.step]
  // How to answer follows in the log, and here stands on the buttons.
  const [because] = prompt.why.split('; say done (')
  const harm = /once more; (.*)\) or/.exec(prompt.why)?.[1]
  const acting = until(prompt.override_until)
  const off = underway(prompt.id) ? 'your answer is on its way' : whyOff(s.system)
  const say = (decision: string, what: string) => {
    if (!note.trim()) {
      setMissing('Say first how you know: the reason stays in the record.')
      field.current?.focus()
      return
    }
    if (acting > 0 && !override) {
      setMissing('The agent may still be acting: tick the box if you have made sure that it is not.')
      return
    }
    setMissing('')
    decide(prompt.id, { decision, note: note.trim(), ...(acting > 0 ? { override: true } : {}) }, what)
  }
  return (
    <div class="answer">
      <p class="lead">
        “<Said>{step?.title || step?.action || 'The step'}</Said>”: <Said>{because}</Said>. The next recovery is blocked until the agent tells, or you do.
      </p>
      <label>How do you know? (needed)
        <textarea ref={field} rows={2} maxLength={2000} value={note} aria-describedby={missing ? 'clarify-missing' : undefined} onInput={e => setNote(e.currentTarget.value)} />
      </label>
      {acting > 0 ? (
        <label class="override">
          <input type="checkbox" checked={override} onChange={e => setOverride(e.currentTarget.checked)} />
          <span>The agent may still be acting, for {whole(acting)} at most. I have made sure that it is not.</span>
        </label>
      ) : null}
      <dl class="answers">
        <div><dt><Act off={off} guard={guard} onAct={() => say('done', 'it was done')}>It was done</Act></dt><dd>{instead(s) || 'The system is watched, as after a success.'}</dd></div>
        <div><dt><Act off={off} guard={guard} onAct={() => say('retry', 'try again')}>Try again</Act></dt><dd>{instead(s) || (manual ? `People have taken over: nothing starts, ${s.token} ends as cancelled.` : `A new attempt of the same step starts now${harm ? `: ${harm}` : ''}.`)}</dd></div>
        <div><dt><Act off={off} guard={guard} onAct={() => say('give_up', 'give up')}>Give up</Act></dt><dd>{s.stop?.reason === 'interrupted' ? instead(s) : `${s.token} ends as failed; the next recovery may begin.`}</dd></div>
      </dl>
      {missing ? <p id="clarify-missing" class="missing" role="alert">{missing}</p> : null}
      {off && !underway(prompt.id) ? <p class="off">{off}</p> : null}
    </div>
  )
}

/** instead is what any answer leads to once the recovery was interrupted or has to give way. */
function instead(s: Status): string {
  return { interrupted: `${s.token} ends as cancelled, since it was interrupted.`, preempted: `${s.token} gives way and waits for its turn.` }[s.stop?.reason ?? ''] ?? ''
}
