// No page, in no state and no theme, has a finding of axe; and none is wider than a phone.

import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { click, expect, live, panel, shows, test, POLICY, type Plant } from './plant.ts'

const CHECK = [{ title: 'Look at HCAL', action: 'check', parameters: { red: ['HCAL'] } }, { title: 'Call the expert', by_hand: true }]
const AWAY = [{ title: 'Recycle HCAL', action: 'recycle', parameters: { simulate: { mode: 'vanish', for: '1h' } } }]
const SLOW = [{ title: 'Recycle HCAL', action: 'recycle', parameters: { simulate: { mode: 'hang', for: '1h' } } }]

// Nothing moves, so that no colour is on its way from one theme to the other.
test.use({ contextOptions: { reducedMotion: 'reduce' } })

const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
/** COLOURS are the rules that look at colours. */
const COLOURS = ['color-contrast', 'link-in-text-block']

/** axe is asked within the page: it has no frames, whose answers another page would join. */
function axe(page: Page): AxeBuilder {
  return new AxeBuilder({ page }).setLegacyMode()
}

async function clean(page: Page, what: string): Promise<void> {
  const findings = async (on: string, a: AxeBuilder) => {
    const found = await a.analyze()
    expect.soft(found.violations.map(v => `${what}, ${on}: ${v.id}: ${v.help}: ${v.nodes.map(n => n.html + ' ' + n.failureSummary).join('; ')}`)).toEqual([])
    expect(found.passes.length).toBeGreaterThan(0)
  }
  await page.getByLabel('Theme').selectOption('light')
  await findings('light', axe(page).withTags([...WCAG, 'best-practice']))
  // The other theme is the same page in other colours.
  await page.getByLabel('Theme').selectOption('dark')
  await findings('dark', axe(page).withRules(COLOURS))
  await page.setViewportSize({ width: 320, height: 700 })
  await findings('on a phone', axe(page).withTags(WCAG))
  await expect.soft(async () => expect(await page.evaluate(tooWide), what + ': too wide for a phone').toEqual([])).toPass({ timeout: 15_000 })
  await page.setViewportSize({ width: 1280, height: 900 })
}

/** tooWide names what stands out of a narrow window. */
function tooWide(): string[] {
  if (document.documentElement.scrollWidth <= innerWidth) return []
  // What is read out and not seen can make a page wider, too, from within a table that scrolls.
  const out = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll')).map(e => e.outerHTML.slice(0, 120)).slice(0, 5)
  return out.length ? out : [`${document.documentElement.scrollWidth} px, by something in a table`]
}

async function go(plant: Plant, page: Page, path: string): Promise<void> {
  await page.goto(plant.url + path)
  await live(page)
}

test('idle, and every page without and with records', async ({ page, plant }) => {
  await plant.open(page)
  await clean(page, 'idle')
  for (const path of ['/postponed', '/history', '/statistics', '/systems', '/handover', '/r/cms-99']) {
    await go(plant, page, path)
    await clean(page, path + ' without records')
  }
})

test('prompt, observing, ended, detail, dialogs', async ({ page, plant }) => {
  await plant.open(page)
  const token = await plant.request({ id: '1', description: 'TTCP HBHEa of HCAL blocks triggers', context: { fed: '1114' }, steps: CHECK, aftercare: { completed: ['Make a log entry'] } })
  const other = await plant.request({ id: '2', title: 'Corrupted data', steps: CHECK, postpone: token })
  await panel(page, token + '.p1')
  await clean(page, 'prompt')
  for (const key of ['a', 'r', 'i', '?']) {
    await page.locator('main h1').focus()
    await page.keyboard.press(key)
    await expect(page.locator('dialog[data-ready=true]')).toBeVisible()
    const found = await axe(page).analyze()
    expect.soft(found.violations.map(v => `dialog ${key}: ${v.id}: ${v.nodes.map(n => n.html).join('; ')}`)).toEqual([])
    await page.keyboard.press('Escape')
    await expect(page.locator('dialog')).toHaveCount(0) // a key that comes before is the dialog's
  }
  for (const path of ['/postponed', '/systems', '/r/' + token]) {
    await go(plant, page, path)
    await clean(page, path + ' with a prompt')
  }
  await go(plant, page, '/')
  await click(page, 'Approve step', token + '.p1')
  await shows(page, 'observing')
  await plant.cleared('1')
  await shows(page, 'completed')
  await panel(page, other + '.p1')
  for (const path of ['/', '/history', '/statistics', '/handover', '/r/' + token]) {
    await go(plant, page, path)
    await clean(page, path + ' with records')
  }
})

test.describe('a silent agent', () => {
  test.use({ options: { policy: POLICY.replace('agent_silence: 1m', 'agent_silence: 10s') } })
  test('running, unclear, by hand, stale', async ({ page, plant }) => {
    await plant.open(page)
    const slow = await plant.request({ id: '1', steps: SLOW })
    await click(page, 'Approve step', slow + '.p1')
    await expect(page.locator('.try.granted')).toBeVisible()
    await clean(page, 'running')
    await plant.run('interrupt', slow, '--as', 'bert')
    const hand = await plant.request({ id: '2', steps: [{ title: 'Pause and resume', by_hand: true }] })
    await panel(page, hand + '.p1')
    await clean(page, 'by hand')
    await plant.run('interrupt', hand, '--as', 'bert')
    const away = await plant.request({ id: '3', steps: AWAY })
    await click(page, 'Approve step', away + '.p1')
    await panel(page, away + '.p2')
    await clean(page, 'unclear')
    await go(plant, page, '/r/' + away)
    await clean(page, 'detail of an unclear one')
    await plant.kill('SIGSTOP')
    await expect(page.locator('[data-connection=stale]')).toBeVisible()
    await clean(page, 'stale')
  })
})

test('a word that is wider than a phone', async ({ page, plant }) => {
  const word = 'x'.repeat(100)
  const token = await plant.request({ id: word, key: 'kind/' + word, title: 'y'.repeat(150), context: { [word.slice(0, 60)]: word, subsystem: 'HCAL' }, steps: [{ title: word, action: 'check', parameters: { targets: [word] } }], aftercare: { failed: [word] } })
  await plant.run('note', token, word)
  await plant.open(page)
  await page.setViewportSize({ width: 320, height: 700 })
  const hidden = () => [...document.querySelectorAll('main .scroll')].filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.getAttribute('aria-label'))
  for (const path of ['/', '/history', '/handover', '/r/' + token, '/statistics', '/systems']) {
    await go(plant, page, path)
    if (path === '/r/' + token) await expect(page.locator('.trail tbody tr')).toHaveCount(3)
    else if (path !== '/systems' && path !== '/statistics') await expect(page.locator('main').getByText('yyyy').first()).toBeVisible()
    await expect.soft.poll(() => page.evaluate(tooWide), { message: path }).toEqual([])
    if (path !== '/statistics') expect.soft(await page.evaluate(hidden), `${path}: out of sight to the right`).toEqual([])
  }
  await go(plant, page, '/')
  await expect(page.locator('.prompt .targets dt').last()).toHaveText('targets')
  const lines = await page.locator('.prompt .targets dt .said').last().evaluate(e => e.getClientRects().length)
  expect.soft(lines, 'the name of a parameter stands in a line').toBe(1)
  const height = await page.locator('.prompt .context dt', { hasText: 'subsystem' }).evaluate(e => e.getBoundingClientRect().height / parseFloat(getComputedStyle(e).fontSize))
  expect.soft(height, 'a short name stands in a line, beside a shorter value').toBeLessThan(2)
})
