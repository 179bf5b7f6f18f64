// A real controller with the simulated agent, for one test: its own broker, its own data,
// ports of its own, ended by its process's id.

import { test as base, expect, type APIRequestContext, type Locator, type Page } from '@playwright/test'
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const BINARY = resolve(process.env.EXPERTCONTROLLER ?? join(import.meta.dirname, '../../bin/expertcontroller'))

export interface Step { title?: string; action?: string; by_hand?: boolean; parameters?: Record<string, unknown>; attempts?: number; timeout?: string; observe?: string; agents?: string[]; order?: string; pause?: string }
export interface Ask {
  id: string; title?: string; key?: string; description?: string; steps: Step[]; expert?: string
  preempt?: string; continue?: string; postpone?: string; context?: Record<string, string>; aftercare?: Record<string, string[]>; since?: string
}

/** Policy under which a recovery fits into seconds. What ends well ends by itself; the
 *  periods after which something counts as failed are long, so that a machine that stands
 *  still for seconds fails nothing. Observe is the time in which a test has to see that a
 *  recovery is observed, and to say that its problem is gone. */
const POLICY = `
observe: 10s
approval_timeout: 10m
offer_timeout: 1m
abort_timeout: 1m
agent_silence: 1m
hold: 0s
routes: {"*": simulator}
`

/** Policy under which an agent that says nothing for some seconds has fallen silent. */
const SILENT = POLICY.replace('agent_silence: 1m', 'agent_silence: 4s')

export interface Options { policy: string; systems: string[]; speed: number; demo: boolean }

export class Plant {
  readonly dir = mkdtempSync(join(tmpdir(), 'dashboard-'))
  url = ''
  private process?: ChildProcess
  private http = 0
  private nats = 0
  private said = ''
  private readonly o: Options
  constructor(o: Options) { this.o = o }

  get system(): string { return this.o.demo ? 'demo' : this.o.systems[0] ?? 'cms' }

  async start(): Promise<void> {
    const anew = !this.http
    for (let left = 3; ; left--) {
      if (!this.http) [this.http, this.nats] = [await port(), await port()]
      try {
        return await this.launch()
      } catch (bad) {
        // A port that was free a moment ago may be somebody's by now.
        if (!anew || !left || !this.said.includes('another program uses this port')) throw bad
        this.http = 0
        this.said = ''
      }
    }
  }

  private async launch(): Promise<void> {
    this.url = `http://127.0.0.1:${this.http}`
    const common = ['--listen', `127.0.0.1:${this.nats}`, '--http', `127.0.0.1:${this.http}`, '--data', join(this.dir, 'data'), '--speed', String(this.o.speed)]
    const policy = join(this.dir, 'policy.yaml')
    writeFileSync(policy, this.o.policy)
    const args = this.o.demo ? ['demo', ...common] : ['serve', ...this.o.systems.flatMap(s => ['--system', s]), '--simulate', '--policy', policy, ...common]
    this.process = spawn(BINARY, args, { stdio: ['ignore', 'pipe', 'pipe'], env: env() })
    this.process.stdout?.on('data', d => { this.said += d })
    this.process.stderr?.on('data', d => { this.said += d })
    const until = Date.now() + 60_000
    for (;;) {
      if (this.process.exitCode !== null) throw new Error('the controller ended: ' + this.said)
      const ready = await fetch(this.url + '/readyz').then(r => r.ok, () => false)
      if (ready) return
      if (Date.now() > until) throw new Error('the controller was not ready within a minute: ' + this.said)
      await pause(50)
    }
  }

  /** kill ends it as a power cut does. */
  async kill(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT' = 'SIGKILL'): Promise<void> {
    const p = this.process
    if (!p || p.exitCode !== null || p.signalCode !== null) return
    p.kill(signal)
    if (signal === 'SIGSTOP' || signal === 'SIGCONT') return
    await new Promise(done => p.once('exit', done))
  }

  async end(): Promise<void> {
    await this.kill('SIGKILL')
    rmSync(this.dir, { recursive: true, force: true })
  }

  /** run runs the command against this controller. */
  run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    return new Promise(done => {
      execFile(BINARY, [...args, '--server', `nats://127.0.0.1:${this.nats}`], { env: env({ EXPERTCONTROLLER_SYSTEM: this.system }), timeout: 60_000 },
        (e, out, err) => done({ code: e ? Number(e.code ?? 1) : 0, out: out.trim(), err }))
    })
  }

  /** agentOnce starts another agent, and ends it once it has offered what it does. */
  async agentOnce(name: string): Promise<void> {
    const agent = spawn(BINARY, ['agent', '--name', name, '--simulate', '--data', join(this.dir, name), '--system', this.system, '--server', `nats://127.0.0.1:${this.nats}`], { stdio: 'ignore', env: env() })
    const gone = new Promise(done => agent.once('exit', done))
    try {
      await expect.poll(async () => (await this.run('actions')).out).toContain(name)
    } finally {
      agent.kill('SIGKILL')
      await gone
    }
  }

  /** request asks for a recovery as an expert, and gives its token. */
  async request(a: Ask, system = this.system): Promise<string> {
    const file = join(this.dir, `request-${Math.random().toString(36).slice(2)}.json`)
    writeFileSync(file, JSON.stringify({
      problem: { id: a.id, title: a.title ?? 'FED stuck', key: a.key, description: a.description, context: a.context, since: a.since ?? new Date(Date.now() - 4000).toISOString() },
      steps: a.steps, aftercare: a.aftercare,
    }))
    const relation = (['preempt', 'continue', 'postpone'] as const).flatMap(k => a[k] ? [`--${k}`, a[k]] : [])
    const r = await this.run('request', file, '--expert', a.expert ?? 'daq', '--system', system, ...relation)
    return r.out || r.err
  }

  /** cleared says as the expert that a problem is gone. */
  async cleared(problem: string, expert = 'daq'): Promise<void> {
    const r = await this.run('clear', problem, '--expert', expert, '--as-expert')
    if (r.code) throw new Error('cleared: ' + r.err)
  }

  async status(token: string): Promise<Record<string, any>> {
    return JSON.parse((await this.run('status', token, '--json')).out)
  }

  async events(token: string): Promise<Record<string, any>[]> {
    const r = await fetch(`${this.url}/api/v1/systems/${token.slice(0, token.lastIndexOf('-'))}/recoveries/${token}/events`)
    return (await r.json()).events
  }

  /** open opens the page as somebody. */
  async open(page: Page, name = 'anna', path = '/'): Promise<void> {
    if (name) await login(page.context().request, this.url, name)
    await page.goto(this.url + path)
    await live(page)
  }
}

async function login(request: APIRequestContext, url: string, name: string): Promise<void> {
  const r = await request.post(url + '/api/v1/login', { data: { name }, headers: { Origin: url } })
  if (!r.ok()) throw new Error(`login: ${r.status()} ${await r.text()}`)
}

/** live waits until the picture is whole and fresh. */
export async function live(page: Page): Promise<void> {
  await expect(page.locator('[data-connection=live]')).toBeVisible()
}

/** panel is the prompt's, once it has all that it shows and its buttons take input. */
export async function panel(page: Page, prompt?: string): Promise<Locator> {
  const p = page.locator(`[data-prompt${prompt ? `="${prompt}"` : ''}][data-ready=true]`)
  await expect(p).toBeVisible()
  await expect(p.getByText(/^…$|^Loading what exactly/)).toHaveCount(0)
  await expect(p).toBeVisible()
  return p
}

/** click presses a button of the open prompt, as a person does: again, when something moved
 *  just then and the button took nothing. What came of a press is seen a moment later. */
export async function click(page: Page, name: string, prompt?: string): Promise<void> {
  let pressed: string | null = null
  const taken = () => page.evaluate(id => {
    const asks = document.querySelector(`[data-prompt="${id}"]`)
    return !asks || !!asks.querySelector('.outcome, .missing') || !!document.querySelector('dialog[open]')
  }, pressed)
  await expect(async () => {
    if (pressed !== null && await taken()) return
    const p = await panel(page, prompt)
    const id = await p.getAttribute('data-prompt')
    await p.getByRole('button', { name }).click({ timeout: 5_000 })
    pressed = id
    await expect.poll(taken, { message: `a press of “${name}” is taken`, timeout: 2_000 }).toBe(true)
  }).toPass()
}

/** goTo presses g and another key, again where they came too far apart, until the page is
 *  there. */
export async function goTo(page: Page, key: string, path: string): Promise<void> {
  await expect(async () => {
    await page.keyboard.press('g')
    await page.keyboard.press(key)
    expect(new URL(page.url()).pathname).toBe(path)
  }).toPass()
}

/** answer presses a button of the open dialog. */
export async function answer(page: Page, name: string): Promise<void> {
  await page.locator('dialog[data-ready=true]').getByRole('button', { name }).click()
}

/** shows waits until the page shows a recovery in a state. */
export async function shows(page: Page, state: string): Promise<void> {
  await expect(page.locator(`.recovery .state.${state}, .ended .state.${state}`).first()).toBeVisible()
}

function env(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const out: NodeJS.ProcessEnv = { ...process.env, ...more }
  delete out.NATS_URL
  delete out.NATS_CONTEXT
  return out
}

export function pause(ms: number): Promise<void> {
  return new Promise(done => setTimeout(done, ms))
}

export function port(): Promise<number> {
  return new Promise((done, fail) => {
    const s = createServer()
    s.once('error', fail)
    s.listen(0, '127.0.0.1', () => {
      const a = s.address()
      s.close(() => typeof a === 'object' && a ? done(a.port) : fail(new Error('no port')))
    })
  })
}

/** test gives each test a controller of its own. */
export const test = base.extend<{ options: Partial<Options>; plant: Plant }>({
  options: [{}, { option: true }],
  plant: async ({ options }, use) => {
    const plant = new Plant({ policy: POLICY, systems: ['cms'], speed: 20, demo: false, ...options })
    try {
      await plant.start()
      await use(plant)
    } finally {
      await plant.end()
    }
  },
})

export { expect, POLICY, SILENT }
