import { type Ref, onScopeDispose, readonly, ref, shallowRef, watch } from 'vue'
import { alert as readAlert } from '../api/alerts'
import { type Problem, asProblem, wasAborted } from '../api/problem'
import type { AlertDetail } from '../api/types'
import { listen } from '../frame/live'

/** One open alert, kept current: a newer version on the feed is fetched whole. */
export function useAlert(id: Readonly<Ref<number>>) {
  const alert = shallowRef<AlertDetail | null>(null)
  const problem = shallowRef<Problem | null>(null)
  /** True after somebody else's change came in while the page was open. */
  const updated = ref(false)
  let abort = new AbortController()

  async function load(): Promise<void> {
    abort.abort()
    abort = new AbortController()
    try {
      alert.value = (await readAlert(id.value, abort.signal)).body
      problem.value = null
    } catch (error) {
      if (wasAborted(error)) return
      problem.value = asProblem(error)
      if (problem.value.status === 404) alert.value = null
    }
  }

  watch(
    id,
    () => {
      alert.value = null
      problem.value = null
      updated.value = false
      void load()
    },
    { immediate: true },
  )

  const stop = listen({
    opened: (resumed) => {
      if (!resumed && alert.value) void load()
    },
    arrived: (arrivals) => {
      const held = alert.value
      const newer = arrivals.some((arrived) => held && arrived.id === held.id && arrived.version > held.version)
      if (!newer || !held) return
      const findings = held.findings.length
      void load().then(() => {
        if (alert.value && alert.value.findings.length > findings) updated.value = true
      })
    },
  })
  onScopeDispose(() => {
    stop()
    abort.abort()
  })

  return { alert: readonly(alert) as Readonly<Ref<AlertDetail | null>>, problem: readonly(problem), updated, load }
}
