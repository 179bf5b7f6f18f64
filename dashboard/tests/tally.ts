// Tells what became of each test as `go test -json` does, so that the same tally counts
// both.

import type { FullResult, Reporter, TestCase, TestError, TestResult } from '@playwright/test/reporter'

const PACKAGE = 'expertcontroller/dashboard/tests'

export default class Tally implements Reporter {
  private started = Date.now()
  private failed = false
  private say(event: Record<string, unknown>): void {
    process.stdout.write(JSON.stringify({ Package: PACKAGE, ...event }) + '\n')
  }

  onTestEnd(test: TestCase, result: TestResult): void {
    const name = test.titlePath().slice(2).join('/').replaceAll(' ', '_')
    for (const e of result.errors) this.say({ Action: 'output', Test: name, Output: `${test.location.file}:${test.location.line}: ${e.stack ?? e.message ?? 'failed'}\n` })
    const action = result.status === 'passed' ? 'pass' : result.status === 'skipped' ? 'skip' : 'fail'
    if (action === 'fail') this.failed = true
    for (const a of result.status === 'passed' ? test.annotations.concat(result.annotations ?? []) : []) {
      if (a.type === 'figure' && a.description) this.figures.add(a.description)
    }
    this.say({ Action: action, Test: name, Elapsed: result.duration / 1000 })
  }

  private figures = new Set<string>()

  onError(error: TestError): void {
    this.failed = true
    this.say({ Action: 'output', Output: (error.stack ?? error.message ?? 'an error') + '\n' })
  }

  onEnd(result: FullResult): void {
    for (const f of this.figures) this.say({ Action: 'output', Output: f + '\n' })
    const ok = result.status === 'passed' && !this.failed
    this.say({ Action: ok ? 'pass' : 'fail', Elapsed: (Date.now() - this.started) / 1000 })
  }
}
