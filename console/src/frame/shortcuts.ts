import { onScopeDispose, ref } from 'vue'

const STORED = 'hengjian.shortcuts'

/** Single-key shortcuts can be switched off (WCAG 2.1.4); Escape and Enter stay, they are no characters. */
export const shortcutsOn = ref(localStorage.getItem(STORED) !== 'off')

export function switchShortcuts(on: boolean): void {
  shortcutsOn.value = on
  localStorage.setItem(STORED, on ? 'on' : 'off')
}

/** What a key does; false says that it was not for this listener, and the next one may have it. */
export type Shortcuts = Partial<Record<'j' | 'k' | 'a' | '?' | 'Escape', () => unknown>>

/** True while letters belong to a field that is being written in. */
export function writing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))
  )
}

/** Binds keys for as long as the calling component lives. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const pressed = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return
    const act = shortcuts[event.key as keyof Shortcuts]
    if (!act) return
    if (event.key !== 'Escape' && (!shortcutsOn.value || writing(event.target))) return
    // An open dialog has the keyboard for itself; it closes on Escape by its own means.
    if (document.querySelector('dialog[open]')) return
    if (act() !== false) event.preventDefault()
  }
  window.addEventListener('keydown', pressed)
  onScopeDispose(() => window.removeEventListener('keydown', pressed))
}
