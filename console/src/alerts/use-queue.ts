import { type Ref, computed, onScopeDispose, readonly, ref, shallowRef, watch } from 'vue'
import { alerts as readAlerts } from '../api/alerts'
import { type Problem, asProblem, wasAborted } from '../api/problem'
import type { AlertItem } from '../api/types'
import { announce } from '../frame/announcer'
import { listen } from '../frame/live'
import { type Filters, asked, matches } from './filters'
import { EMPTY, MOST_HELD, changed } from './queue'

const PAGE = 50

/** The queue of one set of filters, kept current by the live feed; `holding` says when arrivals must wait. */
export function useQueue(filters: Readonly<Ref<Filters>>, holding: Readonly<Ref<boolean>>) {
  const queue = shallowRef(EMPTY)
  const problem = shallowRef<Problem | null>(null)
  const moreProblem = shallowRef<Problem | null>(null)
  const loadingMore = ref(false)
  let abort = new AbortController()
  const belongs = (alert: AlertItem) => matches(filters.value, alert)

  /** Reads the first page; what is shown meanwhile stays, unless the question itself changed. */
  async function load(): Promise<void> {
    abort.abort()
    abort = new AbortController()
    loadingMore.value = false
    try {
      const page = await readAlerts({ ...asked(filters.value), limit: PAGE }, abort.signal)
      queue.value = changed(queue.value, { type: 'first page', page, belongs })
      problem.value = null
    } catch (error) {
      if (!wasAborted(error)) problem.value = asProblem(error)
    }
  }

  async function more(): Promise<void> {
    const cursor = queue.value.next
    if (cursor === null || loadingMore.value) return
    loadingMore.value = true
    moreProblem.value = null
    const { signal } = abort
    try {
      const page = await readAlerts({ ...asked(filters.value), limit: PAGE, cursor }, signal)
      queue.value = changed(queue.value, { type: 'older page', page })
    } catch (error) {
      if (!wasAborted(error)) moreProblem.value = asProblem(error)
    } finally {
      if (!signal.aborted) loadingMore.value = false
    }
  }

  function showHeld(): void {
    // After a storm the present is read anew: the list stays as long as a person can use.
    if (queue.value.held.length >= MOST_HELD) void load()
    else queue.value = changed(queue.value, { type: 'show held' })
  }

  watch(
    filters,
    () => {
      queue.value = changed(queue.value, { type: 'cleared' })
      problem.value = null
      moreProblem.value = null
      void load()
    },
    { immediate: true },
  )
  watch(holding, (hold) => {
    if (!hold && queue.value.held.length > 0) showHeld()
  })

  const stop = listen({
    // A stream that begins anew says nothing of what happened before: read the present once it stands.
    opened: (resumed) => {
      if (!resumed) void load()
    },
    arrived: (arrivals) => {
      const known = new Set([...queue.value.items, ...queue.value.held].map((alert) => alert.id))
      queue.value = changed(queue.value, { type: 'arrived', alerts: arrivals, belongs, hold: holding.value })
      if (queue.value.loaded) announce(arrivals.filter((alert) => !known.has(alert.id) && belongs(alert)))
      if (!holding.value && queue.value.items.length > MOST_HELD + PAGE && queue.value.next === null) void load()
    },
  })
  onScopeDispose(() => {
    stop()
    abort.abort()
  })

  return {
    items: computed(() => queue.value.items),
    held: computed(() => queue.value.held.length),
    next: computed(() => queue.value.next),
    loaded: computed(() => queue.value.loaded),
    problem: readonly(problem),
    moreProblem: readonly(moreProblem),
    loadingMore: readonly(loadingMore),
    load,
    more,
    showHeld,
  }
}
