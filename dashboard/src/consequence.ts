// What a yes will do, in plain words.

import { count, parameters, place, said } from './format.ts'
import type { Policy, Request, Status } from './words.ts'

export interface Consequence {
  /** The sentence that comes first. */
  lead: string
  title: string
  byHand: boolean
  /** Who does it: several where a group does. */
  agents: string[]
  targets: [string, string][]
  /** How often, how long, and what comes after. */
  terms: string[]
}

/** consequence says what starting a step of a recovery means. */
export function consequence(s: Status, request: Request | undefined, at: number, policy: Policy): Consequence {
  const step = s.steps[at]
  const asked = request?.steps[at]
  const terms: string[] = []
  const tries = asked?.attempts ?? 1
  const done = (step?.attempts ?? []).filter(a => a.state === 'ended').length + (step?.earlier ?? 0)
  // Who has done it already is not asked again.
  const group = step?.members?.filter(m => m.state !== 'done').map(m => m.agent)
  if (!step?.by_hand) {
    if (asked?.needed) terms.push('First it is asked whether it is still needed.')
    if (group && group.length > 1) terms.push(step?.order === 'parallel' ? 'All of them act at once; it helps only if all succeed.' : 'They act one after another; after the first without success no other begins.')
    const apart = asked?.pause && asked.pause !== '0s' ? `, ${said(asked.pause)} apart,` : ''
    if (tries > 1) terms.push(`It is tried up to ${tries} times${apart} if it has no effect${done ? `; ${count(done, 'attempt')} made so far` : ''}.`)
    const timeout = asked?.timeout ?? policy.step_timeout
    if (timeout) terms.push(`${tries > 1 ? 'Each attempt is' : 'It is'} stopped after ${said(timeout)}.`)
  }
  const observe = asked?.observe ?? request?.observe ?? policy.observe
  if (request?.cure === 'result') terms.push('Its success ends the recovery.')
  else if (observe && observe !== '0s') terms.push(`Then the system is watched for ${said(observe)}: ${request?.cure === 'probe' ? 'a probe tells' : 'the expert tells'} whether it helped.`)
  const where = s.steps.length > 1 ? place(at, s.steps.length) : 'this'
  return {
    lead: step?.by_hand ? `To be done by hand, ${where}:` : `A yes starts ${where} now:`,
    title: step?.title || step?.action || 'a step', byHand: !!step?.by_hand, agents: group ?? (step?.agent ? [step.agent] : []),
    targets: parameters(asked?.parameters), terms,
  }
}

/** remaining says what approving the whole plan adds. */
export function remaining(s: Status): string[] {
  const from = s.prompt?.step ?? s.step
  return s.steps.slice(from + 1).filter(x => x.state === 'waiting').map(x => (x.by_hand ? 'by hand: ' : '') + (x.title || x.action || ''))
}

/** name is what a step is called in a sentence. */
export function name(s: Status, at: number): string {
  const step = s.steps[at]
  return `“${step?.title || step?.action || 'the step'}”`
}
