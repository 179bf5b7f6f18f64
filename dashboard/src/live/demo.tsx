// What only the demo has: the plant can be broken again, and the agent's machine can die.

import { useState } from 'preact/hooks'
import { send, Refusal } from '../ask.ts'
import { Act, useBusy } from '../bits.tsx'
import { announce } from '../announce.ts'
import { world } from '../world.ts'
import { whyOff } from '../why.ts'

export function Demo({ system }: { system: string }) {
  const [said, say] = useState('')
  const [away, setAway] = useState(false)
  const [busy, run] = useBusy()
  if (!world.me?.demo) return null
  const tell = (url: string, body: unknown, then?: () => void) => run(() => send<{ text?: string }>('/api/v1/demo/' + url, body).then(
    a => { then?.(); say(a.text ?? ''); announce(a.text ?? '') },
    (e: unknown) => say(e instanceof Refusal ? e.message : 'it could not be asked for')))
  const off = busy ? 'one moment' : whyOff(system)
  return (
    <>
      <Act off={off} onAct={() => tell('break', {})}>Break it again</Act>
      <Act off={off} onAct={() => tell('agent', { vanish: !away }, () => setAway(!away))}>{away ? 'Bring the agent back' : 'Make the agent vanish'}</Act>
      {said ? <p class="quiet">{said}</p> : null}
    </>
  )
}
