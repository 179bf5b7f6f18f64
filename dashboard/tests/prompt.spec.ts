// What a prompt owes whoever looks at it: to be seen and heard in time, to be answered by
// keyboard, and never to take a click that was meant for something else.
import { click, expect, panel, shows, test } from './plant.ts'

const CHECK = [{ title: 'Look at HCAL', action: 'check', parameters: { red: ['HCAL'] } }]
const SLOW = [{ title: 'Recycle HCAL', action: 'recycle', parameters: { simulate: { mode: 'hang', for: '60s' } } }]

test('how long after its entry a prompt is visible', async ({ page, plant }) => {
  await plant.open(page)
  const took: number[] = []
  for (let i = 1; i <= 7; i++) {
    const token = `cms-${i}`
    const seen = page.evaluate(id => new Promise<number>(done => {
      const look = () => {
        if (!document.querySelector(`[data-prompt="${id}"]`)) return false
        // After the frame that shows it.
        requestAnimationFrame(() => setTimeout(() => done(Date.now())))
        return true
      }
      if (!look()) {
        const o = new MutationObserver(() => { if (look()) o.disconnect() })
        o.observe(document.body, { subtree: true, childList: true, attributes: true })
      }
    }), token + '.p1')
    await plant.request({ id: String(i), steps: CHECK })
    const at = await seen
    const s = await plant.status(token)
    took.push(at - Date.parse(s.prompt.opened))
    await plant.run('decline', token + '.p1', '--yes', '--as', 'bert')
    await expect(page.locator('[data-prompt]')).toHaveCount(0)
  }
  took.sort((a, b) => a - b)
  const median = took[Math.floor(took.length / 2)]!
  test.info().annotations.push({ type: 'figure', description: `prompt visible after its entry: median ${median} ms, at most ${took[took.length - 1]} ms of ${took.length} (wanted: a median of at most 100)` })
  // A figure: a busy machine makes no page wrong. That it is seen at all is what fails.
  expect(took).toHaveLength(7)
})

test('case 2 by keyboard alone', async ({ page, plant }) => {
  await plant.open(page)
  const token = await plant.request({ id: '1', title: 'FED stuck', steps: [...CHECK, { title: 'Recycle all', action: 'recycle' }] })
  await panel(page, token + '.p1')
  await page.keyboard.press('a')
  const d = page.locator('dialog[data-ready=true]')
  await expect(d).toContainText('Look at HCAL')
  // The key alone has decided nothing.
  expect((await plant.status(token)).state).toBe('awaiting_approval')
  await tabTo(page, 'Yes, start it')
  await page.keyboard.press('Enter')
  await shows(page, 'observing')
  await plant.request({ id: '2', steps: CHECK, continue: token })
  await panel(page, token + '.p2')
  // This time through the panel itself.
  await tabTo(page, 'Approve step')
  await page.keyboard.press('Space')
  await plant.cleared('1')
  await plant.cleared('2')
  await shows(page, 'completed')
  // And to its page.
  await page.keyboard.press('g')
  await page.keyboard.press('h')
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused()
  await expect(page.locator('tbody tr')).toHaveCount(2)
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(new RegExp(`/r/${token}$`))
  await expect(page.locator('tr[data-kind=completed]')).toBeVisible()
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  await expect(page.locator('tr.marked')).toHaveCount(1)
  await expect(page).toHaveURL(/entry=\d+/)
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog')).toContainText('Keys and words')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
})

async function tabTo(page: import('@playwright/test').Page, name: string): Promise<void> {
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab')
    if (await page.evaluate(n => document.activeElement?.textContent?.startsWith(n), name)) return
  }
  throw new Error(`the tab key never comes to “${name}”`)
}

test('what a screen reader hears', async ({ page, plant }) => {
  await plant.open(page)
  await page.evaluate(() => {
    const heard: string[] = []
    Object.assign(window, { heard })
    for (const id of ['polite', 'alert']) new MutationObserver(() => { heard.push(document.getElementById(id)!.textContent!.trim()) }).observe(document.getElementById(id)!, { childList: true, characterData: true, subtree: true })
  })
  const heard = () => page.evaluate(() => (window as unknown as { heard: string[] }).heard)
  const token = await plant.request({ id: '1', title: 'FED stuck', steps: CHECK })
  await panel(page, token + '.p1')
  await expect.poll(heard).toContain('Approval needed on cms: FED stuck. Look at HCAL')
  await expect(page.getByRole('timer', { name: 'time left to answer' })).toHaveText(/9:\d\d left/)
  await expect(page.locator('[data-prompt]')).toHaveAccessibleName(`FED stuck ${token}`)
  await click(page, 'Approve step')
  await expect.poll(async () => (await heard()).join(' | ')).toMatch(/Recorded as yours: approve “Look at HCAL”/)
  await expect.poll(heard).toContain('The prompt is closed.')
})

test.describe('a prompt that is about to expire', () => {
  test.use({ options: { policy: 'observe: 1s\napproval_timeout: 17s\nhold: 0s\nroutes: {"*": simulator}\n' } })
  test('is spoken at 15 s, and is closed when it has expired', async ({ page, plant }) => {
    await plant.open(page)
    const token = await plant.request({ id: '1', steps: CHECK })
    await panel(page, token + '.p1')
    await expect(page.locator('#alert')).toHaveText('Fifteen seconds left to answer the prompt.', { timeout: 6000 })
    await expect(page.locator('.countdown')).toHaveText(/0:1[0-5] left/)
    await expect(page.locator('#alert')).toHaveText('The prompt is closed.', { timeout: 20_000 })
    await shows(page, 'cancelled')
  })
})

test.describe('a prompt that expires in a minute', () => {
  test.use({ options: { policy: 'observe: 1s\napproval_timeout: 62s\nhold: 0s\nroutes: {"*": simulator}\n' } })
  test('is spoken at 60 s', async ({ page, plant }) => {
    await plant.open(page)
    const token = await plant.request({ id: '1', steps: CHECK })
    await panel(page, token + '.p1')
    await expect(page.locator('#alert')).toHaveText('Sixty seconds left to answer the prompt.', { timeout: 6000 })
    await expect(page.locator('.countdown')).toHaveText(/0:5\d left/)
  })
})

test('buttons ignore what was meant for the panel before', async ({ page, plant }) => {
  await plant.open(page)
  // A click at the very moment at which the panel comes.
  await page.evaluate(() => {
    const o = new MutationObserver(() => {
      const button = document.querySelector<HTMLElement>('[data-prompt] .act.primary')
      if (!button) return
      o.disconnect()
      button.click()
    })
    o.observe(document.body, { subtree: true, childList: true })
  })
  const token = await plant.request({ id: '1', steps: CHECK })
  await panel(page, token + '.p1')
  expect((await plant.status(token)).state).toBe('awaiting_approval')
})

test('focus is not stolen when a prompt comes', async ({ page, plant }) => {
  await plant.open(page, 'anna', '/history')
  await page.keyboard.press('/')
  await expect(page.locator('#search')).toBeFocused()
  await page.keyboard.type('FED')
  await plant.request({ id: '1', steps: CHECK })
  await expect(page.locator('.banner.asks')).toContainText('1 prompt open on cms')
  await page.keyboard.type(' stuck*')
  await expect(page.locator('#search')).toHaveValue('FED stuck*')
  await expect(page.locator('#search')).toBeFocused()
})

test('what takes longer than usual is amber, and says so', async ({ page, plant }) => {
  await plant.open(page)
  const token = await plant.request({ id: '1', steps: SLOW })
  await click(page, 'Approve step', token + '.p1')
  await expect(page.locator('.try.granted')).toContainText('usually 0.6 s')
  await expect(page.locator('.try.granted span.late')).toContainText('longer than usual')
  await expect(page.locator('.bar.late')).toBeVisible()
})

test('an answer that came too late is told wherever it was given, and not as the next prompt\'s', async ({ page, plant }) => {
  for (const [i, on] of ['/', '/r/'].entries()) {
    const token = await plant.request({ id: String(i), steps: [{ title: 'Look', action: 'check', parameters: { simulate: 'fail' } }, { title: 'Look again', action: 'check' }] })
    await plant.open(page, 'anna', on === '/' ? on : on + token)
    await page.route('**/decision', async route => {
      await plant.run('approve', token + '.p1', '--yes', '--as', 'bert')
      await expect(page.locator(`[data-prompt="${token}.p2"]`)).toBeVisible()
      await route.continue()
    })
    await click(page, 'Approve step', token + '.p1')
    await expect(page.locator('.outcome.refused')).toContainText(/^Earlier, approve “Look”: Already approved by bert/)
    await page.unroute('**/decision')
    // What people write is repeated as they wrote it.
    await plant.run('note', token, 'look at step 0 "Look"', '--as', 'bert')
    if (on === '/') {
      await expect(page.locator('.events')).toContainText('look at step 0 "Look"')
      await expect(page.locator('.events')).toContainText('approves step "Look"')
    }
    await plant.run('decline', token + '.p2', '--yes', '--as', 'bert')
  }
})

test.describe('two systems', () => {
  test.use({ options: { systems: ['cms', 'power'] } })
  test('a button that moved away under the finger does not leave another one there', async ({ page, plant }) => {
    await page.setViewportSize({ width: 390, height: 844 })
    await plant.open(page)
    const token = await plant.request({ id: '1', steps: [{ title: 'Look', action: 'check' }, { title: 'Look again', action: 'check' }] })
    const p = await panel(page, token + '.p1')
    await expect(p.locator('.helped')).toContainText('No earlier')
    await panel(page, token + '.p1')
    // The other system's prompt puts a line above everything; the click comes just then.
    await page.evaluate(() => {
      const button = document.querySelector('.prompt .act.primary') as HTMLElement
      const before = button.getBoundingClientRect().top
      const look = new MutationObserver(() => {
        if (button.getBoundingClientRect().top - before < 10) return
        look.disconnect()
        setTimeout(() => { button.click(); document.body.dataset.clicked = 'yes' }, 60)
      })
      look.observe(document.body, { childList: true, subtree: true })
    })
    await plant.request({ id: '2', steps: [{ title: 'Look', action: 'check' }] }, 'power')
    await expect(page.locator('body[data-clicked=yes]')).toBeVisible()
    await click(page, 'Decline…', token + '.p1')
    expect((await plant.status(token)).state).toBe('awaiting_approval')
  })
})
