// What the page tells of a policy that leaves things to the defaults, or says in which mode a
// system begins: the log holds the policy as it was given, and no mode until somebody sets one.
import { answer, click, expect, panel, test } from './plant.ts'

const CHECK = [{ title: 'Look at HCAL', action: 'check', parameters: { red: ['HCAL'] } }]

test.describe('a policy that says nothing', () => {
  test.use({ options: { policy: 'routes: {"*": simulator}\n' } })
  test('is told with what it comes to', async ({ page, plant }) => {
    const effective = JSON.parse((await plant.run('policy', 'show', '--json')).out).effective
    expect(effective).toMatchObject({ mode: 'approval', hold: '10m', observe: '20s', step_timeout: '10m' })
    await plant.open(page)
    await plant.request({ id: '1', key: 'k', steps: CHECK })
    await click(page, 'Decline…')
    await expect(page.locator('dialog')).toContainText('Further requests for the same problem are turned away for 10 min.')
    await expect(page.locator('dialog option').first()).toHaveText('as long as the policy says: 10 min')
    await answer(page, 'Decline it')
    await page.goto(plant.url + '/postponed')
    await expect(page.locator('tr[data-ready]')).toContainText(/in (10|9) min/)
  })
})

test.describe('a policy that begins with manual', () => {
  test.use({ options: { policy: 'mode: manual\nroutes: {"*": simulator}\n' } })
  test('is told as manual, and can be ended', async ({ page, plant }) => {
    await plant.open(page)
    expect((await plant.run('mode')).out).toBe('manual')
    await expect(page.locator('.banner.note')).toContainText('Manual mode')
    await expect(page.locator('main h1')).toContainText('People have taken over')
    await page.getByRole('button', { name: 'Mode: manual…' }).click()
    await page.locator('dialog').getByText('Approval').click()
    await answer(page, 'Switch to approval')
    await expect(page.getByRole('button', { name: 'Mode: approval…' })).toBeVisible()
    await plant.request({ id: '1', steps: CHECK })
    await panel(page)
  })
})
