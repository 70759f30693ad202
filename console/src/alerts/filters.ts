import type { LocationQuery } from 'vue-router'
import type { Query } from '../api/client'
import { type AlertItem, INSTRUMENT_KINDS, SEVERITIES } from '../api/types'

/** What the queue may be narrowed to; the address bar is where it lives. */
export const STATE_FILTERS = ['open', 'unacknowledged', 'acknowledged', 'closed', 'all'] as const
export type StateFilter = (typeof STATE_FILTERS)[number]

/** Narrowed by links rather than by a control; shown as a removable mark. */
export const LINKED = ['instrument', 'site', 'source', 'judge'] as const

export interface Filters {
  state: StateFilter
  kind: string
  severity: string
  instrument: string
  site: string
  source: string
  judge: string
}

const one = (value: LocationQuery[string] | undefined): string =>
  (Array.isArray(value) ? value[0] : value)?.trim() ?? ''

const among = (value: string, allowed: readonly string[]): string => (allowed.includes(value) ? value : '')

/** Reads the address bar; what it does not know it leaves out, so an old link still opens. */
export function filtersOf(query: LocationQuery): Filters {
  return {
    state: (among(one(query.state), STATE_FILTERS) || 'open') as StateFilter,
    kind: among(one(query.kind), INSTRUMENT_KINDS),
    severity: among(one(query.severity), SEVERITIES),
    instrument: /^\d+$/.test(one(query.instrument)) ? one(query.instrument) : '',
    site: one(query.site),
    source: one(query.source),
    judge: one(query.judge),
  }
}

/** The query of the address bar: defaults are left out to keep links short. */
export function queryOf(filters: Filters): Record<string, string> {
  const query: Record<string, string> = {}
  for (const [name, value] of Object.entries(filters)) {
    if (value && !(name === 'state' && value === 'open')) query[name] = value
  }
  return query
}

/** The query of the API. */
export function asked(filters: Filters): Query {
  return { ...filters }
}

export function narrowed(filters: Filters): boolean {
  return Object.keys(queryOf(filters)).length > 0
}

const STANDS: Record<StateFilter, (alert: AlertItem) => boolean> = {
  open: (alert) => alert.closed === null,
  unacknowledged: (alert) => alert.closed === null && alert.acknowledged === null,
  acknowledged: (alert) => alert.closed === null && alert.acknowledged !== null,
  closed: (alert) => alert.closed !== null,
  all: () => true,
}

/** Whether an alert that arrives live belongs to the list: the same question as the API's filter. */
export function matches(filters: Filters, alert: AlertItem): boolean {
  return (
    STANDS[filters.state](alert) &&
    (!filters.kind || alert.instrument?.kind === filters.kind) &&
    (!filters.severity || alert.severity === filters.severity) &&
    (!filters.instrument || String(alert.instrument?.id) === filters.instrument) &&
    (!filters.site || alert.site?.code === filters.site) &&
    (!filters.source || (alert.instrument?.source ?? alert.source?.code) === filters.source) &&
    (!filters.judge || alert.judge === filters.judge)
  )
}
