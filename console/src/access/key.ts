import { readonly, ref } from 'vue'

/** The API key lives for the tab alone (sessionStorage): a shared office computer keeps nothing overnight. */
const STORED = 'hengjian.key'

export type WhyNoKey = 'none' | 'refused' | 'left'

const held = ref('')
const why = ref<WhyNoKey>('none')
export const key = readonly(held)
export const whyNoKey = readonly(why)

/** Takes `#key=…` out of an address; null when it carries none. The rest of the fragment stays. */
export function keyInFragment(fragment: string): { key: string; rest: string } | null {
  const parameters = new URLSearchParams(fragment.replace(/^#/, ''))
  const found = parameters.get('key')?.trim()
  if (!found) return null
  parameters.delete('key')
  const rest = parameters.toString()
  return { key: found, rest: rest ? `#${rest}` : '' }
}

/** At start: the key of the address bar first (and out of it at once), else the tab's. */
export function findKey(): void {
  const given = keyInFragment(location.hash)
  if (given) {
    history.replaceState(history.state, '', location.pathname + location.search + given.rest)
    keepKey(given.key)
    return
  }
  held.value = sessionStorage.getItem(STORED) ?? ''
}

export function keepKey(value: string): void {
  held.value = value
  sessionStorage.setItem(STORED, value)
}

export function forgetKey(reason: WhyNoKey): void {
  held.value = ''
  why.value = reason
  sessionStorage.removeItem(STORED)
}
