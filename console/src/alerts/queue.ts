import type { AlertItem, Page } from '../api/types'

/**
 * The alert queue as a value, newest first by id, each alert once.
 *
 * No gap: the feed is connected before the first page is read, and what arrives meanwhile is merged by version.
 * No repeat: an alert is known by its id; an event at or below the version held changes nothing.
 */
export interface Queue {
  items: readonly AlertItem[]
  /** Arrived live while the reader was further down: shown when asked for, so that nothing moves under the hand. */
  held: readonly AlertItem[]
  /** Cursor of the next older page; null when all is loaded. */
  next: string | null
  /** False until a first page has come: live arrivals wait in `held`. */
  loaded: boolean
}

/** Beyond this many, arrivals are counted by reading the first page anew instead of being kept one by one. */
export const MOST_HELD = 500

export const EMPTY: Queue = { items: [], held: [], next: null, loaded: false }

export type Change =
  | { type: 'first page'; page: Page<AlertItem>; belongs: (alert: AlertItem) => boolean }
  | { type: 'older page'; page: Page<AlertItem> }
  | { type: 'arrived'; alerts: readonly AlertItem[]; belongs: (alert: AlertItem) => boolean; hold: boolean }
  | { type: 'show held' }
  | { type: 'cleared' }

export function changed(queue: Queue, change: Change): Queue {
  switch (change.type) {
    case 'cleared':
      return EMPTY
    case 'first page': {
      // A page read from the server may be older than an event already here: the higher version wins.
      const { items: page, next } = change.page
      const newest = page[0]?.id ?? -Infinity
      const ids = new Set(page.map((alert) => alert.id))
      const held = queue.held.filter((alert) => ids.has(alert.id) || (alert.id > newest && change.belongs(alert)))
      return { items: merge(page, held), held: [], next, loaded: true }
    }
    case 'older page':
      return { ...queue, items: merge(queue.items, change.page.items), next: change.page.next }
    case 'show held':
      return { ...queue, items: merge(queue.items, queue.held), held: [] }
    case 'arrived':
      return arrived(queue, change.alerts, change.belongs, change.hold)
  }
}

function arrived(
  queue: Queue,
  alerts: readonly AlertItem[],
  belongs: (alert: AlertItem) => boolean,
  hold: boolean,
): Queue {
  const listed = new Set(queue.items.map((alert) => alert.id))
  // An alert on the list stays there with its new state, even if it no longer belongs: rows do not vanish while read.
  const updates = alerts.filter((alert) => listed.has(alert.id))
  const fresh = alerts.filter((alert) => !listed.has(alert.id))
  let items = updates.length > 0 ? merge(queue.items, updates) : queue.items
  // Before the first page all are kept: one that no longer belongs must still overrule the page's older version of it.
  if (!queue.loaded) return { ...queue, held: merge(queue.held, alerts) }
  let held = merge(queue.held, fresh).filter(belongs)
  // Older than the last row and not yet loaded: its page will bring it in its place.
  const oldest = queue.items.at(-1)
  if (queue.next !== null && oldest) held = held.filter((alert) => alert.id > oldest.id)
  if (!hold) {
    items = merge(items, held)
    held = []
  }
  return { ...queue, items, held }
}

/** Both lists as one: by id descending, of two versions the higher. */
export function merge(one: readonly AlertItem[], other: readonly AlertItem[]): AlertItem[] {
  const byId = new Map<number, AlertItem>()
  for (const alert of [...one, ...other]) {
    const known = byId.get(alert.id)
    if (!known || alert.version > known.version) byId.set(alert.id, alert)
  }
  return [...byId.values()].sort((a, b) => b.id - a.id)
}
