import { describe, expect, it, vi } from 'vitest'
// Loaded before the document is stubbed, which Vue looks at when it loads.
import 'vue'
import { EXPLAINED, EXPLAINED_CODES } from '../src/api/problem'
import { ALERT_STATES, CLOSED_REASONS, INSTRUMENT_KINDS, SEVERITIES } from '../src/api/types'
import { en } from '../src/languages/en'
import { zhCN } from '../src/languages/zh-CN'

vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined })
vi.stubGlobal('navigator', { languages: ['zh-CN'] })
vi.stubGlobal('document', { documentElement: { lang: '' } })
const { i18n, startingLanguage, wording } = await import('../src/languages')
const { closedReason } = await import('../src/alerts/names')

type Texts = { [name: string]: string | Texts }

function leaves(texts: Texts, prefix = ''): [string, string][] {
  return Object.entries(texts).flatMap(([name, text]): [string, string][] =>
    typeof text === 'string' ? [[prefix + name, text]] : leaves(text, `${prefix}${name}.`),
  )
}
const zh = new Map(leaves(zhCN))
const english = new Map(leaves(en))
const placeholders = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort()

describe('the two languages', () => {
  it('have the same texts', () => {
    expect([...english.keys()].sort()).toEqual([...zh.keys()].sort())
  })

  it('leave no text empty', () => {
    for (const [path, text] of [...zh, ...english]) expect(text.trim(), path).not.toBe('')
  })

  it('fill in the same placeholders', () => {
    for (const [path, text] of zh) expect(placeholders(english.get(path) ?? ''), path).toEqual(placeholders(text))
  })

  it('carry no Chinese in the English but the name of the other language', () => {
    const mixed = [...english].filter(([, text]) => /\p{Script=Han}/u.test(text)).map(([path]) => path)
    expect(mixed).toEqual(['language.other'])
  })

  it('compile, each and every text', () => {
    for (const locale of ['zh-CN', 'en'] as const) {
      i18n.global.locale.value = locale
      for (const path of zh.keys()) {
        const said = i18n.global.t(path, { count: 2, name: 'N', value: 'V' }, 2)
        expect(said, path).not.toBe(path)
        expect(said, path).not.toContain('|')
      }
    }
  })

  it('name every severity, state, reason of closing, kind and explained problem', () => {
    for (const texts of [zh, english]) {
      for (const name of SEVERITIES) expect(texts.has(`severity.${name}`)).toBe(true)
      for (const name of ALERT_STATES) expect(texts.has(`state.${name}`)).toBe(true)
      for (const name of CLOSED_REASONS) expect(texts.has(`closedReason.${name}`)).toBe(true)
      for (const name of INSTRUMENT_KINDS) expect(texts.has(`kind.${name}`)).toBe(true)
      for (const name of [...EXPLAINED.map((status) => `s${status}`), ...EXPLAINED_CODES]) {
        expect(texts.has(`problem.${name}.title`)).toBe(true)
        expect(texts.has(`problem.${name}.advice`)).toBe(true)
      }
    }
  })
})

describe('the starting language', () => {
  it.each([
    ['a kept choice first', 'en', ['zh-CN'], 'en'],
    ['else the first of the browser that we speak', null, ['fr', 'en-GB', 'zh-CN'], 'en'],
    ['any Chinese counts as Chinese', null, ['zh-TW'], 'zh-CN'],
    ['Chinese where the browser speaks neither', null, ['de'], 'zh-CN'],
    ['a kept choice we no longer speak is passed over', 'fr', ['en'], 'en'],
  ])('%s', (_name, kept, browser, chosen) => {
    expect(startingLanguage(kept, browser)).toBe(chosen)
  })
})

it('says a wording in the language asked for, and plain text as it is', () => {
  expect(wording({ zh: '表', en: 'meter' }, 'en')).toBe('meter')
  expect(wording({ zh: '表', en: '' }, 'en')).toBe('表')
  expect(wording('27 m³ × 2.9', 'zh-CN')).toBe('27 m³ × 2.9')
  expect(wording(null, 'en')).toBe('')
})

it('says why an alert was closed in the language chosen, and what the interface says of a reason it has no word for', () => {
  const said = (reason: string) => closedReason({ reason, wording: { zh: '另有原因', en: 'something else' } })
  i18n.global.locale.value = 'zh-CN'
  expect(said('withdrawn')).toBe(zhCN.closedReason.withdrawn)
  expect(said('merged')).toBe('另有原因')
  i18n.global.locale.value = 'en'
  expect(said('withdrawn')).toBe(en.closedReason.withdrawn)
  expect(said('merged')).toBe('something else')
})
