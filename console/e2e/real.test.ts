import { afterEach, describe, expect, it } from 'vitest'
import { type Visit, hasBrowser, overflowing, visit } from './browser'

/** Against a running product: HENGJIAN_URL its address, HENGJIAN_KEY a supervisor's key. It changes nothing there. */
const url = process.env.HENGJIAN_URL
const key = process.env.HENGJIAN_KEY

describe.skipIf(!hasBrowser || !url || !key)('the console against a running product', () => {
  let open: Visit | null = null
  afterEach(async () => {
    const complaints = open?.complaints ?? []
    await open?.close()
    open = null
    expect(complaints).toEqual([])
  })

  it.each([
    ['zh-CN', 1280],
    ['en-US', 360],
  ])('shows alerts, opens one, charts its readings (%s, %i px)', async (language, width) => {
    open = await visit(url as string, { language, width })
    const { page } = open
    await page.goto(`${url}/?state=all#key=${key}`)
    await page.locator('.connection.live').waitFor()
    await page.locator('.row').first().waitFor()
    expect(await overflowing(page)).toEqual([])
    await page.locator('.row a').first().click()
    await page.locator('.alert h1').waitFor()
    await page.locator('.uplot canvas, .readings .empty').first().waitFor()
    expect((await page.locator('.judge').textContent())?.trim()).not.toBe('')
    expect(await overflowing(page)).toEqual([])
  })
})
