import type { Consumption, Estimate, QualityFlag, RawReading, Step } from '../api/types'
import { approximately, decimal, difference } from '../formats/decimal'

/** One row of the readings, the same for chart and table: exact as text, approximate for drawing. */
export interface Row {
  at: string
  /** Exact value as received; null where there is none. */
  value: string | null
  /** Change since the reading before, exact; for single readings of a cumulative register. */
  change: string | null
  receivedAt: string | null
  /** How many readings a period rests on. */
  count: number | null
  /** What was estimated of a period, exact; it is told beside what was measured and never drawn as such. */
  estimate: Estimate | null
  flags: readonly QualityFlag[]
}

export function rowsOf(step: Step, items: readonly (RawReading | Consumption)[], cumulative: boolean): Row[] {
  if (step !== 'raw') {
    return (items as readonly Consumption[]).map((item) => ({
      at: item.start,
      value: item.consumption,
      change: null,
      receivedAt: null,
      count: item.readings,
      estimate: item.estimate,
      flags: item.flags,
    }))
  }
  const sorted = [...(items as readonly RawReading[])].sort((a, b) => Date.parse(a.taken_at) - Date.parse(b.taken_at))
  return sorted.map((item, at) => {
    const before = sorted[at - 1]
    return {
      at: item.taken_at,
      value: item.value,
      change: cumulative && before ? difference(item.value, before.value) : null,
      receivedAt: item.received_at ?? null,
      count: null,
      estimate: null,
      flags: [],
    }
  })
}

/** Seconds and values for drawing; a pause of several intervals becomes a hole, not a line across it. */
export function drawn(rows: readonly Row[], step: Step): [number[], (number | null)[]] {
  const times: number[] = []
  const values: (number | null)[] = []
  const seconds = rows.map((row) => Date.parse(row.at) / 1000)
  const pause = step === 'raw' ? 3.5 * usualInterval(seconds) : Infinity
  rows.forEach((row, at) => {
    const time = seconds[at] as number
    const last = times.at(-1)
    if (last !== undefined && time - last > pause) {
      times.push(last + 1)
      values.push(null)
    }
    times.push(time)
    values.push(row.value === null ? null : approximately(row.value))
  })
  return [times, values]
}

function usualInterval(seconds: readonly number[]): number {
  const steps = seconds.slice(1).map((time, at) => time - (seconds[at] as number))
  steps.sort((a, b) => a - b)
  return steps[Math.floor(steps.length / 2)] ?? Infinity
}

/** Index of the first row at or after an instant; the last row if none is. */
export function rowAt(rows: readonly Row[], instant: string): number {
  const wanted = Date.parse(instant)
  const found = rows.findIndex((row) => Date.parse(row.at) >= wanted)
  return found < 0 ? Math.max(0, rows.length - 1) : found
}

export const shownValue = (row: Row) => (row.value === null ? null : decimal(row.value))
