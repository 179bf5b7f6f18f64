// The screens that nobody needs for a decision, in a part of their own: what is loaded
// first stays small.

export { Detail } from './detail.tsx'
export { Handover } from './handover.tsx'
export { History } from './history.tsx'
export { Statistics } from './statistics.tsx'
export { Systems } from './systems.tsx'
