import type { Step } from '../api/types'

/** Which stretch of readings is looked at, and how finely. */

export const SPANS = ['onset', 'month', 'all'] as const
export type Span = (typeof SPANS)[number]

export interface Stretch {
  from: Date
  to: Date
}

const DAY = 86_400_000

/** The stretch a span stands for; it never reaches beyond now. */
export function stretch(span: Span, onset: Date, now: Date): Stretch {
  const days = { onset: 3, month: 30, all: 30 }[span]
  const from = new Date(onset.getTime() - days * DAY)
  const end = span === 'all' ? now.getTime() : Math.min(now.getTime(), onset.getTime() + days * DAY)
  return { from, to: new Date(Math.max(end, onset.getTime() + 3_600_000)) }
}

/** The span that shows a finding of this length whole, and something of the time before it. */
export function startingSpan(onset: Date, last: Date): Span {
  const days = (last.getTime() - onset.getTime()) / DAY
  if (days <= 3) return 'onset'
  return days <= 30 ? 'month' : 'all'
}

/** Single readings below ten days, hours up to a month, days beyond; a momentary register has no consumption. */
export function startingStep({ from, to }: Stretch, cumulative: boolean): Step {
  if (!cumulative) return 'raw'
  const days = (to.getTime() - from.getTime()) / DAY
  if (days < 10) return 'raw'
  return days <= 31 ? 'hour' : 'day'
}
