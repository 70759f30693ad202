import { readonly, shallowRef } from 'vue'
import { key } from '../access/key'
import { type Connection, LiveFeed } from '../api/live-feed'
import type { AlertItem } from '../api/types'

/** The one live feed of the tab; pages listen, the top bar shows how it stands. */

type Listener = { opened(resumed: boolean): void; arrived(alerts: AlertItem[]): void }

const state = shallowRef<Connection>({ state: 'connecting' })
export const connection = readonly(state)

const listeners = new Set<Listener>()
let feed: LiveFeed | null = null
let gathered: AlertItem[] = []
let flushing = false

/** Events of one moment reach the page as one change: a storm costs a few renderings, not thousands. */
const FLUSH = 250

function flush(): void {
  flushing = false
  const alerts = gathered
  gathered = []
  for (const listener of listeners) listener.arrived(alerts)
}

function read(data: string): AlertItem | null {
  try {
    return JSON.parse(data) as AlertItem
  } catch {
    return null
  }
}

export function startFeed(): void {
  stopFeed()
  feed = new LiveFeed(
    '/v1/alerts/stream',
    {
      opened: (resumed) => listeners.forEach((listener) => listener.opened(resumed)),
      event: ({ event, data }) => {
        if (!event.startsWith('alert.')) return
        const alert = read(data)
        if (alert === null) {
          // An event that cannot be read is a gap: the present is read anew instead.
          listeners.forEach((listener) => listener.opened(false))
          return
        }
        gathered.push(alert)
        if (!flushing) setTimeout(flush, FLUSH)
        flushing = true
      },
      connection: (connection) => (state.value = connection),
    },
    { key: () => key.value, fetch: (...given) => fetch(...given), now: Date.now, random: Math.random },
  )
  feed.start()
}

export function stopFeed(): void {
  feed?.close()
  feed = null
  gathered = []
}

export const retryNow = () => feed?.retryNow()
window.addEventListener('online', retryNow)

/** Listens until the returned function is called. */
export function listen(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Passes on what this tab learnt by its own doing, without waiting for the feed to say it too. */
export function tell(alert: AlertItem): void {
  for (const listener of listeners) listener.arrived([alert])
}
