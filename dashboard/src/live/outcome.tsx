// What became of a decision of this page: sending, then what the log says. Where it
// stands by itself it names its recovery: the next one may ask for a step of the same title.

import { sent } from '../decision.ts'
import { Token } from '../bits.tsx'
import { Icon } from '../icon.tsx'
import { changed } from '../world.ts'

const ICONS: Record<string, string> = { sending: 'wait', unknown: 'question', recorded: 'check', refused: 'alert', failed: 'cross' }

export function Outcome({ about, dismiss }: { about: string; dismiss?: boolean }) {
  const s = sent.get(about)
  if (!s) return null
  return (
    <p class={'outcome ' + s.state} data-outcome={s.state}>
      <Icon name={ICONS[s.state] ?? 'dot'} /><span>{s.text}</span>{dismiss && s.token ? <Token token={s.token} /> : null}
      {dismiss ? <button type="button" class="close" aria-label="Dismiss" onClick={() => { sent.delete(about); changed() }}><Icon name="cross" /></button> : null}
    </p>
  )
}
