// The cases that every version must pass, played in a browser against the real program.

import { answer, click, expect, goTo, live, panel, shows, test, POLICY, SILENT } from './plant.ts'

const CHECK = [{ title: 'Look at HCAL', action: 'check', parameters: { red: ['HCAL'] } }]
const SLOW = [{ title: 'Recycle HCAL', action: 'recycle', parameters: { red: ['HCAL'], simulate: { mode: 'hang', for: '1h' } } }]

test('case 1: one step cures', async ({ page, plant }) => {
  await plant.open(page)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/All quiet/)
  const token = await plant.request({ id: '101', title: 'FED stuck', steps: CHECK, aftercare: { completed: ['Make a log entry'] } })
  const p = await panel(page, token + '.p1')
  await expect(p).toContainText('Your approval is needed')
  await expect(p).toContainText('A yes starts this now:')
  await expect(p).toContainText('Look at HCAL')
  await expect(p.locator('.targets')).toContainText('HCAL')
  await expect(page).toHaveTitle(/^\(1!\)/)
  await click(page, 'Approve step')
  await expect(page.getByText('Recorded as yours: approve “Look at HCAL”.')).toBeVisible()
  await shows(page, 'observing')
  await plant.cleared('101')
  await shows(page, 'completed')
  await expect(page.locator('.aftercare')).toContainText('Make a log entry')
  await expect(page).toHaveTitle(/^Live/)
})

test('case 2: the second step cures', async ({ page, plant }) => {
  await plant.open(page)
  const token = await plant.request({ id: '1', steps: [...CHECK, { title: 'Recycle all', action: 'recycle' }] })
  await click(page, 'Approve step', token + '.p1')
  await shows(page, 'observing')
  // The same problem is back, with a new id.
  expect(await plant.request({ id: '2', steps: CHECK, continue: token })).toBe('cms-2')
  const p = await panel(page, token + '.p2')
  await expect(p).toContainText('Recycle all')
  await expect(p).toContainText('the second of 2 steps')
  await click(page, 'Approve step', token + '.p2')
  await plant.cleared('1')
  await plant.cleared('2')
  await shows(page, 'completed')
})

test('case 3: preempted before approval', async ({ page, plant }) => {
  await plant.open(page)
  const a = await plant.request({ id: '1', title: 'A', steps: CHECK })
  await panel(page, a + '.p1')
  const b = await plant.request({ id: '2', title: 'B', steps: CHECK, preempt: a })
  const p = await panel(page, b + '.p1')
  await expect(p).toContainText(`It goes before ${a} (A)`)
  // What is asked about each prompt is asked again when another takes its place.
  await expect(p.locator('.helped')).toContainText('No earlier recovery of this kind')
  await expect(page.getByRole('link', { name: 'Postponed 1' })).toBeVisible()
  await goTo(page, 'p', '/postponed')
  await expect(page.getByRole('region', { name: 'Postponed recoveries' })).toContainText('preempted')
  await goTo(page, 'l', '/')
  const late = await plant.run('approve', a + '.p1', '--as', 'bert')
  expect(late.code).toBe(5)
  await click(page, 'Decline…', b + '.p1')
  await answer(page, 'Decline it')
  await expect(await panel(page, a + '.p2')).toBeVisible()
})

test('case 4: preempted after approval', async ({ page, plant }) => {
  await plant.open(page)
  const a = await plant.request({ id: '1', title: 'A', steps: SLOW })
  await click(page, 'Approve step', a + '.p1')
  await expect(page.locator('.try.granted')).toBeVisible()
  const b = await plant.request({ id: '2', title: 'B', steps: CHECK, preempt: a })
  await click(page, 'Approve step', b + '.p1')
  await shows(page, 'observing')
  await plant.cleared('2')
  await expect(await panel(page, a + '.p2')).toContainText('A')
})

test('case 5: two browsers race for one approval, and each sees the truth', async ({ browser, plant }) => {
  const pages = await Promise.all(['anna', 'bert'].map(async name => {
    const page = await (await browser.newContext()).newPage()
    await plant.open(page, name)
    return page
  }))
  const token = await plant.request({ id: '1', steps: CHECK })
  const buttons = await Promise.all(pages.map(async page => (await panel(page, token + '.p1')).getByRole('button', { name: 'Approve step' })))
  await expect(pages[0]!.locator('.presence')).toContainText('bert is looking')
  await expect(pages[1]!.locator('.presence')).toContainText('anna is looking')
  for (const page of pages) await panel(page, token + '.p1')
  // Both at once; what each hears must fit together.
  await Promise.all(buttons.map(b => b.evaluate(el => (el as HTMLElement).click())))
  const outcomes = await Promise.all(pages.map(async page => {
    const o = page.locator('.outcome').first()
    await expect(o).toHaveAttribute('data-outcome', /recorded|refused/)
    return { kind: await o.getAttribute('data-outcome'), text: await o.innerText() }
  }))
  expect(outcomes.map(o => o.kind).sort()).toEqual(['recorded', 'refused'])
  const loser = outcomes.findIndex(o => o.kind === 'refused')
  const winner = loser === 0 ? 'bert' : 'anna'
  expect(outcomes[1 - loser]!.text).toContain('Recorded as yours')
  expect(outcomes[loser]!.text).toMatch(new RegExp(`Already approved by ${winner} (\\S+ s earlier|a moment before yours arrived)`))
  // The late click stands in the audit trail.
  const detail = pages[loser]!
  await detail.goto(plant.url + '/r/' + token)
  await expect(detail.locator('tr.refused[data-kind=decision_refused]')).toContainText(loser === 0 ? 'anna' : 'bert')
  const s = await plant.status(token)
  expect(s.steps[0].attempts.length).toBe(1)
  expect(s.steps[0].approved.by).toMatchObject({ name: winner, via: 'bridge' })
  for (const page of pages) await page.context().close()
})

test('case 6: one joins in the middle and sees the prompt with its countdown', async ({ page, plant }) => {
  const token = await plant.request({ id: '1', steps: CHECK })
  await plant.open(page, 'anna')
  const p = await panel(page, token + '.p1')
  // What it says is left is what the log says is left, within the time of the look.
  const expires = Date.parse((await plant.status(token)).prompt.expires)
  const left = (at: number) => Math.ceil((expires - at) / 1000)
  await expect(async () => {
    const before = left(Date.now())
    const [, minutes, seconds] = /(\d+):(\d\d) left/.exec(await p.locator('.countdown').textContent() ?? '') ?? []
    const says = Number(minutes) * 60 + Number(seconds)
    expect(says).toBeGreaterThanOrEqual(left(Date.now()) - 1)
    expect(says).toBeLessThanOrEqual(before + 1)
  }).toPass()
  await expect(page).toHaveTitle(/^\(1!\)/)
})

test('case 7: interrupted while it runs, while it waits, and while nothing runs', async ({ page, plant }) => {
  await plant.open(page)
  const a = await plant.request({ id: '1', title: 'A', steps: SLOW })
  await click(page, 'Approve step', a + '.p1')
  await expect(page.locator('.try.granted')).toBeVisible()
  await page.keyboard.press('i')
  const d = page.getByRole('dialog')
  await expect(d).toContainText('The agent is told to stop')
  await answer(page, 'Interrupt it')
  await shows(page, 'cancelled')
  await expect(page.locator('.ended')).toContainText('interrupted')
  const b = await plant.request({ id: '2', title: 'B', steps: CHECK })
  await panel(page, b + '.p1')
  await page.keyboard.press('i')
  await answer(page, 'Interrupt it')
  await expect(page.locator('[data-prompt]')).toHaveCount(0)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/All quiet/)
  await page.keyboard.press('i')
  await expect(d).toHaveCount(0)
})

test('case 8: less important ones wait in order', async ({ page, plant }) => {
  await plant.open(page)
  const a = await plant.request({ id: '1', title: 'A', steps: CHECK })
  await panel(page, a + '.p1')
  for (const [id, title] of [['2', 'B'], ['3', 'C'], ['4', 'D']]) await plant.request({ id: id!, title, steps: CHECK, postpone: a })
  await page.goto(plant.url + '/postponed')
  await expect(page.locator('tbody tr')).toHaveCount(3)
  await expect(page.locator('tbody tr td:nth-child(2)')).toHaveText([/^B/, /^C/, /^D/])
  await plant.cleared('3')
  await expect(page.locator('tbody tr')).toHaveCount(2)
  await page.getByRole('button', { name: 'Withdraw cms-4…' }).click()
  await answer(page, 'Withdraw it')
  await expect(page.locator('tbody tr')).toHaveCount(1)
  await expect(page.locator('.outcome')).toContainText('Recorded as yours: withdraw cms-4.')
  await page.goto(plant.url + '/')
  await click(page, 'Decline…', a + '.p1')
  await answer(page, 'Decline it')
  await expect(await panel(page, 'cms-2.p1')).toContainText('B')
})

test('case 9: the important one vanishes, and the other is asked about again', async ({ page, plant }) => {
  await plant.open(page)
  const a = await plant.request({ id: '1', title: 'A', steps: CHECK })
  await panel(page, a + '.p1')
  const b = await plant.request({ id: '2', title: 'B', steps: CHECK, preempt: a })
  await panel(page, b + '.p1')
  await plant.cleared('2')
  await expect(await panel(page, a + '.p2')).toContainText('A')
})

test('the controller is killed and comes back while a prompt is open', async ({ page, plant }) => {
  await plant.open(page)
  const token = await plant.request({ id: '1', steps: CHECK })
  const p = await panel(page, token + '.p1')
  await plant.kill('SIGKILL')
  const approve = p.getByRole('button', { name: 'Approve step' })
  await expect(approve).toHaveAttribute('aria-disabled', 'true')
  await expect(page.locator('[data-banner=stale]')).toBeVisible()
  // Twelve seconds later it is stale: grey, and still nothing can be decided.
  await expect(page.locator('[data-connection=stale]')).toBeVisible()
  await expect(page.locator('main.stale')).toBeVisible()
  await approve.click({ force: true })
  await plant.start()
  await live(page)
  await expect(page.locator('[data-banner=stale]')).toHaveCount(0)
  await expect(page.locator('[data-prompt]')).toHaveCount(1)
  await click(page, 'Approve step', token + '.p1')
  await shows(page, 'observing')
  const s = await plant.status(token)
  expect(s.steps[0].attempts.length).toBe(1)
  expect(s.prompts).toBe(1)
})

test.describe('an agent that falls silent', () => {
  test.use({ options: { policy: SILENT } })
  test('an unclear outcome is clarified', async ({ page, plant }) => {
    await plant.open(page)
    const token = await plant.request({ id: '1', steps: [{ title: 'Recycle HCAL', action: 'recycle', parameters: { simulate: { mode: 'vanish', for: '1h' } }, timeout: '30m' }] })
    await click(page, 'Approve step', token + '.p1')
    const p = await panel(page, token + '.p2')
    await expect(p).toContainText('Outcome unknown')
    await expect(p).toContainText('“Recycle HCAL”: agent simulator fell silent after it had begun; look at the system itself')
    await expect(p).toContainText('starts now: not declared harmless to repeat.')
    await expect(page.locator('.recovery .step')).toContainText('outcome unknown')
    await expect(page.locator('.recovery .bar')).toHaveCount(0)
    await expect(page.getByRole('heading', { level: 1 })).toContainText('Nobody knows')
    await p.getByRole('button', { name: 'It was done' }).click()
    await expect(p.locator('.missing')).toContainText('Say first how you know')
    await p.getByRole('textbox').fill('seen at the crate: it is recycled')
    await p.getByRole('button', { name: 'It was done' }).click()
    await expect(p.locator('.missing')).toContainText('may still be acting')
    await p.getByRole('checkbox').check()
    await p.getByRole('button', { name: 'It was done' }).click()
    await shows(page, 'observing')
    await plant.cleared('1')
    await shows(page, 'completed')
  })

  test('an unclear recovery that is interrupted stays a question, and says what its answers lead to', async ({ page, plant }) => {
    await plant.open(page)
    const token = await plant.request({ id: '1', steps: [{ title: 'Recycle HCAL', action: 'recycle', parameters: { simulate: { mode: 'vanish', for: '1h' } }, timeout: '30m' }], aftercare: { failed: ['Call somebody'] } })
    await click(page, 'Approve step', token + '.p1')
    const p = await panel(page, token + '.p2')
    await page.keyboard.press('i')
    await expect(page.locator('dialog[data-ready=true]')).toContainText('the question stays open')
    await answer(page, 'Interrupt it')
    await expect(p.locator('.answers')).toContainText(token + ' ends as cancelled, since it was interrupted.')
    await p.getByRole('textbox').fill('the crate is off')
    await p.getByRole('checkbox').check()
    await p.getByRole('button', { name: 'Give up' }).click()
    await shows(page, 'cancelled')
    // Aftercare is for what completed and what failed; the command says the same.
    await expect(page.locator('.aftercare')).toHaveCount(0)
  })
})

test('a step by hand is confirmed', async ({ page, plant }) => {
  await plant.open(page)
  const token = await plant.request({ id: '1', steps: [{ title: 'Pause and resume PIXEL', by_hand: true }, ...CHECK] })
  const p = await panel(page, token + '.p1')
  await expect(p).toContainText('A step to do by hand')
  await expect(p).toContainText('Pause and resume PIXEL')
  await p.getByRole('textbox').fill('took two tries')
  await p.getByRole('button', { name: 'Done', exact: true }).click()
  await shows(page, 'observing')
  await plant.cleared('1')
  await shows(page, 'completed')
})

test('a step by hand that cannot be done leads to the next', async ({ page, plant }) => {
  await plant.open(page)
  const token = await plant.request({ id: '1', steps: [{ title: 'Pause and resume PIXEL', by_hand: true }, ...CHECK] })
  await click(page, "Can't be done", token + '.p1')
  await expect(await panel(page, token + '.p2')).toContainText('Look at HCAL')
})

test.describe('an agent that is not there', () => {
  test.use({ options: { policy: POLICY.replace('offer_timeout: 1m', 'offer_timeout: 5s') } })
  test('a group: the prompt names its members, the whole plan is shown before a yes, each attempt names its agent', async ({ page, plant }) => {
    await plant.open(page)
    const token = await plant.request({
      id: '1', title: 'Old release', steps: [
        { title: 'Restart them', action: 'restart', agents: ['simulator', 'a2', 'a3'], attempts: 2, pause: '10s' },
        { title: 'Look at them', by_hand: true }, { title: 'Drain them', action: 'drain' }],
    })
    const p = await panel(page, token + '.p1')
    await expect(p.locator('.targets')).toContainText('by agentssimulator, a2, a3')
    await expect(p).toContainText('They act one after another; after the first without success no other begins.')
    await expect(p).toContainText('It is tried up to 2 times, 10 s apart, if it has no effect.')
    await expect(page.locator('.recovery .step').first()).toContainText('one after another: simulator not started, a2 not started, a3 not started')
    await click(page, 'Approve whole plan…')
    const dialog = page.locator('dialog[data-ready=true]')
    await expect(dialog).toContainText('And then, without asking again')
    await expect(dialog).toContainText('by hand: Look at them')
    await expect(dialog).toContainText('Drain them')
    expect((await plant.status(token)).state).toBe('awaiting_approval')
    await answer(page, 'Yes, start it')
    const step = page.locator('.recovery .step').first()
    await expect(step).toContainText('Attempt 2 by a2: unclaimed')
    await expect(step).toContainText('one after another: simulator done, a2 failed, a3 not started')
    await panel(page, token + '.p2')
    // The prompt of the whole plan has gone; what became of it stays, and says of which recovery.
    const recorded = page.locator('[data-outcome=recorded]', { hasText: 'approve the whole plan' })
    await expect(recorded).toContainText(token)
    // It stands below the next prompt: above it, it could be taken for its answer.
    const [said, asks] = [await recorded.boundingBox(), await (await panel(page, token + '.p2')).boundingBox()]
    expect(said!.y).toBeGreaterThan(asks!.y + asks!.height)
    // On its own page each member has a row of its own.
    await page.goto(plant.url + '/r/' + token)
    await live(page)
    await expect(page.locator('.timeline .row')).toContainText(['Step 0, simulator', 'Step 0, a2', 'Step 0, a3'])
    await expect(page.locator('.timeline')).toContainText('not begun')
    await expect(page.locator('.timeline').getByRole('button', { name: /^Step 0, a2 offered, .*unclaimed$/ })).toBeVisible()
  })
})

test('what a decline or an interrupt does to further requests is said before it is done', async ({ page, plant }) => {
  await plant.open(page)
  const token = await plant.request({ id: '1', steps: CHECK })
  await click(page, 'Decline…', token + '.p1')
  const dialog = page.locator('dialog[data-ready=true]')
  await expect(dialog).toContainText('as long as the policy says: 0 s')
  await expect(dialog).toContainText('Further requests for the same problem are taken.')
  await dialog.getByRole('combobox').selectOption('10m')
  await expect(dialog).toContainText('Further requests for the same problem are turned away for 10 min.')
  await answer(page, 'Back')
  await page.keyboard.press('i')
  await expect(dialog).toContainText('does not start again by itself. Further requests for the same problem are taken.')
})
