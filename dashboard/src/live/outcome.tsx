// What became of a decision of this page: sending, then what the log says. Where it
// stands by itself it names its recovery, and what was asked for: the prompt that is open now
// may be the next one.

import type { ComponentChildren } from 'preact'
import { saidStill, sent, type Sent } from '../decision.ts'
import { Token } from '../bits.tsx'
import { Icon } from '../icon.tsx'
import { changed } from '../world.ts'

const ICONS: Record<string, string> = { sending: 'wait', unknown: 'question', recorded: 'check', refused: 'alert', failed: 'cross' }

export function Outcome({ about, dismiss }: { about: string; dismiss?: boolean }) {
  const s = sent.get(about)
  if (!s) return null
  return (
    <p class={'outcome ' + s.state} data-outcome={s.state}>
      <Icon name={ICONS[s.state] ?? 'dot'} /><span>{dismiss && s.state !== 'recorded' && ofPrompt(s) ? <>Earlier, {s.what}: </> : null}{s.text}</span>{dismiss && s.token ? <Token token={s.token} /> : null}
      {dismiss ? <button type="button" class="close" aria-label="Dismiss" onClick={() => { sent.delete(about); changed() }}><Icon name="cross" /></button> : null}
    </p>
  )
}

/** Earlier is what became of answers to prompts that have gone. Above an open prompt what
 *  was recorded could be taken for its answer; that something went wrong stands there. */
export function Earlier({ prompt, elsewhere, children }: { prompt?: string; elsewhere: (s: Sent) => boolean; children: ComponentChildren }) {
  const last = saidStill(x => x.about === prompt || elsewhere(x))
  const below = (x: Sent) => !!prompt && x.state === 'recorded'
  const said = (list: Sent[]) => list.map(x => <Outcome key={x.about} about={x.about} dismiss />)
  return <>{said(last.filter(x => !below(x)))}{children}{said(last.filter(below))}</>
}

function ofPrompt(s: Sent): boolean {
  return s.about.startsWith(s.token + '.p')
}
