// What the page promises beside the cases and the prompts: its weight, that what somebody
// wrote stays text, who may decide, what it says when nobody looks, and the demo.
import { gzipSync } from 'node:zlib'
import { answer, click, expect, live, panel, shows, test } from './plant.ts'

const CHECK = [{ title: 'Look at HCAL', action: 'check', parameters: { red: ['HCAL'] } }]
const SLOW = [{ title: 'Recycle HCAL', action: 'recycle', parameters: { simulate: { mode: 'hang', for: '1h' } } }]

test('the first load has less than 40 kB, compressed', async ({ page, plant }) => {
  const sizes = new Map<string, number>()
  page.on('response', async r => {
    const { pathname } = new URL(r.url())
    if (!pathname.startsWith('/api/')) sizes.set(pathname, gzipSync(await r.body(), { level: 9 }).length)
  })
  await plant.open(page)
  await expect.poll(() => [...sizes.keys()]).toEqual(expect.arrayContaining(['/', '/app.css', '/app.js', '/icon.svg']))
  const sum = [...sizes.values()].reduce((a, b) => a + b, 0)
  test.info().annotations.push({ type: 'figure', description: `first load: ${(sum / 1000).toFixed(1)} kB compressed (at most 40)` })
  expect(sum).toBeLessThan(40_000)
  const r = await page.request.get(plant.url + '/app.js', { headers: { 'Accept-Encoding': 'gzip' } })
  expect(r.headers()['content-encoding']).toBe('gzip')
})

test('what an expert wrote is text, never markup', async ({ page, plant }) => {
  const evil = '<img src=x onerror="document.title=1"><script>document.title=2</script>\u202e'
  await plant.open(page)
  page.on('dialog', () => { throw new Error('a script ran') })
  const token = await plant.request({ id: evil.slice(0, 100), title: evil, key: evil, description: evil, context: { [evil.slice(0, 60)]: evil }, steps: [{ title: evil, action: 'check', parameters: { evil } }, { title: evil, by_hand: true }], aftercare: { failed: [evil] } })
  const p = await panel(page, token + '.p1')
  await expect(p.getByRole('heading')).toContainText('<img src=x')
  for (const path of ['/', '/history', '/r/' + token, '/statistics', '/systems', '/handover', '/postponed']) {
    await page.goto(plant.url + path)
    await live(page)
    expect(await page.locator('main img, main script').count()).toBe(0)
  }
  await expect(page).toHaveTitle(/^\(1!\)/)
})

test('arming sounds, the tone repeats until it is silenced here, and one tab sounds', async ({ page, plant }) => {
  await page.addInitScript(() => {
    const beeps: number[] = []
    Object.assign(window, { beeps })
    const start = OscillatorNode.prototype.start
    OscillatorNode.prototype.start = function (when?: number) { beeps.push(Date.now()); return start.call(this, when) }
  })
  await plant.open(page)
  const beeps = (p = page) => p.evaluate(() => (window as unknown as { beeps: number[] }).beeps.length)
  await expect(page.locator('.banner.arm')).toContainText('This console is silent')
  await page.locator('.banner.arm').getByRole('button', { name: 'Arm this console' }).click()
  await expect(page.locator('.banner.arm')).toHaveCount(0)
  expect(await beeps()).toBe(2)
  const token = await plant.request({ id: '1', steps: CHECK })
  await panel(page, token + '.p1')
  await expect.poll(beeps).toBeGreaterThanOrEqual(6)
  await page.keyboard.press('m')
  await expect(page.getByText('The tone sounds until')).toHaveCount(0)
  expect((await plant.status(token)).state).toBe('awaiting_approval')
  const other = await page.context().newPage()
  await plant.open(other)
  await other.locator('.banner.arm').getByRole('button', { name: 'Arm this console' }).click()
  await expect(page.locator('.banner.arm')).toContainText('Another tab of this browser sounds')
})

test('a viewer sees and does not decide', async ({ page, plant }) => {
  await plant.open(page, '')
  await plant.request({ id: '1', steps: CHECK })
  await expect(page.getByRole('heading', { name: 'Who are you?' })).toBeVisible()
  const p = await panel(page)
  await expect(p.getByRole('button', { name: 'Approve step' })).toHaveAttribute('aria-disabled', 'true')
  await expect(p).toContainText('Say who you are first')
  await page.getByLabel('Your name').fill('carla')
  await page.getByRole('button', { name: 'That is me' }).click()
  // The question who one is goes away, and the buttons move up.
  await expect(p.getByRole('button', { name: 'Approve step' })).not.toHaveAttribute('aria-disabled', 'true')
  await click(page, 'Approve step')
  await shows(page, 'observing')
})

test('a login of one tab decides in all of them, and all of them say so', async ({ page, plant }) => {
  await plant.open(page)
  const other = await page.context().newPage()
  await other.goto(plant.url)
  await live(other)
  await other.locator('.who').getByRole('button', { name: 'anna' }).click()
  await other.getByLabel('Your name').fill('bert')
  await other.getByRole('button', { name: 'That is me' }).click()
  await expect(page.locator('.who')).toContainText('bert')
  await live(page)
  const token = await plant.request({ id: '1', steps: CHECK })
  await click(page, 'Approve step')
  await shows(page, 'observing')
  expect((await plant.events(token)).filter(e => e.kind === 'approved').map(e => e.by.name)).toEqual(['bert'])
  await other.locator('.who').getByRole('button', { name: 'bert' }).click()
  await other.getByRole('button', { name: 'Log out' }).click()
  await expect(page.getByRole('heading', { name: 'Who are you?' })).toBeVisible()
})

test.describe('two systems', () => {
  test.use({ options: { systems: ['cms', 'plant'] } })
  test('a prompt of another system is not overlooked', async ({ page, plant }) => {
    await plant.open(page, 'anna', '/?system=cms')
    const token = await plant.request({ id: '1', title: 'Pump off', steps: SLOW }, 'plant')
    expect(token).toBe('plant-1')
    await expect(page.locator('.banner.asks')).toContainText('1 prompt open on plant')
    await page.getByRole('link', { name: 'All systems' }).click()
    await expect(page.locator('.sum')).toContainText('1 open prompt')
    await expect(page.locator('.systems li').first()).toContainText('Pump off')
    await page.getByRole('link', { name: 'Look at it' }).click()
    await expect(await panel(page, 'plant-1.p1')).toContainText('Pump off')
  })
})

test.describe('the demo', () => {
  test.use({ options: { demo: true, speed: 10 } })
  test('is approved and cured, and broken again', async ({ page, plant }) => {
    await plant.open(page)
    await expect(page.locator('.banner.stripes')).toContainText('Simulated')
    await click(page, 'Approve step')
    await shows(page, 'completed')
    await expect(page.locator('.events .kind').filter({ hasText: 'observing' })).toHaveCount(1)
    // Nothing is held after a decline: it can be broken again and again.
    for (const token of ['demo-2', 'demo-3']) {
      await page.getByRole('button', { name: 'Break it again' }).click()
      await click(page, 'Decline…', token + '.p1')
      await answer(page, 'Decline it')
      await expect(page.locator('[data-prompt]')).toHaveCount(0)
    }
  })
})

test.describe('the demo, played slowly', () => {
  // Slow enough for the machine to vanish in the middle, however late the click comes.
  test.use({ options: { demo: true, speed: 0.2 } })
  test("loses its agent's machine in the middle, and gets it back", async ({ page, plant }) => {
    await plant.open(page)
    await click(page, 'Approve step', 'demo-1.p1')
    await expect(page.locator('.try.granted')).toBeVisible()
    await page.getByRole('button', { name: 'Make the agent vanish' }).click()
    await expect(page.locator('.prompt.clarify')).toBeVisible()
    // A page that is loaded anew is told by the server that the machine is away.
    await page.reload()
    await live(page)
    await page.getByRole('button', { name: 'Bring the agent back' }).click()
    await expect(page.getByRole('button', { name: 'Make the agent vanish' })).toBeVisible()
  })
})

test('a notification comes when the page is not in view, and once', async ({ page, plant }) => {
  await page.context().grantPermissions(['notifications'], { origin: plant.url })
  await page.addInitScript(() => {
    const shown: { title: string; body?: string; tag?: string }[] = []
    Object.assign(window, { shown })
    const Real = Notification
    // The real one is made, too: a permission that is missing would throw or stay silent.
    window.Notification = class extends Real {
      constructor(title: string, o?: NotificationOptions) { super(title, o); shown.push({ title, body: o?.body, tag: o?.tag }) }
    }
  })
  await plant.open(page)
  const shown = () => page.evaluate(() => (window as unknown as { shown: { title: string; body: string; tag: string }[] }).shown)
  expect(await page.evaluate(() => Notification.permission)).toBe('granted')
  const first = await plant.request({ id: '1', steps: CHECK })
  await panel(page, first + '.p1')
  expect(await shown()).toEqual([]) // it is in view
  await plant.run('decline', first + '.p1', '--yes', '--as', 'bert')
  await expect(page.locator('[data-prompt]')).toHaveCount(0)
  await page.evaluate(() => { Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' }) })
  const second = await plant.request({ id: '2', title: 'FED stuck', steps: CHECK })
  await expect.poll(shown).toEqual([{ title: 'cms: Approval needed', body: 'FED stuck\nLook at HCAL', tag: second + '.p1' }])
})

test('a group, a pause, and an agent that is away', async ({ page, plant }) => {
  await plant.open(page)
  await plant.agentOnce('l1')
  const steps = [{ title: 'Restart all', action: 'recycle', agents: ['simulator', 'l1'] }]
  const token = await plant.request({ id: '1', steps: steps as never })
  expect(token).toBe('cms-1')
  const p = await panel(page, token + '.p1')
  await expect(p.locator('.targets')).toContainText('simulator, l1')
  await expect(p.locator('.late')).toHaveText('l1 is away')
  await click(page, 'Approve step', token + '.p1')
  await expect(page.locator('.recovery .step').first()).toContainText('one after another: simulator done')
  await plant.run('interrupt', token, '--as', 'bert')
  const again = await plant.request({ id: '2', steps: [{ title: 'Recycle', action: 'recycle', attempts: 2, pause: '2m', parameters: { simulate: { mode: 'fail' } } }] as never })
  await click(page, 'Approve step', again + '.p1')
  await expect(page.locator('.pause')).toContainText(/A pause before the next attempt: (1 min )?\d+ s left/)
})

test('what comes while the page is being drawn for the first time is not missed', async ({ page, plant }) => {
  await plant.open(page)
  await page.addInitScript(() => {
    // A busy browser: what is to be done after a drawing is done late.
    const later = window.setTimeout, every = window.setInterval
    window.requestAnimationFrame = () => 0
    window.setTimeout = ((f: () => void, ms?: number) => later(f, ms === 35 ? 1500 : ms)) as typeof setTimeout
    // What would have it drawn anew later, and so hide what was missed: heartbeats, and
    // the judgement that there are none.
    window.setInterval = ((f: () => void, ms?: number) => ms === 500 ? 0 : every(f, ms)) as typeof setInterval
    window.WebSocket = class extends WebSocket {
      set onmessage(hear: (m: MessageEvent) => void) {
        super.addEventListener('message', m => { if (!String(m.data).includes('recovery.v1.heartbeat')) hear(m) })
      }
    } as typeof WebSocket
  })
  await page.goto(plant.url)
  await expect(page.locator('.who')).toContainText('anna')
  await expect(page.locator('main h1')).toContainText('All quiet')
})
