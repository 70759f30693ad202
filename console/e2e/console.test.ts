import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import axe from 'axe-core'
import { build } from 'vite'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startMock } from '../mock/server.mjs'
import { type Visit, type VisitOptions, hasBrowser, overflowing, visit } from './browser'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = `${root}dist`
type Mock = Awaited<ReturnType<typeof startMock>>

describe.skipIf(!hasBrowser)('the console in a browser', () => {
  let mock: Mock
  let open: Visit[] = []

  beforeAll(async () => {
    await build({ root, logLevel: 'error' })
  })
  beforeEach(async () => {
    mock = await startMock({ console: dist as never })
  })
  afterEach(async () => {
    const complaints = open.flatMap((one) => one.complaints)
    await Promise.all(open.map((one) => one.close()))
    open = []
    await mock.close()
    expect(complaints).toEqual([])
  })

  async function go(path: string, options?: VisitOptions & { key?: string | null }) {
    const visited = await visit(mock.url, options)
    open.push(visited)
    const key = options?.key === undefined ? 'hj_super_secret' : options.key
    await visited.page.goto(`${mock.url}${path}${key ? `#key=${key}` : ''}`)
    return visited.page
  }
  const rows = '.row'

  it('loads at most 300 kB compressed before the first view, and the chart not with it', () => {
    const index = readFileSync(`${dist}/index.html`, 'utf8')
    const first = [...index.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => readFileSync(dist + path))
    expect(first.length).toBeGreaterThanOrEqual(2)
    expect(first.reduce((sum, content) => sum + gzipSync(content).length, 0)).toBeLessThan(300_000)
    expect(first.some((content) => content.includes('uplot'))).toBe(false)
  })

  it('asks for a key, says why one is refused, and keeps a good one for the tab', async () => {
    const page = await go('/', { key: null })
    await page.getByLabel('访问密钥').fill('hj_wrong')
    await page.getByRole('button', { name: '进入' }).click()
    await page.getByText('密钥未被接受').waitFor()
    await page.getByLabel('访问密钥').fill('hj_super_secret')
    await page.keyboard.press('Enter')
    await page.locator(rows).first().waitFor()
    await page.reload()
    await page.locator(rows).first().waitFor()
  })

  it('takes the key out of the address bar', async () => {
    const page = await go('/alerts?severity=major')
    await page.locator(rows).first().waitFor()
    expect(page.url()).toBe(`${mock.url}/alerts?severity=major`)
    expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain('hj_super')
  })

  it('shows an alert that is opened elsewhere, without being asked', async () => {
    const page = await go('/')
    await page.getByText('实时', { exact: true }).waitFor()
    await page.locator(rows).first().waitFor()
    const made = mock.open({ statement: { zh: '刚刚产生', en: 'just made' } })
    await page.locator(`[data-alert="${made.id}"]`).getByText('刚刚产生').waitFor()
  })

  it('holds arrivals while the reader is further down, and shows them when asked', async () => {
    const page = await go('/')
    await page.locator(rows).first().waitFor()
    await page.getByText('实时', { exact: true }).waitFor()
    await page.locator('.list').evaluate((list) => list.scrollTo(0, 900))
    const before = await page.locator('.list').evaluate((list) => list.scrollTop)
    const made = mock.open()
    await page.getByRole('button', { name: /1 条新告警/ }).waitFor()
    expect(await page.locator('.list').evaluate((list) => list.scrollTop)).toBe(before)
    await page.getByRole('button', { name: /1 条新告警/ }).click()
    await page.locator(`[data-alert="${made.id}"]`).waitFor()
  })

  it('resumes after the line was cut: nothing missed, nothing twice', async () => {
    const page = await go('/')
    await page.locator(rows).first().waitFor()
    await page.getByText('实时', { exact: true }).waitFor()
    const first = mock.open()
    await page.locator(`[data-alert="${first.id}"]`).waitFor()
    mock.refuseStream(true)
    mock.cut()
    await page.getByText(/连接中断/).waitFor()
    const missed = [mock.open(), mock.open(), mock.open()]
    mock.refuseStream(false)
    await page.getByRole('button', { name: '立即重试' }).click()
    for (const { id } of missed) await page.locator(`[data-alert="${id}"]`).waitFor()
    const ids = await page.locator(rows).evaluateAll((all) => all.map((row) => Number((row as HTMLElement).dataset.alert)))
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toEqual([...ids].sort((a, b) => b - a))
    const resumed = mock.requests.filter(({ path }) => path === '/v1/alerts/stream').at(-1)
    expect(resumed?.headers['last-event-id']).toBe('1')
  })

  it('pages to the end with an honest count', async () => {
    const page = await go('/?state=all')
    await page.getByText('已载入 50 条，还有更早的告警').waitFor()
    for (const count of [100, 132]) {
      await page.getByRole('button', { name: '载入更早的告警' }).click()
      await expect.poll(() => page.locator(rows).count()).toBe(count)
    }
    await page.getByText('已全部载入，共 132 条').waitFor()
  })

  it('keeps filters in the address bar and finds them there again', async () => {
    const page = await go('/')
    await page.getByLabel('级别').selectOption('critical')
    await page.getByLabel('器具种类').selectOption('water_meter')
    await expect.poll(() => page.url()).toContain('severity=critical')
    await expect.poll(() => page.url()).toContain('kind=water_meter')
    await page.getByText(/已全部载入/).waitFor()
    const found = await page.locator(rows).count()
    await page.reload()
    await expect.poll(() => page.locator(rows).count()).toBe(found)
    expect(await page.locator('.row .kind').allTextContents()).toEqual(Array(found).fill('水表'))
    await page.getByRole('button', { name: '清除筛选' }).click()
    await expect.poll(() => page.locator(rows).count()).toBe(50)
  })

  it('opens an alert with its chart, evidence, judge and table, times in Shanghai', async () => {
    const page = await go('/alerts/129', { language: 'en-US' })
    const item = mock.alert(129)
    await page.getByRole('heading', { level: 1, name: item.statement.en }).waitFor()
    await page.locator('.uplot canvas').waitFor()
    await page.getByText('6f1ed002ab5595859014ebf0951522d9d0f4f3a1c7c3c2b0d6f5a8f21b9a4e77').waitFor()
    await page.getByRole('button', { name: 'Table' }).click()
    await page.locator('tr.marked').waitFor()
    expect(await page.locator('tr.marked').textContent()).toContain('Onset')
    const shanghai = new Date(Date.parse(item.since) + 8 * 3_600_000).toISOString().slice(0, 16).replace('T', ' ')
    const since = page.locator('.lead time').first()
    expect(await since.textContent()).toContain(shanghai)
    expect(await since.getAttribute('title')).toContain('UTC')
  })

  it.each([['zh', 'zh-CN'], ['en', 'en-US']] as const)('says severity, limit and cost in one language: %s', async (said, language) => {
    const numbers = Array.from({ length: 132 }, (_, at) => at + 1)
    const item = numbers.map((id) => mock.alert(id)).find(({ mpe_source: limit, cost }) => limit && cost)!
    const page = await go(`/alerts/${item.id}`, { language })
    await page.getByText(item.mpe_source![said]).waitFor()
    await page.locator('.basis').getByText(item.cost!.basis[said]).waitFor()
    const reasons = await page.locator('.reasons li').allTextContents()
    expect(reasons).toEqual(said === 'zh' ? [expect.stringMatching(/^可能涉及/), expect.stringMatching(/“重要”。$/)] : [expect.stringMatching(/^About/), expect.stringMatching(/major/)])
  })

  it('acknowledges with a comment, naming the version that was read', async () => {
    const page = await go('/alerts/129')
    await page.getByLabel('备注').fill('明日现场核查')
    const { version } = mock.alert(129)
    await page.locator('.acknowledge button').click()
    await page.getByText('已确认。').waitFor()
    await page.locator('.history').getByText('明日现场核查').waitFor()
    const sent = mock.requests.find(({ method }) => method === 'POST')
    expect(sent?.headers['if-match']).toBe(`"${version}"`)
    await page.locator('[data-alert="129"]').getByText('已确认').waitFor()
  })

  it('tells the second of two supervisors who was first', async () => {
    const page = await go('/alerts/129')
    await page.getByLabel('备注').waitFor()
    mock.acknowledge(129, '赵强', { silently: true })
    await page.locator('.acknowledge button').click()
    await page.getByText('已有人先行确认').waitFor()
    await page.locator('.acknowledge').getByText(/赵强 已于/).waitFor()
  })

  it('asks to read again what changed meanwhile, and keeps the comment', async () => {
    const page = await go('/alerts/129', { language: 'en-US' })
    await page.getByLabel('Comment').fill('call the operator')
    mock.changeSilently(129)
    await page.locator('.acknowledge button').click()
    await page.getByText('The alert changed while you read it').waitFor()
    expect(await page.getByLabel('Comment').inputValue()).toBe('call the operator')
    await page.locator('.acknowledge button').click()
    await page.getByText('Acknowledged.', { exact: false }).first().waitFor()
    await page.locator('.history').getByText('call the operator').waitFor()
  })

  it('shows a new finding of the open alert and says so', async () => {
    const page = await go('/alerts/129')
    await page.getByText('实时', { exact: true }).waitFor()
    await page.getByLabel('备注').waitFor()
    mock.touch(129)
    await page.getByText(/有新的发现/).waitFor()
  })

  it('offers a viewer no acknowledgement but says whom to ask', async () => {
    const page = await go('/alerts/129', { key: 'hj_view_secret' })
    await page.getByText(/您的密钥只能查看/).waitFor()
    expect(await page.getByLabel('备注').count()).toBe(0)
  })

  it('is worked by keyboard alone, and lets single keys be switched off', async () => {
    const page = await go('/')
    await page.locator(rows).first().waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.keyboard.press('k')
    await page.keyboard.press('j')
    const second = await page.locator(rows).nth(1).getAttribute('data-alert')
    await page.keyboard.press('Enter')
    await expect.poll(() => new URL(page.url()).pathname).toBe(`/alerts/${second}`)
    await page.getByLabel('备注').waitFor()
    await page.keyboard.press('a')
    await page.keyboard.type('jka?')
    expect(await page.getByLabel('备注').inputValue()).toBe('jka?')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    await expect.poll(() => new URL(page.url()).pathname).toBe('/alerts')
    await page.keyboard.press('?')
    await page.getByRole('dialog').getByLabel('单键快捷键').click()
    await page.keyboard.press('Escape')
    const url = page.url()
    await page.keyboard.press('a')
    await page.keyboard.press('?')
    expect(page.url()).toBe(url)
    expect(await page.getByRole('dialog').count()).toBe(0)
  })

  it('keeps language and appearance', async () => {
    const page = await go('/', { language: 'de-DE' })
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN')
    await page.getByRole('button', { name: 'English' }).click()
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByLabel('Dark').check()
    await page.reload()
    await page.locator('.row .state').getByText('Not acknowledged', { exact: true }).first().waitFor()
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark')
    expect(await page.locator('html').getAttribute('lang')).toBe('en')
  })

  it('says what to do where there is nothing', async () => {
    const page = await go('/alerts/99999')
    await page.getByText('未找到').waitFor()
    await page.goto(`${mock.url}/nowhere`)
    await page.getByText('没有这个页面').waitFor()
    await page.goto(`${mock.url}/alerts?site=NONE`)
    await page.getByText('没有符合筛选条件的告警').waitFor()
  })

  it.each([
    [360, 'zh-CN'],
    [360, 'en-US'],
    [1280, 'zh-CN'],
    [1280, 'en-US'],
    [1920, 'en-US'],
  ])('needs no sideways scrolling at %i px in %s', async (width, language) => {
    const page = await go('/', { width, language })
    await page.locator(rows).first().waitFor()
    expect(await overflowing(page)).toEqual([])
    for (const id of [122, 129, 131]) {
      await page.goto(`${mock.url}/alerts/${id}`)
      await page.locator('.uplot canvas').waitFor()
      expect(await overflowing(page)).toEqual([])
    }
    mock.refuseStream(true)
    mock.cut()
    await page.locator('.connection.waiting').waitFor()
    expect(await overflowing(page)).toEqual([])
  })

  it.each([false, true])('has no serious accessibility finding (dark: %s)', async (dark) => {
    const page = await go('/', { dark })
    const findings = async () => {
      await page.evaluate(axe.source)
      return page.evaluate(async () => {
        const { violations } = await (window as unknown as { axe: typeof axe }).axe.run()
        return violations
          .filter(({ impact }) => impact === 'serious' || impact === 'critical')
          .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
      })
    }
    await page.locator(rows).first().waitFor()
    expect(await findings()).toEqual([])
    for (const id of [122, 129]) {
      await page.goto(`${mock.url}/alerts/${id}`)
      await page.locator('.uplot canvas').waitFor()
      expect(await findings()).toEqual([])
    }
    await page.getByRole('button', { name: '表', exact: true }).click()
    await page.getByRole('button', { name: '设置' }).click()
    expect(await findings()).toEqual([])
  })

  it('stays usable through a thousand alerts at once', async () => {
    const page = await go('/alerts/129')
    await page.getByText('实时', { exact: true }).waitFor()
    await page.getByLabel('备注').fill('half a sen')
    for (let n = 0; n < 1000; n += 1) mock.open()
    await page.getByLabel('备注').pressSequentially('tence')
    expect(await page.getByLabel('备注').inputValue()).toBe('half a sentence')
    const newest = mock.open()
    await page.locator(`[data-alert="${newest.id}"]`).waitFor()
  })
})
