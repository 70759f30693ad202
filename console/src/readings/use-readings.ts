import { type Ref, onScopeDispose, readonly, ref, shallowRef, watch } from 'vue'
import { type ReadingsAsked, readings } from '../api/instruments'
import { type Problem, asProblem, wasAborted } from '../api/problem'
import type { Consumption, RawReading } from '../api/types'

export interface Asked extends ReadingsAsked {
  instrument: number
}

/** The readings of one question; the answer to an older question never overwrites a newer one's. */
export function useReadings(asked: Readonly<Ref<Asked | null>>) {
  const items = shallowRef<(RawReading | Consumption)[]>([])
  const unit = ref('')
  const cut = ref(false)
  const loading = ref(true)
  const problem = shallowRef<Problem | null>(null)
  let abort = new AbortController()

  async function load(): Promise<void> {
    abort.abort()
    abort = new AbortController()
    const { signal } = abort
    if (asked.value === null) return
    const { instrument, ...question } = asked.value
    loading.value = true
    problem.value = null
    try {
      const found = await readings<RawReading | Consumption>(instrument, question, signal)
      items.value = found.items
      unit.value = found.unit
      cut.value = found.cut
    } catch (error) {
      if (wasAborted(error)) return
      items.value = []
      problem.value = asProblem(error)
    }
    loading.value = false
  }

  watch(asked, load, { immediate: true })
  onScopeDispose(() => abort.abort())
  return {
    items,
    unit: readonly(unit),
    cut: readonly(cut),
    loading: readonly(loading),
    problem: readonly(problem),
    load,
  }
}
