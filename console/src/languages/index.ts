import { watch } from 'vue'
import { createI18n } from 'vue-i18n'
import type { Wording } from '../api/types'
import { en } from './en'
import { zhCN } from './zh-CN'

export const LANGUAGES = ['zh-CN', 'en'] as const
export type Language = (typeof LANGUAGES)[number]

const STORED = 'hengjian.language'

/** The kept choice, else the first of the browser's languages that we speak, else Chinese. */
export function startingLanguage(kept: string | null, browser: readonly string[]): Language {
  if ((LANGUAGES as readonly string[]).includes(kept ?? '')) return kept as Language
  for (const tag of browser) {
    if (/^zh\b/i.test(tag)) return 'zh-CN'
    if (/^en\b/i.test(tag)) return 'en'
  }
  return 'zh-CN'
}

export const i18n = createI18n({
  legacy: false,
  locale: startingLanguage(localStorage.getItem(STORED), navigator.languages),
  fallbackLocale: 'zh-CN',
  messages: { 'zh-CN': zhCN, en },
})

export function speak(language: Language): void {
  i18n.global.locale.value = language
  localStorage.setItem(STORED, language)
}

watch(
  i18n.global.locale,
  (language) => {
    document.documentElement.lang = language
  },
  { immediate: true },
)

/** The wording in the reader's language; plain text stays as it is. */
export function wording(value: Wording | string | null | undefined, language: string): string {
  if (!value) return ''
  if (typeof value === 'string') return value
  return (language === 'en' ? value.en : value.zh) || value.zh || value.en
}
