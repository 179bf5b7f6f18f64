// Why a decision can't be made here and now; "" when it can.

import { whole } from './format.ts'
import { viewOnly, world } from './world.ts'

export function whyOff(system: string): string {
  if (world.connection !== 'live') {
    const age = world.heard ? whole(performance.now() - world.heard) : ''
    return {
      stale: `Decisions are disabled: the picture is ${age} old.`,
      disconnected: 'Decisions are disabled: there is no connection.',
      no_broker: 'Decisions are disabled: the broker is unavailable.',
      catching_up: 'Decisions are disabled for a moment: catching up.',
      connecting: 'Decisions are disabled for a moment: connecting.',
    }[world.connection]
  }
  if (world.silent.includes(system)) return 'Decisions are disabled: no controller answers for this system.'
  if (viewOnly()) return world.me?.user ? 'View only: your role may not decide.' : 'Say who you are first: decisions carry a name.'
  return ''
}
