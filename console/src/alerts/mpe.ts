import type { Magnitude } from '../api/types'
import { approximately } from '../formats/decimal'

export type Verdict = 'exceeds' | 'within' | 'inconclusive' | 'beyondExact' | 'withinExact'

export interface AgainstMpe {
  verdict: Verdict
  /** Relative effect, its expanded uncertainty and the limit [%]: for drawing, not for reporting. */
  relative: number
  spread: number
  limit: number
}

/** The relative effect against the MPE, three answers and never two: an uncertainty that spans the limit decides nothing. */
export function againstMpe(magnitude: Magnitude, mpePercent: string | null): AgainstMpe | null {
  if (magnitude.relative_percent === null || mpePercent === null) return null
  const relative = approximately(magnitude.relative_percent)
  const limit = Math.abs(approximately(mpePercent))
  const value = approximately(magnitude.value)
  if (!Number.isFinite(relative) || !Number.isFinite(limit)) return null
  if (magnitude.uncertainty === null) {
    return { verdict: Math.abs(relative) > limit ? 'beyondExact' : 'withinExact', relative, spread: 0, limit }
  }
  const uncertainty = approximately(magnitude.uncertainty)
  // The relative uncertainty follows from the absolute one by the same scale as the effect does.
  const spread = value === 0 ? Infinity : Math.abs((relative / value) * uncertainty)
  const least = Math.abs(relative) - spread
  const most = Math.abs(relative) + spread
  const verdict = least > limit ? 'exceeds' : most <= limit ? 'within' : 'inconclusive'
  return { verdict, relative, spread, limit }
}
