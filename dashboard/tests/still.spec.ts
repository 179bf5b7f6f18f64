// Buttons take no click for half a second after they have moved: so nothing that grows
// older by the second, and nobody who comes and goes, may move them.

import type { Page } from '@playwright/test'
import { click, expect, panel, test, POLICY, SILENT } from './plant.ts'

const CHECK = [{ title: 'Look', action: 'check' }, { title: 'Look again', action: 'check' }]
const AWAY = [{ title: 'Recycle HCAL', action: 'recycle', parameters: { simulate: { mode: 'vanish', for: '1h' } }, timeout: '30m' }]

/** ages lets the page's time go on by the second, at once and only when it is asked to. */
async function ages(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const now = Date.now, every = window.setInterval
    const drawn: (() => void)[] = []
    let later = 0
    Date.now = () => now() + later
    window.setInterval = ((f: () => void, ms?: number) => {
      // What judges the connection would find that the clock was set.
      if (String(f).includes('performance')) return every(() => { if (!later) f() }, ms)
      // What draws the ages anew.
      if (ms !== undefined && [250, 500, 1000].includes(ms)) drawn.push(f)
      return every(f, ms)
    }) as typeof setInterval
    // What the server says meanwhile is that no time has gone.
    window.WebSocket = class extends WebSocket {
      set onmessage(hear: (m: MessageEvent) => void) {
        super.addEventListener('message', m => { if (!later) hear(m) })
      }
    } as typeof WebSocket
    Object.assign(window, { ages: async (s: number) => {
      later = s * 1000
      for (const f of drawn) f()
      await new Promise(done => setTimeout(done))
    } })
  })
}

/** MOMENTS are seconds about which an age or a countdown of twenty minutes gets another length. */
const MOMENTS = [0, 5, 6, 7, 9, 10, 11, 30, 55, 56, 57, 59, 60, 61, 66, 70, 71, 115, 116, 117, 119, 120, 121, 130, 595, 596, 597, 599, 600, 601, 700, 1139, 1140, 1141, 1180, 1190]

/** moves are those of the first button at these moments, and how old it was in the last. */
function moves(page: Page): Promise<{ moves: string[]; oldest: string }> {
  return page.evaluate(async moments => {
    const { ages } = window as unknown as { ages: (s: number) => Promise<void> }
    const place = () => document.querySelector('.prompt .act')!.getBoundingClientRect().top + scrollY
    const out: string[] = []
    let oldest = ''
    let before: number | undefined
    for (const s of moments) {
      await ages(s)
      const now = place()
      oldest = document.querySelector('.asked')!.textContent!
      if (before !== undefined && Math.abs(now - before) > 3) out.push(`${Math.round(now - before)} px when ${s} s had gone: ${oldest}`)
      before = now
    }
    // In between it is as young as it is.
    await ages(0)
    return { moves: out, oldest }
  }, MOMENTS)
}

const WIDTHS = [320, 390, 440, 500, 520, 768, 1024]

test.describe('a prompt for twenty minutes', () => {
  test.use({ options: { policy: POLICY.replace('10m', '20m') } })
  test('no age moves its buttons', async ({ page, plant }) => {
    await ages(page)
    await plant.open(page)
    const token = await plant.request({ id: '1', title: 'FED stuck', steps: CHECK })
    await panel(page, token + '.p1')
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 })
      expect(await moves(page), `at ${width} px`).toEqual({ moves: [], oldest: expect.stringMatching(/Asked by expert daq (19|2\d) min ago/) })
    }
  })
})

test.describe('an agent that falls silent', () => {
  test.use({ options: { policy: SILENT } })
  test('no age moves the buttons of a question', async ({ page, plant }) => {
    await ages(page)
    await plant.open(page)
    const token = await plant.request({ id: '1', title: 'FED stuck', steps: AWAY })
    await click(page, 'Approve step', token + '.p1')
    await panel(page, token + '.p2')
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 })
      expect(await moves(page), `at ${width} px`).toEqual({ moves: [], oldest: expect.stringMatching(/Asked by expert daq (19|2\d) min ago/) })
    }
  })
})

test('who comes and goes does not move the buttons of a prompt', async ({ browser, page, plant }) => {
  await page.setViewportSize({ width: 390, height: 844 })
  await plant.open(page)
  const token = await plant.request({ id: '1', steps: CHECK })
  const button = (await panel(page, token + '.p1')).getByRole('button', { name: 'Approve step' })
  const before = await button.boundingBox()
  const other = await browser.newContext()
  await plant.open(await other.newPage(), 'bert')
  await expect(page.locator('.presence')).toContainText('bert is looking')
  expect(await button.boundingBox()).toEqual(before)
  await other.close()
  await expect(page.locator('.presence')).toHaveCount(0)
  expect(await button.boundingBox()).toEqual(before)
})
