// Pictures of every screen, to be looked at: both themes, desktop and phone, some on the
// narrowest phone and on a wall. SHOTS=1 runs this instead of the tests; nothing is compared.

import type { Page } from '@playwright/test'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { click, expect, live, panel, SILENT, shows, test, type Plant } from './plant.ts'

const DIR = process.env.SHOTS_DIR ?? join(import.meta.dirname, 'shots')
const HCAL = [
  { title: 'Stop and start the run with red & green recycle of HCAL', action: 'stop_start_recycle', parameters: { red: ['HCAL'], green: ['HCAL'], fault: ['HCAL'] }, attempts: 2 },
  { title: 'Call the HCAL expert on call', by_hand: true },
]
const PROBLEM = { title: 'FED stuck', key: 'FED stuck/HCAL', description: 'TTCP HBHEa of HCAL blocks triggers: FED 1114 is stuck in state busy.', context: { subsystem: 'HCAL', ttcp: 'HBHEa', fed: '1114', run: '318877' }, aftercare: { completed: ['Make a log entry', 'Inform the HCAL expert on call'], failed: ['Call the HCAL expert on call'] }, expert: 'daqexpert' }

test.setTimeout(150_000)

type Device = readonly [name: string, width: number, height: number]
const DEVICES: Device[] = [['desktop', 1280, 800], ['phone', 390, 844]]
const EXTREMES: Device[] = [['narrow', 320, 640], ['wall', 2560, 1440]]

async function shoot(page: Page, name: string, more: Device[] = []): Promise<void> {
  mkdirSync(DIR, { recursive: true })
  for (const [device, width, height] of [...DEVICES, ...more]) {
    await page.setViewportSize({ width, height })
    for (const theme of ['light', 'dark']) {
      await page.evaluate(t => { document.documentElement.dataset.theme = t; scrollTo(0, 0) }, theme)
      await page.waitForTimeout(150)
      // Buttons that have just come, or moved, take no click yet, and look so.
      await expect(page.locator('[data-ready=false]')).toHaveCount(0)
      if (width < 640) await page.screenshot({ path: join(DIR, `${name}-${device}-${theme}-first.png`) })
      await page.screenshot({ path: join(DIR, `${name}-${device}-${theme}.png`), fullPage: width < 640 })
    }
  }
}

async function visit(plant: Plant, page: Page, path: string, name: string, more: Device[] = []): Promise<void> {
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.goto(plant.url + path)
  await live(page)
  await page.waitForTimeout(300)
  await shoot(page, name, more)
}

// As CMS has it: the system is watched for 20 s. What fails does so soon.
const CMS = SILENT.replace('observe: 10s', 'observe: 20s').replace('offer_timeout: 1m', 'offer_timeout: 5s')
test.use({ options: { speed: 4, policy: CMS } })

test('screens', async ({ page, plant }) => {
  await plant.open(page)
  await shoot(page, 'idle-new')
  for (const [id, key, title, simulate] of [['1', 'FED stuck/HCAL', 'FED stuck', 'ok'], ['2', 'Corrupted data/ES', 'Corrupted data', 'ok'], ['3', 'FED stuck/HCAL', 'FED stuck', 'fail'], ['4', 'FED stuck/HCAL', 'FED stuck', 'ok']]) {
    const token = await plant.request({ ...PROBLEM, id: id!, key, title: title!, steps: [{ title: 'Look', action: 'check', observe: '1s', parameters: { simulate } }] })
    await plant.run('approve', token + '.p1', '--yes', '--as', 'bert')
    if (simulate === 'ok') await plant.cleared(id!, 'daqexpert')
    await plant.run('wait', token, '--timeout', '20s')
  }
  await plant.run('note', 'cms-3', 'crate 4 was warm; the day shift looks at it', '--as', 'bert')
  await shoot(page, 'idle')
  const first = await plant.request({ ...PROBLEM, id: '101', steps: HCAL })
  await panel(page, first + '.p1')
  const other = await page.context().browser()!.newContext().then(c => c.newPage())
  await plant.open(other, 'bert')
  await expect(page.locator('.presence')).toBeVisible()
  await plant.request({ ...PROBLEM, id: '102', title: 'Corrupted data', key: 'Corrupted data/ES', steps: HCAL, postpone: first })
  await plant.request({ ...PROBLEM, id: '104', title: 'Continuous soft error', key: 'Continuous soft error/CTPPS', steps: HCAL, postpone: first })
  await shoot(page, 'prompt', EXTREMES)
  await visit(plant, page, '/postponed', 'postponed')
  await plant.open(page)
  await panel(page)
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.keyboard.press('a')
  await shoot(page, 'approve-dialog')
  await page.keyboard.press('Escape')
  await click(page, 'Approve step')
  await expect(page.locator('.try.granted')).toBeVisible()
  await page.waitForTimeout(1000)
  await shoot(page, 'running')
  await shows(page, 'observing')
  await shoot(page, 'observing')
  await plant.cleared('101', 'daqexpert')
  await expect(page.locator(`#ended-${first}`)).toBeVisible({ timeout: 30_000 })
  await plant.run('approve', first + '.p1', '--yes', '--as', 'carla')
  await shoot(page, 'ended-and-next')
  await visit(plant, page, '/r/' + first, 'detail', EXTREMES)
  await visit(plant, page, '/history', 'history', EXTREMES)
  await visit(plant, page, '/statistics', 'statistics')
  await visit(plant, page, '/handover', 'handover')
})

test('trouble', async ({ page, plant }) => {
  await plant.open(page)
  const away = await plant.request({ ...PROBLEM, id: '3', steps: [{ title: 'Red recycle of CTPPS', action: 'recycle', parameters: { red: ['CTPPS'], simulate: { mode: 'vanish', for: '100s' } } }] })
  await click(page, 'Approve step', away + '.p1')
  await panel(page, away + '.p2')
  await shoot(page, 'unclear', EXTREMES)
  await plant.run('clarify', away + '.p2', 'give_up', '--override', '--note', 'seen at the crate: off', '--as', 'bert')
  const hand = await plant.request({ ...PROBLEM, id: '5', steps: [{ title: 'Pause and resume the run', by_hand: true }, ...HCAL] })
  await panel(page, hand + '.p1')
  await shoot(page, 'by-hand')
  await plant.kill('SIGSTOP')
  await expect(page.locator('[data-connection=stale]')).toBeVisible({ timeout: 16_000 })
  await shoot(page, 'stale')
})

test.describe('several', () => {
  test.use({ options: { speed: 4, policy: CMS, systems: ['cms', 'cooling', 'power', 'tracker'] } })
  test('systems', async ({ page, plant }) => {
    await plant.open(page)
    await plant.request({ ...PROBLEM, id: '1', steps: HCAL })
    await plant.request({ id: '2', title: 'Pump 3 vibrates', steps: [{ title: 'Change over to pump 4', action: 'change_over', parameters: { to: ['pump 4'], simulate: { mode: 'vanish', for: '100s' } } }] }, 'cooling')
    await plant.run('approve', 'cooling-1', '--yes', '--system', 'cooling')
    await plant.run('mode', 'manual', '--note', 'work on the switchboard', '--system', 'power')
    await page.goto(plant.url + '/systems')
    await live(page)
    await expect(page.locator('.systems .bad')).toBeVisible({ timeout: 15_000 })
    await shoot(page, 'systems', EXTREMES)
  })
})

test('a group', async ({ page, plant }) => {
  await plant.open(page)
  const token = await plant.request({ ...PROBLEM, id: '1', title: 'Old release', steps: [{ title: 'Restart the read-out units', action: 'restart', agents: ['simulator', 'readout-unit-17', 'readout-unit-18'] }, { title: 'Look at them', by_hand: true }] })
  await click(page, 'Approve step', token + '.p1')
  await panel(page, token + '.p2')
  await visit(plant, page, '/r/' + token, 'group', EXTREMES)
})
