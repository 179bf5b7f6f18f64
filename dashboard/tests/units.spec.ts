// What needs no browser: the fold, times and durations, the timeline.

import { expect, test } from '@playwright/test'
import { announce } from '../src/announce.ts'
import { hearTime, now } from '../src/clock.ts'
import { begin, fold, postponed, recent, turnedAway, underWay } from '../src/picture.ts'
import { countdown, parseDuration, span, whole, wilson } from '../src/format.ts'
import { rows, spanOf, spans } from '../src/timeline.ts'
import type { Event, Status } from '../src/words.ts'

function status(token: string, state: string, more: Partial<Status> = {}): Status {
  const terminal = ['completed', 'failed', 'cancelled', 'rejected', 'joined'].includes(state)
  return {
    token, state, terminal, revision: 1, entry: 1, system: 'cms', reason: { code: '', text: '' }, asked_by: { role: 'expert', name: 'daq' },
    problems: [], joined: '', steps: [], step: 0, prompt: null, deadline: null, event: {} as Event,
    created: '2026-11-21T12:00:00Z', updated: '2026-11-21T12:00:00Z', ended: terminal ? '2026-11-21T12:00:00Z' : null, ...more,
  }
}

function snapshot(...list: Status[]) {
  return begin({ type: 'recovery.v1.snapshot', system: 'cms', lineage: 'l', entry: 10, documents: list.map(value => ({ key: 'recovery/' + value.token, value })) })
}

test('a delta is taken once, in order, and a gap is noticed', () => {
  const p = snapshot()
  const change = { key: 'recovery/cms-1', value: status('cms-1', 'running') }
  expect(fold(p, { type: 'd', entry: 12, previous: 11, changes: [change] })).toBe('gap')
  expect(underWay(p)).toBeUndefined()
  expect(fold(p, { type: 'd', entry: 12, previous: 10, changes: [change] })).toBe('taken')
  expect(underWay(p)?.token).toBe('cms-1')
  expect(fold(p, { type: 'd', entry: 12, previous: 10, changes: [{ key: 'recovery/cms-1' }] })).toBe('known')
  expect(fold(p, { type: 'd', entry: 13, previous: 12, changes: [{ key: 'recovery/cms-1' }] })).toBe('taken')
  expect(underWay(p)).toBeUndefined()
})

test('the last five that ended stay, and apart from them the last five that never began', () => {
  const list = []
  for (let i = 1; i <= 7; i++) {
    list.push(status(`cms-${i}`, 'completed', { ended: `2026-11-21T12:00:0${i}Z` }))
    list.push(status(`cms-${i + 10}`, 'rejected', { ended: '2026-11-21T12:00:09.000Z' }))
  }
  const p = snapshot(...list)
  expect(recent(p).map(s => s.token)).toEqual(['cms-7', 'cms-6', 'cms-5', 'cms-4', 'cms-3'])
  expect(turnedAway(p).map(s => s.token)).toEqual(['cms-17', 'cms-16', 'cms-15', 'cms-14', 'cms-13'])
  // Whole milliseconds decide, then the number in the token, not its text.
  const q = snapshot(status('cms-9', 'failed', { ended: '2026-11-21T12:00:00.0009Z' }), status('cms-10', 'failed', { ended: '2026-11-21T12:00:00Z' }))
  expect(recent(q).map(s => s.token)).toEqual(['cms-10', 'cms-9'])
})

test('those that wait are in the order of their turns', () => {
  const p = snapshot(
    status('cms-1', 'postponed', { queued: '2026-11-21T12:00:01Z' }),
    status('cms-2', 'postponed', { queued: '2026-11-21T12:00:02Z', priority: 5 }),
    status('cms-3', 'postponed', { reason: { code: 'preempting', text: '' }, queued: '2026-11-21T12:00:03Z' }),
    status('cms-4', 'postponed', { reason: { code: 'scheduled', text: '' }, priority: 9 }),
    status('cms-5', 'postponed', { queued: '2026-11-21T12:00:00Z' }))
  expect(postponed(p).map(s => s.token)).toEqual(['cms-3', 'cms-2', 'cms-5', 'cms-1', 'cms-4'])
})

test('durations are read and said', () => {
  expect(parseDuration('1h30m')).toBe(5400e3)
  expect(parseDuration('250ms')).toBe(250)
  expect(parseDuration('1m0.5s')).toBe(60500)
  expect(span(340)).toBe('0.3 s')
  expect(span(200e3)).toBe('3 min 20 s')
  expect([9900, 59_999, 60e3, 180e3, 600e3].map(whole)).toEqual(['9 s', '59 s', '1 min 0 s', '3 min 0 s', '10 min'])
  expect(span(26 * 3600e3)).toBe('1 d 2 h')
  expect(countdown(60e3)).toBe('1:00')
  expect(countdown(-5)).toBe('0:00')
  expect(countdown(3723e3)).toBe('1:02:03')
})

test('what became of one\'s own click is said, whatever else happens', async () => {
  const polite = { textContent: '' }
  Object.assign(globalThis, { document: { querySelector: () => null, getElementById: () => polite } })
  const others = (from: number, to: number) => { for (let i = from; i <= to; i++) announce(`cms-${i} running`) }
  announce('Recorded as yours: decline.', true)
  others(1, 5)
  await expect.poll(() => polite.textContent).toBe('3 more events. Recorded as yours: decline. cms-4 running. cms-5 running')
  announce('Recorded as yours: decline.', true)
  announce('Recorded as yours: decline.', true)
  others(1, 1)
  announce('Already approved by bert. Yours changed nothing.', true)
  await expect.poll(() => polite.textContent).toBe('1 more event. Recorded as yours: decline. Recorded as yours: decline. Already approved by bert. Yours changed nothing.')
  others(1, 2)
  await expect.poll(() => polite.textContent).toBe('cms-1 running. cms-2 running')
  announce('The same.', true)
  await expect.poll(() => polite.textContent).toBe('The same.')
  announce('The same.', true)
  await expect.poll(() => polite.textContent).toBe('The same.\u00a0')
})

test('few observations tell little', () => {
  const [low, high] = wilson(3, 4)
  expect(low).toBeGreaterThan(0.29)
  expect(low).toBeLessThan(0.31)
  expect(high).toBeGreaterThan(0.94)
  expect(wilson(0, 0)).toEqual([0, 1])
})

test('the timeline has the queue, each prompt, each attempt and the watching', () => {
  const at = (s: number) => new Date(Date.parse('2026-11-21T12:00:00Z') + s * 1000).toISOString()
  const by = { role: 'controller', name: 'r' }
  const trail: Event[] = [
    { kind: 'requested', at: at(0), by, text: '' }, { kind: 'postponed', at: at(0), by, text: '' },
    { kind: 'turn', at: at(10), by, text: '' }, { kind: 'prompted', at: at(10), by, text: '', prompt: 'cms-1.p1' },
    { kind: 'approved', at: at(15), by, text: '', prompt: 'cms-1.p1' }, { kind: 'granted', at: at(16), by, text: '', attempt: 1 },
    { kind: 'step_done', at: at(20), by, text: '', attempt: 1 }, { kind: 'observing', at: at(20), by, text: '' }, { kind: 'completed', at: at(25), by, text: '' },
  ]
  const s = status('cms-1', 'completed', {
    created: at(0), ended: at(25), closed_prompts: [{ id: 'cms-1.p1', kind: 'approve', step: 0, how: 'approve', by, at: at(15) }],
    steps: [{ index: 0, title: 'x', state: 'done', attempts: [{ number: 1, state: 'ended', offered: at(15), granted: at(16), ended: at(20), outcome: 'done' }] }],
  })
  const list = spans(s, trail, Date.parse(at(99)))
  expect(list.map(x => [x.kind, (x.to - x.from) / 1000])).toEqual([['queue', 10], ['prompt', 5], ['offer', 1], ['attempt', 4], ['observe', 5]])
  expect(spanOf(trail[4]!, list)).toBe('cms-1.p1')
  expect(spanOf(trail[6]!, list)).toBe('step0/1')
})

test('the timeline gives each member of a group a row of its own, those that have not begun as well', () => {
  const at = (s: number) => new Date(Date.parse('2026-11-21T12:00:00Z') + s * 1000).toISOString()
  const s = status('cms-1', 'failed', {
    created: at(0), ended: at(30),
    steps: [
      { index: 0, title: 'x', state: 'failed', order: 'serial', members: [{ agent: 'pixel', state: 'done' }, { agent: 'ecal', state: 'failed' }, { agent: 'hcal', state: 'waiting' }], attempts: [
        { number: 1, agent: 'pixel', state: 'ended', offered: at(0), granted: at(0), ended: at(4), outcome: 'done' },
        { number: 2, agent: 'ecal', state: 'ended', offered: at(4), granted: at(4), ended: at(9), outcome: 'failed' },
        { number: 3, agent: 'ecal', state: 'ended', offered: at(12), granted: at(12), ended: at(20), outcome: 'failed' },
      ] },
      { index: 1, title: 'y', state: 'failed', attempts: [{ number: 1, agent: 'l0', state: 'ended', offered: at(20), granted: at(20), ended: at(29), outcome: 'failed' }] },
    ],
  })
  const list = spans(s, [], Date.parse(at(99)))
  expect(list.map(x => x.label)).toEqual(['Step 0, pixel', 'Step 0, ecal, try 1', 'Step 0, ecal, try 2', 'Step 1'])
  expect(rows(s, list)).toEqual(['Step 0, pixel', 'Step 0, ecal', 'Step 0, hcal', 'Step 1'])
  expect(spanOf({ kind: 'step_failed', at: at(20), by: { role: 'agent', name: 'ecal' }, text: '', step: 0, attempt: 3 }, list)).toBe('step0/3')
})

test('the server tells the time, late frames do not, and another server is believed at once', () => {
  const at = Date.parse('2026-11-21T12:00:00Z')
  const told = (ms: number) => {
    hearTime(new Date(at + ms).toISOString())
    return Math.round((now() - at) / 1000)
  }
  expect(told(0)).toBe(0)
  expect(told(-8_000), 'a frame that comes 8 s late').toBe(0)
  expect(told(3600e3), 'a clock that is an hour ahead').toBe(3600)
  expect(told(0), 'one that is right again').toBe(0)
})
