// A step by hand: what to do stands above; here is what an operator says about it.

import { useState } from 'preact/hooks'
import { Act } from '../bits.tsx'
import { name } from '../consequence.ts'
import { decide, underway } from '../decision.ts'
import { whyOff } from '../why.ts'
import type { Prompt, Status } from '../words.ts'

export function Confirm({ s, prompt, guard }: { s: Status; prompt: Prompt; guard: () => boolean }) {
  const [note, set] = useState('')
  const off = underway(prompt.id) ? 'your answer is on its way' : whyOff(s.system)
  const title = name(s, prompt.step)
  const say = (decision: string, what: string) => decide(prompt.id, { decision, ...(note ? { note } : {}) }, what)
  return (
    <div class="answer">
      <label>Note, if there is something to tell
        <textarea rows={2} maxLength={2000} value={note} onInput={e => set(e.currentTarget.value)} />
      </label>
      <div class="buttons">
        <Act kind="primary" off={off} guard={guard} onAct={() => say('done', `${title} was done`)}>Done</Act>
        <Act off={off} guard={guard} onAct={() => say('decline', `${title} can't be done`)}>Can't be done</Act>
        {off && !underway(prompt.id) ? <p class="off">{off}</p> : null}
      </div>
    </div>
  )
}
