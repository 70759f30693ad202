import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const text = readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')
const lock = JSON.parse(text) as { packages: Record<string, { integrity?: string }> }

it('locks packages by hash and names no host (npm run lock)', () => {
  expect(text).not.toContain('://')
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path !== '') expect(entry.integrity, path).toMatch(/^sha512-/)
  }
})
