/** Shapes of the HTTP API, version 1. Quantities are exact decimals as strings, times RFC 3339 in UTC, units UCUM. */

export interface Wording {
  zh: string
  en: string
}

export const SEVERITIES = ['critical', 'major', 'minor', 'warning', 'indeterminate'] as const
export type Severity = (typeof SEVERITIES)[number]

/** ISA-18.2 short names. */
export const ALERT_STATES = ['UNACK', 'RTNUN', 'ACKED', 'NORM', 'SHLVD', 'DSUPR', 'OOSRV'] as const
export type AlertState = (typeof ALERT_STATES)[number]

export const INSTRUMENT_KINDS = [
  'water_meter',
  'gas_meter',
  'electricity_meter',
  'fuel_dispenser',
  'ev_charger',
  'tank_gauge',
] as const
export type InstrumentKind = (typeof INSTRUMENT_KINDS)[number]

export const CLOSED_REASONS = ['withdrawn', 'handled', 'chance'] as const

export type Grade = 'exact' | 'statistical'
export type Role = 'viewer' | 'supervisor' | 'administrator'

export interface Me {
  name: string
  role: Role
}

export interface Page<Item> {
  items: Item[]
  next: string | null
}

/** `uncertainty` is the expanded one, k = 2, in `unit`; null for an exact statement. */
export interface Magnitude {
  value: string
  uncertainty: string | null
  unit: string
  relative_percent: string | null
  /** That share over the MPE, sign aside, and its expanded uncertainty. */
  mpe_multiple: string | null
  mpe_multiple_uncertainty: string | null
}

export interface Cost {
  amount: string
  currency: string
  basis: Wording
}

/** Quantity × price is the amount, to the fen; null where amounts were compared. */
export interface CostOfFinding extends Cost {
  quantity: string | null
  price: string | null
}

/** `reason` is a code; `wording` says it for whoever has no word of their own for it. */
export interface Closed {
  at: string
  reason: string
  wording: Wording
}

export interface InstrumentOfAlert {
  id: number
  serial: string
  kind: string
  source: string
}

export interface SiteOfAlert {
  code: string
  name: Wording
  time_zone: string
}

/** A source spoken of as a whole. */
export interface SourceOfAlert {
  code: string
  name: string
}

export interface AlertItem {
  id: number
  judge: string
  grade: Grade
  severity: Severity
  state: AlertState
  condition_present: boolean
  acknowledged: { at: string; by: string } | null
  opened_at: string
  /** Onset of the first finding. */
  since: string
  /** Earliest and latest that this onset can be; null where it is exact. */
  since_earliest: string | null
  since_latest: string | null
  last_finding_at: string
  /** How many findings the alert holds. */
  findings: number
  statement: Wording
  /** Either an instrument at its site, or a source as a whole, is spoken of; the other is null. */
  instrument: InstrumentOfAlert | null
  site: SiteOfAlert | null
  source: SourceOfAlert | null
  magnitude: Magnitude
  /** Of the gravest finding; null for an exact claim. */
  p_value: number | null
  q_value: number | null
  mpe_percent: string | null
  mpe_source: Wording | null
  cost: Cost | null
  register: string | null
  closed: Closed | null
  /** Grows with every change; a write names it as its entity tag. */
  version: number
}

export interface Finding {
  id: number
  onset: string
  /** Earliest and latest that the onset can be; null where it is exact. */
  onset_earliest: string | null
  onset_latest: string | null
  until: string | null
  statement: Wording
  magnitude: Magnitude
  confidence: {
    p_value: number | null
    false_alarms_per_1000_instrument_years: number | null
    /** Of findings at least as strong, the share that is chance, at most. */
    q_value: number | null
    /** Whether it may open an alert. */
    stands_out: boolean
    /** These figures in words. */
    meaning: Wording
  }
  cost: CostOfFinding | null
  /** The data that the claim was made from. */
  evidence_from: string | null
  evidence_to: string | null
  judge_version: string
  policy_hash: string
  evidence: Record<string, unknown>
  withdrawn_at: string | null
}

export interface Judge {
  name: string
  version: string
  grade: Grade
  question: Wording
  method: string
  parameters: Record<string, unknown>
  policy_hash: string
}

export interface HistoryEntry {
  at: string
  who: string
  action: string
  detail: Record<string, unknown>
}

export interface AlertDetail extends Omit<AlertItem, 'findings' | 'judge'> {
  /** The latest ones; `findings_count` is all that were gathered. */
  findings: Finding[]
  findings_count: number
  severity_reasons: Wording[]
  /** Null where no judge of that name was ever entered. */
  judge: Judge | null
  history: HistoryEntry[]
  /** How a supervisor can check the claim. */
  check: Wording | null
}

/** `judged` is null where the judge told how many it could not judge, but not which. */
export interface JudgedLast {
  judge: string
  first: string
  last: string
  judged: boolean | null
  reasons: string[]
}

export interface Register {
  name: string
  unit: string
  resolution: string
  cumulative: boolean
}

export interface Instrument {
  id: number
  serial: string
  kind: string
  source: string
  accuracy_class: string | null
  size: string | null
  model: string | null
  installed_on: string | null
  enrolled_at: string
  /** Coordinates in CGCS2000 [degree]. */
  site: SiteOfAlert & { region_code: string | null; latitude: number | null; longitude: number | null }
  operator: { uscc: string; name: Wording } | null
  registers: Register[]
  open_alerts: number
}

export const STEPS = ['raw', 'hour', 'day'] as const
export type Step = (typeof STEPS)[number]

export interface RawReading {
  taken_at: string
  value: string
  received_at: string
}

export interface Estimate {
  consumption: string
  /** Expanded uncertainty, k = 2. */
  uncertainty: string
  method: 'linear' | 'like_days'
  like_days: number
}

/** What the figures of a day rest on: no alert. */
export interface QualityFlag {
  code: string
  rule: string
  standing: 'valid' | 'suspect' | 'missing'
  title: Wording
  reason: Wording
}

export interface Consumption {
  start: string
  end: string
  /** As measured; an estimate never stands in its place. */
  consumption: string | null
  readings: number
  quality: 'measured' | 'estimated' | 'unknown'
  estimate: Estimate | null
  flags: QualityFlag[]
}

export interface ReadingsPage<Item> extends Page<Item> {
  register: string
  unit: string
  step: Step
}
