// The first line that anybody reads: is anything wrong, and is somebody needed?

import { Ago, Said, Token } from '../bits.tsx'
import { stateInWords, count, place } from '../format.ts'
import { Icon } from '../icon.tsx'
import { mode, postponed, recent, underWay, type Picture } from '../picture.ts'
import { at } from '../router.ts'
import type { Status } from '../words.ts'

export interface Situation { word: string; icon: string; level: 'calm' | 'busy' | 'asks' | 'bad' }

/** situation says in a few words how a system stands. */
export function situation(s: Status | undefined, modeNow: string): Situation {
  if (!s) {
    if (modeNow === 'manual') return { word: 'People have taken over: requests are turned away', icon: 'hand', level: 'busy' }
    return { word: 'All quiet: no recovery is under way', icon: 'check', level: 'calm' }
  }
  switch (s.state) {
    case 'unclear': return { word: 'Nobody knows what an action did: an answer is needed', icon: 'alert', level: 'bad' }
    case 'awaiting_approval': return { word: 'Waiting for an operator: nothing happens without a yes', icon: 'bell', level: 'asks' }
    case 'stopping': return { word: 'Stopping: the agent was told to end', icon: 'stop', level: 'busy' }
    case 'observing': return { word: 'Watching whether the last step helped', icon: 'eye', level: 'busy' }
    case 'running':
      return s.prompt ? { word: 'Waiting for an operator: a step is to be done by hand', icon: 'hand', level: 'asks' }
        : { word: `Recovering: ${place(s.step, s.steps.length)} is under way`, icon: 'play', level: 'busy' }
  }
  return { word: stateInWords(s.state), icon: 'dot', level: 'busy' }
}

export function SituationLine({ p }: { p: Picture }) {
  const s = underWay(p)
  const now = situation(s, mode(p).mode)
  const waiting = postponed(p).length
  const last = recent(p)[0]
  return (
    <div class={'situation ' + now.level} data-level={now.level}>
      <h1 tabIndex={-1}><Icon name={now.icon} />{now.word}</h1>
      <p class="quiet">
        {waiting ? <><a href={at('/postponed', p.system)}>{count(waiting, 'recovery', 'recoveries')} waiting</a>. </> : null}
        {!s && last ? <>Last: <Said>{last.problems[0]?.title ?? ''}</Said> <Token token={last.token} /> {stateInWords(last.state)}{last.reason.code ? `, ${last.reason.code.replaceAll('_', ' ')}` : ''}, <Ago t={last.ended} />.</> : null}
        {!s && !last ? 'No recovery has been seen here yet.' : null}
      </p>
    </div>
  )
}
