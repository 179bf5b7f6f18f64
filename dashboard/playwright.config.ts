import { defineConfig } from '@playwright/test'

export default defineConfig({
  testDir: 'tests',
  testMatch: process.env.SHOTS ? '*.shots.ts' : '*.spec.ts',
  outputDir: 'test-results',
  fullyParallel: true,
  // They mostly wait: three at a time keep two cores busy.
  workers: Number(process.env.WORKERS ?? 3),
  // Limits for what hangs, not for what is slow: what a test takes is mostly the machine's.
  timeout: 300_000,
  expect: { timeout: 60_000, toPass: { timeout: 60_000 } },
  reporter: process.env.TALLY ? './tests/tally.ts' : 'list',
  use: {
    viewport: { width: 1280, height: 900 },
    trace: 'off',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      // Within a container there is no namespace for the browser's own sandbox.
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--autoplay-policy=user-gesture-required'],
    },
  },
})
