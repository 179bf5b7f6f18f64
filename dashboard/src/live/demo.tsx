// What only the demo has: the plant can be broken again, and the agent's machine can die.

import { useEffect, useState } from 'preact/hooks'
import { send, Refusal, whoAmI } from '../ask.ts'
import { Act, useBusy } from '../bits.tsx'
import { announce } from '../announce.ts'
import { world } from '../world.ts'
import { whyOff } from '../why.ts'

export function Demo({ system }: { system: string }) {
  const [said, say] = useState('')
  const [busy, run] = useBusy()
  const demo = !!world.me?.demo
  // Somebody else may have taken the machine away, or brought it back.
  useEffect(() => { if (demo) void whoAmI() }, [demo])
  if (!demo) return null
  const away = !!world.me?.vanished
  const tell = (url: string, body: unknown) => run(() => send<{ text?: string }>('/api/v1/demo/' + url, body).then(
    a => { say(a.text ?? ''); announce(a.text ?? '', true); return whoAmI() },
    (e: unknown) => say(e instanceof Refusal ? e.message : 'it could not be asked for')))
  const off = busy ? 'one moment' : whyOff(system)
  return (
    <>
      <Act off={off} onAct={() => tell('break', {})}>Break it again</Act>
      <Act off={off} onAct={() => tell('agent', { vanish: !away })}>{away ? 'Bring the agent back' : 'Make the agent vanish'}</Act>
      {said ? <p class="quiet">{said}</p> : null}
    </>
  )
}
