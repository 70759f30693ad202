import { computed, ref } from 'vue'

export const THEMES = ['auto', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const STORED = 'hengjian.theme'
const system = matchMedia('(prefers-color-scheme: dark)')
const systemIsDark = ref(system.matches)
system.addEventListener('change', (event) => (systemIsDark.value = event.matches))

const kept = localStorage.getItem(STORED)
export const theme = ref<Theme>((THEMES as readonly string[]).includes(kept ?? '') ? (kept as Theme) : 'auto')
export const dark = computed(() => (theme.value === 'auto' ? systemIsDark.value : theme.value === 'dark'))

/** `auto` leaves the choice to the style sheet's media query; the others override it. */
export function applyTheme(chosen: Theme): void {
  theme.value = chosen
  localStorage.setItem(STORED, chosen)
  if (chosen === 'auto') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = chosen
}
