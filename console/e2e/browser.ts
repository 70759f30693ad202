import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, type Page, chromium } from 'playwright-core'

/** The distribution's browser; CHROMIUM names another one. */
export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
export const hasBrowser = existsSync(CHROMIUM)
if (!hasBrowser && process.env.HENGJIAN_REQUIRE_SERVICES === '1') throw new Error(`no browser at ${CHROMIUM}`)

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export interface Visit {
  page: Page
  context: BrowserContext
  /** What the browser complained of: errors, refused policies, requests to anywhere but the console's own origin. */
  complaints: string[]
  close: () => Promise<void>
}

export interface VisitOptions {
  language?: string
  width?: number
  dark?: boolean
}

/** Opens a page in a fresh browser from which nothing but `origin` can be reached. */
export async function visit(origin: string, { language = 'zh-CN', width = 1280, dark = false }: VisitOptions = {}): Promise<Visit> {
  const profile = mkdtempSync(join(tmpdir(), 'hengjian-chromium-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    args: FLAGS,
    locale: language,
    colorScheme: dark ? 'dark' : 'light',
    viewport: { width, height: 800 },
    // The console must not lean on the computer's own zone.
    timezoneId: 'America/New_York',
  })
  const complaints: string[] = []
  await context.route('**/*', (route) => {
    if (new URL(route.request().url()).origin === new URL(origin).origin) return route.continue()
    complaints.push(`request to ${route.request().url()}`)
    return route.abort()
  })
  const page = context.pages()[0] ?? (await context.newPage())
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    // An answer that is a problem is written to the console by the browser itself; it is no fault of the page.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(message.text())
  })
  return {
    page,
    context,
    complaints,
    close: async () => {
      await context.close()
      rmSync(profile, { recursive: true, force: true })
    },
  }
}

/** Elements that reach beyond the right edge, where a reader would have to scroll sideways. */
export function overflowing(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('body *')]
      .filter((element) => {
        const box = element.getBoundingClientRect()
        return box.width > 0 && box.right > innerWidth + 1 && !element.closest('.scrolls, .hidden, .uplot')
      })
      .map((element) => `${element.tagName}.${element.className}`),
  )
}
