import { readonly, ref } from 'vue'
import { type AlertItem, SEVERITIES, type Severity } from '../api/types'

/** What a screen reader is told of live arrivals: at most one sentence per 5 s, so that a storm stays bearable. */
const BATCH = 5_000

export interface Announcement {
  count: number
  worst: Severity
}

const current = ref<Announcement | null>(null)
export const announcement = readonly(current)

let count = 0
let worst = SEVERITIES.length - 1
let timer: ReturnType<typeof setTimeout> | null = null

export function announce(arrived: readonly AlertItem[]): void {
  if (arrived.length === 0) return
  count += arrived.length
  for (const alert of arrived) worst = Math.min(worst, SEVERITIES.indexOf(alert.severity))
  timer ??= setTimeout(() => {
    current.value = { count, worst: SEVERITIES[Math.max(0, worst)] ?? 'indeterminate' }
    count = 0
    worst = SEVERITIES.length - 1
    timer = null
  }, BATCH)
}
