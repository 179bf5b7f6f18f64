// Live: the prompt, the recovery under way, what just ended, and the events.

import { now, useNow } from '../clock.ts'
import { openDialog } from '../dialogs.tsx'
import { Act } from '../bits.tsx'
import { recent, underWay, type Picture } from '../picture.ts'
import { Events } from '../live/events.tsx'
import { PromptPanel } from '../live/prompt.tsx'
import { Ended, Recovery } from '../live/recovery.tsx'
import { SituationLine } from '../live/situation.tsx'
import { Earlier } from '../live/outcome.tsx'
import { Demo } from '../live/demo.tsx'
import { mode } from '../picture.ts'
import { whyOff } from '../why.ts'

/** How long what ended stays in view, with what is left to do. CMS practice. */
const IN_VIEW = 120e3

export function Live({ p }: { p: Picture }) {
  useNow(1000)
  const s = underWay(p)
  const shown = recent(p).filter(x => x.ended && now() - Date.parse(x.ended) < IN_VIEW).slice(0, 2)
  const m = mode(p).mode
  return (
    <div class="live">
      <div class="main">
        <SituationLine p={p} />
        <Earlier prompt={s?.prompt?.id} elsewhere={x => x.about === s?.token || shown.some(e => e.token === x.about)}>
          {s?.prompt ? <PromptPanel s={s} p={p} prompt={s.prompt} /> : null}
        </Earlier>
        {s ? <Recovery s={s} p={p} title={!s.prompt} /> : null}
        {shown.map(x => <Ended key={x.token} s={x} />)}
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
