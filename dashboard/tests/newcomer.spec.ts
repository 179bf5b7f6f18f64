// A newcomer's first hour: a fresh clone, `make run`, what README says stands in the
// terminal, one click in the browser, "cured" within a minute, and a second run goes on.

import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { click, expect, live, port, shows, test } from './plant.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** clone makes a fresh one, with what is not committed yet; nothing that git ignores. */
function clone(into: string): void {
  const git = (...args: string[]) => execFileSync('git', ['-c', 'safe.directory=*', ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] })
  git('clone', '--quiet', '--no-hardlinks', ROOT, into)
  for (const name of git('ls-files', '-z', '--modified', '--others', '--deleted', '--exclude-standard').toString().split('\0').filter(Boolean)) {
    const from = join(ROOT, name)
    rmSync(join(into, name), { force: true })
    if (!existsSync(from)) continue
    mkdirSync(dirname(join(into, name)), { recursive: true })
    cpSync(from, join(into, name))
  }
}

/** Run is one `make run`, in a process group of its own, as a terminal has it. */
class Run {
  said = ''
  private readonly make: ChildProcess
  constructor(dir: string, args: string) {
    const env: NodeJS.ProcessEnv = { ...process.env, ARGS: args, NO_COLOR: '1' }
    for (const name of ['NATS_URL', 'NATS_CONTEXT', 'MAKEFLAGS', 'MAKELEVEL', 'MFLAGS']) delete env[name]
    this.make = spawn('sh', ['-c', 'exec make run ARGS="$ARGS" 2>&1'], { cwd: dir, env, detached: true, stdio: ['ignore', 'pipe', 'inherit'] })
    this.make.stdout?.on('data', d => { this.said += d })
  }

  /** says waits for a line. */
  async says(what: RegExp, timeout: number): Promise<void> {
    const ended = () => this.make.exitCode !== null ? `\nit ended with ${this.make.exitCode}` : ''
    await expect.poll(() => what.test(this.said) || ended(), { timeout, message: `${what} in:\n${this.said}` }).toBe(true)
  }

  /** end does what Ctrl-C does. */
  async end(signal: 'SIGINT' | 'SIGKILL' = 'SIGINT'): Promise<void> {
    if (this.make.exitCode !== null || this.make.signalCode !== null) return
    const gone = new Promise(done => this.make.once('close', done))
    process.kill(-this.make.pid!, signal)
    await gone
  }
}

/** lines are what README says stands in the terminal, as patterns: times and ports vary. */
function lines(data: string): RegExp[] {
  const block = /```text\n(ready: [\s\S]*?)```/.exec(readFileSync(join(ROOT, 'README.md'), 'utf8'))
  if (!block) throw new Error('README.md does not show what `make run` says')
  return block[1]!.split('\n').map(l => l.trim()).filter(l => l && l !== '…').map(l => new RegExp('^\\s*' + l
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace('\\./demo-data', data)
    .replace(/127\\\.0\\\.0\\\.1:\d+/g, '127\\.0\\.0\\.1:\\d+').replace(/^\d\d:\d\d:\d\d/, '\\d\\d:\\d\\d:\\d\\d').replace(/…/g, '.*').replace(/ +/g, ' +') + '$'))
}

test("a newcomer's hour", async ({ page }) => {
  test.setTimeout(300_000)
  const dir = mkdtempSync(join(tmpdir(), 'newcomer-'))
  const runs: Run[] = []
  try {
    const began = Date.now()
    clone(join(dir, 'clone'))
    const data = join(dir, 'data')
    const http = await port()
    const args = `--listen 127.0.0.1:${await port()} --http 127.0.0.1:${http} --data ${data}`
    const first = new Run(join(dir, 'clone'), args)
    runs.push(first)
    await first.says(/awaiting_approval +asks to approve/, 200_000)
    const built = Date.now() - began
    expect(first.said).toContain('== building bin/expertcontroller')

    await page.goto(`http://127.0.0.1:${http}`)
    await live(page)
    await page.getByLabel('Your name').fill('anna')
    await page.getByRole('button', { name: 'That is me' }).click()
    await click(page, 'Approve step', 'demo-1.p1')
    const clicked = Date.now()
    await first.says(/demo-1 +completed/, 60_000)
    const cured = Date.now() - clicked
    await shows(page, 'completed')
    await expect(page.locator('.ended').first()).toContainText('cured')
    test.info().annotations.push({ type: 'figure', description: `newcomer: ${(built / 1000).toFixed(0)} s from clone to prompt, cured ${(cured / 1000).toFixed(0)} s after the click (at most 60)` })

    const said = first.said.split('\n')
    let at = 0
    for (const line of lines(data)) {
      const found = said.findIndex((l, i) => i >= at && line.test(l))
      expect(found, `README says ${line}; the terminal says:\n${first.said}`).toBeGreaterThanOrEqual(0)
      at = found + 1
    }
    await first.end()
    expect(first.said).toContain('another run goes on from here')

    const second = new Run(join(dir, 'clone'), args)
    runs.push(second)
    await second.says(/resuming: demo-1 was the last one, it is completed/, 60_000)
    await second.says(/demo-2 +awaiting_approval/, 30_000)
    await second.end()
  } finally {
    for (const run of runs) await run.end('SIGKILL')
    rmSync(dir, { recursive: true, force: true })
  }
})
