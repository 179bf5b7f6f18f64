// What is kept and handed on: history, notes, holds, the handover.
import type { Page } from '@playwright/test'
import { answer, click, expect, live, panel, shows, test } from './plant.ts'

const CHECK = [{ title: 'Look at HCAL', action: 'check', parameters: { red: ['HCAL'] } }]

test('modes, notes, holds, an action by hand, the handover', async ({ page, plant }) => {
  await plant.open(page)
  await page.getByRole('button', { name: 'Run an action…' }).click()
  const d = page.getByRole('dialog')
  await d.getByLabel('Its name').fill('check')
  await d.getByLabel('Parameters, as JSON').fill('{"red": ["HCAL"]}')
  await d.getByLabel('What for').fill('See whether HCAL is well')
  await answer(page, 'Ask for it')
  const p = await panel(page)
  await expect(p).toContainText('See whether HCAL is well')
  await expect(p).toContainText('Its success ends the recovery')
  await page.getByRole('button', { name: 'Note…' }).click()
  await page.getByRole('dialog').getByRole('textbox').fill('the shifter asked for it')
  await answer(page, 'Keep it')
  await click(page, 'Approve step')
  await shows(page, 'completed')
  await plant.request({ id: '5', steps: CHECK })
  await click(page, 'Decline…')
  await page.getByLabel('Turn them away for').selectOption('1h')
  await answer(page, 'Decline it')
  await page.getByRole('link', { name: 'Postponed' }).click()
  await expect(page.getByRole('region', { name: 'Holds' })).toContainText('declined')
  await page.locator('tr[data-ready=true]').getByRole('button', { name: /Lift the hold/ }).click()
  await expect(page.getByText('Nothing is held.')).toBeVisible()
  await expect(page.locator('.outcome').last()).toContainText('is lifted')
  await page.getByRole('link', { name: 'Live' }).click()
  await page.getByRole('button', { name: 'Mode: approval…' }).click()
  await page.getByRole('radio', { name: /Manual/ }).check()
  await answer(page, 'Switch to manual')
  await expect(page.locator('.banner')).toContainText(['Manual mode since anna'])
  await page.getByRole('link', { name: 'Handover' }).click()
  await expect(page.locator('main')).toContainText('manual, set by anna')
  await expect(page.locator('main')).toContainText('the shifter asked for it')
})

/** liftTwice lifts the first hold, and clicks again where it stood as soon as it has gone. It
 *  gives what took that second click. */
function liftTwice(page: Page): Promise<string> {
  return page.evaluate(() => new Promise<string>(done => {
    const rows = () => document.querySelectorAll('[aria-label=Holds] tbody tr').length
    const before = rows(), lift = document.querySelector<HTMLElement>('[aria-label=Holds] tbody .act')!
    const { left, top } = lift.getBoundingClientRect()
    new MutationObserver((_, gone) => {
      if (rows() === before) return
      gone.disconnect()
      const next = document.elementFromPoint(left + 5, top + 5)?.closest('button')
      next?.click()
      done(next?.getAttribute('aria-label') ?? '')
    }).observe(document.body, { childList: true, subtree: true })
    lift.click()
  }))
}

test('a second click lifts nothing else, and a lift is not told beside a later hold', async ({ page, plant }) => {
  const hold = (key: string, hours: number) => plant.run('hold', '--expert', 'daq', '--key', key, '--for', `${hours}h`)
  for (let i = 1; i <= 5; i++) await hold('kind ' + i, i)
  await plant.open(page, 'anna', '/postponed')
  const rows = page.getByRole('region', { name: 'Holds' }).locator('tbody tr')
  await expect(rows).toHaveCount(5)
  const took: string[] = []
  for (let i = 0; i < 3; i++) {
    await expect(rows.first()).toHaveAttribute('data-ready', 'true')
    took.push(await liftTwice(page))
  }
  expect(took, 'none of the second clicks met another hold: nothing was tried').toContainEqual(expect.stringMatching(/^Lift the hold/))
  await expect(page.locator('.outcome.sending')).toHaveCount(0)
  await expect(rows).toHaveText([/^kind 4/, /^kind 5/])
  await hold('kind 3', 3)
  await expect(rows).toHaveText([/^kind 3/, /^kind 4/, /^kind 5/])
  await expect(rows.locator('.outcome')).toHaveCount(0)
})

test('the handover says what those that ended left to do', async ({ page, plant }) => {
  await plant.open(page)
  const token = await plant.request({ id: '1', steps: [{ title: 'Look', action: 'check' }], aftercare: { completed: ['Make a log entry'], failed: ['Call the HCAL expert on call'] } })
  await plant.run('approve', token + '.p1', '--yes')
  await plant.cleared('1')
  await plant.run('wait', token, '--timeout', '60s')
  const gone = await plant.request({ id: '2', steps: CHECK, aftercare: { failed: ['Call somebody'] } })
  await plant.run('interrupt', gone)
  await page.goto(plant.url + '/handover')
  await live(page)
  await expect(page.locator('.aftercare')).toHaveText('Make a log entry after cms-1 completed')
  await expect(page.locator('main')).not.toContainText('Call somebody')
  await expect(page.locator('main')).toContainText('Ended in this time: 1 cancelled, 1 completed.')
  // What is open is there with what it asks, and is not counted among what ended.
  const open = await plant.request({ id: '3', steps: CHECK })
  await page.getByRole('button', { name: 'Refresh' }).click()
  await expect(page.locator('.asking')).toContainText(open + ' asks')
  await expect(page.locator('main')).toContainText('Ended in this time: 1 cancelled, 1 completed.')
  // What it says stands still; a prompt that is closed meanwhile doesn't go on asking.
  await plant.run('decline', open + '.p1', '--yes', '--as', 'bert')
  await expect(page.locator('main')).toContainText('that prompt is closed since')
  await expect(page.locator('.asking')).toHaveCount(0)
})

test('the history is filtered by its address, exported, and says what is newer', async ({ page, plant }) => {
  await plant.open(page)
  for (const [id, title] of [['1', 'FED stuck'], ['2', 'Corrupted data']]) {
    const token = await plant.request({ id: id!, title, steps: CHECK })
    await plant.run('decline', token + '.p1', '--yes', '--as', 'bert')
  }
  await page.getByRole('link', { name: 'History' }).click()
  await expect(page.locator('tbody tr')).toHaveCount(2)
  await page.getByLabel('Kind of problem').fill('FED*')
  await page.getByRole('button', { name: 'Search' }).click()
  await expect(page).toHaveURL(/key=FED\*/)
  await expect(page.locator('tbody tr')).toHaveCount(1)
  const csv = await page.request.get(plant.url + await page.getByRole('link', { name: 'Export csv' }).getAttribute('href'))
  expect(await csv.text()).toContain('FED stuck')
  expect(await csv.text()).not.toContain('Corrupted')
  await page.reload()
  await expect(page.locator('tbody tr')).toHaveCount(1)
  await page.getByRole('link', { name: 'All', exact: true }).click()
  await expect(page.locator('tbody tr')).toHaveCount(2)
  await plant.request({ id: '3', title: 'Another', steps: CHECK })
  await page.getByRole('button', { name: '1 newer, show' }).click()
  await expect(page.locator('tbody tr')).toHaveCount(3)
  // Selecting one on the detail page marks the other.
  await page.goto(plant.url + '/r/cms-1')
  await page.locator('[data-span="cms-1.p1"]').click()
  await expect(page.locator('tr.marked')).not.toHaveCount(0)
  await page.locator('tr[data-kind=prompted]').click()
  await expect(page.locator('[data-span="cms-1.p1"]')).toHaveClass(/marked/)
})

test('the history has a second page', async ({ page, plant }) => {
  await plant.run('mode', 'manual', '--as', 'bert') // requests are turned away at once
  for (let i = 0; i < 55; i += 5) await Promise.all([1, 2, 3, 4, 5].map(n => plant.request({ id: String(i + n), title: `P${i + n}`, steps: CHECK })))
  await plant.open(page, 'anna', '/history')
  await expect(page.locator('tbody tr')).toHaveCount(50)
  await expect(page.locator('.tools')).toContainText('50 records, and more')
  await page.getByRole('button', { name: 'Older ones' }).click()
  await expect(page.locator('tbody tr')).toHaveCount(55)
  await expect(page.getByRole('button', { name: 'Older ones' })).toHaveCount(0)
  const tokens = await page.locator('tbody tr td:first-child a').allInnerTexts()
  expect(tokens).toEqual([...Array(55).keys()].map(i => `cms-${55 - i}`))
})

test('an address that says how long ago, or what there is not, is no empty page', async ({ page, plant }) => {
  await plant.request({ id: '1', title: 'Pump off', steps: [{ title: 'Look', action: 'check' }] })
  await plant.open(page, 'anna', '/history?since=8h&until=0s')
  await expect(page.locator('main').getByText('Pump off')).toBeVisible()
  await page.goto(plant.url + '/history?until=yesterday')
  await expect(page.locator('main .missing')).toContainText('yesterday')
  await page.goto(plant.url + '/?system=unknown')
  await expect(page.locator('main h1')).toHaveText('This server does not serve unknown.')
})
