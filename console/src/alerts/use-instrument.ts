import { type Ref, onScopeDispose, readonly, shallowRef, watch } from 'vue'
import { instrument as readInstrument } from '../api/instruments'
import { type Problem, asProblem, wasAborted } from '../api/problem'
import type { Instrument } from '../api/types'

/** The instrument of an alert: its registers and identity. */
export function useInstrument(id: Readonly<Ref<number | null>>) {
  const instrument = shallowRef<Instrument | null>(null)
  const problem = shallowRef<Problem | null>(null)
  let abort = new AbortController()

  async function load(): Promise<void> {
    abort.abort()
    abort = new AbortController()
    instrument.value = null
    problem.value = null
    if (id.value === null) return
    try {
      instrument.value = await readInstrument(id.value, abort.signal)
    } catch (error) {
      if (!wasAborted(error)) problem.value = asProblem(error)
    }
  }

  watch(id, load, { immediate: true })
  onScopeDispose(() => abort.abort())
  return { instrument: readonly(instrument) as Readonly<Ref<Instrument | null>>, problem: readonly(problem), load }
}
