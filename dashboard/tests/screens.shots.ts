// Pictures of every screen, to be looked at: both themes, desktop and phone. SHOTS=1
// runs this instead of the tests; nothing is compared.

import type { Page } from '@playwright/test'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { click, expect, live, panel, shows, test, type Plant } from './plant.ts'

const DIR = process.env.SHOTS_DIR ?? join(import.meta.dirname, 'shots')
const HCAL = [
  { title: 'Stop and start the run with red & green recycle of HCAL', action: 'stop_start_recycle', parameters: { red: ['HCAL'], green: ['HCAL'], fault: ['HCAL'] }, attempts: 2 },
  { title: 'Call the HCAL expert on call', by_hand: true },
]
const PROBLEM = { title: 'FED stuck', key: 'FED stuck/HCAL', description: 'TTCP HBHEa of HCAL blocks triggers: FED 1114 is stuck in state busy.', context: { subsystem: 'HCAL', ttcp: 'HBHEa', fed: '1114', run: '318877' }, aftercare: { completed: ['Make a log entry', 'Inform the HCAL expert on call'], failed: ['Call the HCAL expert on call'] }, expert: 'daqexpert' }

test.setTimeout(150_000)

async function shoot(page: Page, name: string): Promise<void> {
  mkdirSync(DIR, { recursive: true })
  for (const [device, width, height] of [['desktop', 1280, 800], ['phone', 390, 844]] as const) {
    await page.setViewportSize({ width, height })
    for (const theme of ['light', 'dark']) {
      await page.evaluate(t => { document.documentElement.dataset.theme = t }, theme)
      await page.waitForTimeout(150)
      await page.screenshot({ path: join(DIR, `${name}-${device}-${theme}.png`), fullPage: device === 'phone' })
    }
  }
}

async function visit(plant: Plant, page: Page, path: string, name: string): Promise<void> {
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.goto(plant.url + path)
  await live(page)
  await page.waitForTimeout(300)
  await shoot(page, name)
}

test.use({ options: { speed: 4 } })

test('screens', async ({ page, plant }) => {
  await plant.open(page)
  await shoot(page, 'idle-new')
  for (const [id, key, title] of [['1', 'FED stuck/HCAL', 'FED stuck'], ['2', 'Corrupted data/ES', 'Corrupted data'], ['3', 'FED stuck/HCAL', 'FED stuck']]) {
    const token = await plant.request({ ...PROBLEM, id: id!, key, title: title!, steps: [{ title: 'Look', action: 'check' }] })
    await plant.run('approve', token + '.p1', '--yes', '--as', 'bert')
    await plant.cleared(id!, 'daqexpert')
    await plant.run('wait', token, '--timeout', '20s')
  }
  const first = await plant.request({ ...PROBLEM, id: '101', steps: HCAL })
  await panel(page, first + '.p1')
  const other = await page.context().browser()!.newContext().then(c => c.newPage())
  await plant.open(other, 'bert')
  await expect(page.locator('.presence')).toBeVisible()
  await plant.request({ ...PROBLEM, id: '102', title: 'Corrupted data', key: 'Corrupted data/ES', steps: HCAL, postpone: first })
  await plant.request({ ...PROBLEM, id: '104', title: 'Continuous soft error', key: 'Continuous soft error/CTPPS', steps: HCAL, postpone: first })
  await shoot(page, 'prompt')
  await visit(plant, page, '/postponed', 'postponed')
  await visit(plant, page, '/systems', 'systems')
  await visit(plant, page, '/', 'prompt-again')
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
  await expect(page.locator('.ended.completed').first()).toBeVisible()
  await plant.run('approve', first + '.p1', '--yes', '--as', 'carla')
  await shoot(page, 'ended-and-next')
  await visit(plant, page, '/r/' + first, 'detail')
  await visit(plant, page, '/history', 'history')
  await visit(plant, page, '/statistics', 'statistics')
  await visit(plant, page, '/handover', 'handover')
})

test('trouble', async ({ page, plant }) => {
  await plant.open(page)
  const away = await plant.request({ ...PROBLEM, id: '3', steps: [{ title: 'Red recycle of CTPPS', action: 'recycle', parameters: { red: ['CTPPS'], simulate: { mode: 'vanish', for: '100s' } } }] })
  await click(page, 'Approve step', away + '.p1')
  await panel(page, away + '.p2')
  await shoot(page, 'unclear')
  await plant.run('clarify', away + '.p2', 'give_up', '--override', '--note', 'seen at the crate: off', '--as', 'bert')
  const hand = await plant.request({ ...PROBLEM, id: '5', steps: [{ title: 'Pause and resume the run', by_hand: true }, ...HCAL] })
  await panel(page, hand + '.p1')
  await shoot(page, 'by-hand')
  await plant.kill('SIGSTOP')
  await expect(page.locator('[data-connection=stale]')).toBeVisible({ timeout: 16_000 })
  await shoot(page, 'stale')
})
