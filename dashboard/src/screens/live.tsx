// Live: the prompt, the recovery under way, what just ended, and the events.

import { now, useNow } from '../clock.ts'
import { openDialog } from '../dialogs.tsx'
import { Act } from '../bits.tsx'
import { recent, underWay, type Picture } from '../picture.ts'
import { Events } from '../live/events.tsx'
import { PromptPanel } from '../live/prompt.tsx'
import { Ended, Recovery } from '../live/recovery.tsx'
import { SituationLine } from '../live/situation.tsx'
import { Outcome } from '../live/outcome.tsx'
import { Demo } from '../live/demo.tsx'
import { sent, type Sent } from '../decision.ts'
import { mode } from '../picture.ts'
import { whyOff } from '../why.ts'

/** How long what ended stays in view, with what is left to do. CMS practice. */
const IN_VIEW = 120e3

export function Live({ p }: { p: Picture }) {
  useNow(1000)
  const s = underWay(p)
  const ended = recent(p).filter(x => x.ended && now() - Date.parse(x.ended) < IN_VIEW)
  const m = mode(p)?.mode ?? 'approval'
  // What became of the last answer stays in view when its prompt has gone.
  const last = [...sent.values()].filter(x => x.about !== s?.prompt?.id && x.about !== s?.token && !ended.some(e => e.token === x.about) && now() - x.at < 30e3).slice(-2)
  // Above an open prompt it could be taken for its answer, unless it says that something went wrong.
  const below = (x: Sent) => !!s?.prompt && x.state === 'recorded'
  const said = (list: Sent[]) => list.map(x => <Outcome key={x.about} about={x.about} dismiss />)
  return (
    <div class="live">
      <div class="main">
        <SituationLine p={p} />
        {said(last.filter(x => !below(x)))}
        {s?.prompt ? <PromptPanel s={s} p={p} prompt={s.prompt} /> : null}
        {said(last.filter(below))}
        {s ? <Recovery s={s} p={p} title={!s.prompt} /> : null}
        {ended.slice(0, 2).map(x => <Ended key={x.token} s={x} />)}
        <div class="buttons tools">
          <Act kind="plain" onAct={() => openDialog({ kind: 'mode', system: p.system })} off={whyOff(p.system)}>Mode: {m}…</Act>
          <Act kind="plain" onAct={() => openDialog({ kind: 'run', system: p.system })} off={whyOff(p.system)}>Run an action…</Act>
          <Demo system={p.system} />
        </div>
      </div>
      <Events p={p} token={s?.token ?? recent(p)[0]?.token ?? ''} />
    </div>
  )
}
