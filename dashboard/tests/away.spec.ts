// What the machine and the network do to the page: a connection that is swallowed while it is
// made, a clock that is set, a sleep.
import { createServer, connect, type Socket } from 'node:net'
import { answer, expect, live, panel, pause, port, test } from './plant.ts'

const CHECK = [{ title: 'Look at HCAL', action: 'check', parameters: { red: ['HCAL'] } }]

/** Line is a network between browser and controller. */
class Line {
  url = ''
  /** How many connections began while nothing came through. */
  swallowed = 0
  private readonly ends = new Set<Socket>()
  private dead = ''
  private server = createServer(near => this.keep(near).once('data', first => {
    if (this.dead && first.toString().startsWith(this.dead)) {
      this.swallowed++
      return
    }
    const far = connect(Number(new URL(this.to).port), '127.0.0.1')
    this.keep(far).write(first)
    near.pipe(far).pipe(near)
  }))
  private readonly to: string
  constructor(to: string) { this.to = to }

  async start(): Promise<void> {
    const p = await port()
    await new Promise<void>(done => this.server.listen(p, '127.0.0.1', done))
    this.url = `http://127.0.0.1:${p}`
  }

  private keep(s: Socket): Socket {
    this.ends.add(s)
    return s.on('error', () => { /* the other end is gone */ }).on('close', () => this.ends.delete(s))
  }

  /** swallow lets nothing through any more, of what begins with these words, and closes
   *  nothing: nobody is told. */
  swallow(begins = 'GET'): void {
    this.dead = begins
    for (const s of this.ends) s.unpipe().pause()
  }

  /** through lets what begins from now on through. What was swallowed stays so. */
  through(): void { this.dead = '' }

  end(): void {
    for (const s of this.ends) s.destroy()
    this.server.close()
  }
}

test('a connection that was swallowed while it was made is made anew', async ({ page, plant }) => {
  const line = new Line(plant.url)
  await line.start()
  try {
    await page.goto(line.url)
    await live(page)
    line.swallow()
    await expect(page.locator('[data-connection=stale]')).toBeVisible()
    await expect.poll(() => line.swallowed).toBeGreaterThan(0)
    line.through()
    await live(page)
  } finally {
    line.end()
  }
})

test('a page whose first connection is swallowed does not wait for it', async ({ page, plant }) => {
  const line = new Line(plant.url)
  await line.start()
  try {
    line.swallow('GET /ws')
    await page.goto(line.url)
    await expect.poll(() => line.swallowed).toBeGreaterThan(0)
    line.through()
    await live(page)
  } finally {
    line.end()
  }
})

test('a clock that is set changes no time that the page tells', async ({ page, plant }) => {
  await page.addInitScript(() => {
    const real = Date.now
    let shift = 0
    Date.now = () => real() + shift
    Object.assign(window, { set: (ms: number) => { shift = ms } })
  })
  await plant.open(page)
  await plant.request({ id: '1', steps: CHECK })
  await panel(page)
  const told: string[] = []
  for (const ms of [3600e3, -3600e3, 0]) {
    await page.evaluate(n => (window as unknown as { set: (ms: number) => void }).set(n), ms)
    for (let i = 0; i < 10; i++) {
      await pause(200)
      told.push(await page.locator('.countdown').innerText())
    }
  }
  for (const t of told) expect(t).toMatch(/^9:[0-5]\d/)
})

test('a machine that slept believes no picture from before', async ({ page, plant }) => {
  const line = new Line(plant.url)
  await line.start()
  await page.addInitScript(() => {
    const real = Date.now
    let slept = 0
    Date.now = () => real() + slept
    Object.assign(window, { sleep: (ms: number) => { slept += ms } })
  })
  try {
    await page.context().request.post(line.url + '/api/v1/login', { data: { name: 'anna' }, headers: { Origin: line.url } })
    await page.goto(line.url)
    await live(page)
    await plant.request({ id: '1', steps: CHECK })
    await panel(page)
    line.swallow()
    // What a browser counts stands still in a sleep, the clock does not.
    await page.evaluate(() => (window as unknown as { sleep: (ms: number) => void }).sleep(600e3))
    await expect(page.locator('[data-banner=stale]')).toContainText('This picture is 10 min old', { timeout: 5_000 })
    await expect(page.locator('.prompt').getByRole('button', { name: 'Approve step' })).toHaveAttribute('aria-disabled', 'true')
    line.through()
    await live(page)
  } finally {
    line.end()
  }
})

test('what was certainly not passed on is not unknown, however long that takes to say', async ({ page, plant }) => {
  // As a bridge answers whose broker is away: it looks for it for 10 s.
  await page.route('**/interrupt', async r => {
    await pause(9_500)
    await r.fulfill({ status: 503, json: { type: 'recovery.v1.error', code: 503, reason: 'unavailable', text: 'no broker answers' } })
  })
  await plant.open(page)
  await plant.request({ id: '1', steps: CHECK })
  await panel(page)
  await page.locator('.recovery').getByRole('button', { name: 'Interrupt' }).click()
  await answer(page, 'Interrupt it')
  await expect(page.locator('.recovery .outcome')).toHaveText('It was not recorded: no broker answers', { timeout: 30_000 })
})
