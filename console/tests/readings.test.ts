import { describe, expect, it } from 'vitest'
import { drawn, rowAt, rowsOf } from '../src/readings/series'
import { startingSpan, startingStep, stretch } from '../src/readings/window'

const onset = new Date('2026-11-10T00:00:00Z')
const now = new Date('2026-11-22T00:00:00Z')
const at = (minutes: number) => new Date(onset.getTime() + minutes * 60_000).toISOString()

describe('the stretch of readings', () => {
  it('lies around the onset and never reaches beyond now', () => {
    expect(stretch('onset', onset, now).to.toISOString()).toBe('2026-11-13T00:00:00.000Z')
    expect(stretch('month', onset, now)).toEqual({ from: new Date('2026-10-11T00:00:00Z'), to: now })
    expect(stretch('all', onset, now).to).toEqual(now)
  })

  it('starts with the span that shows the whole finding', () => {
    const after = (days: number) => new Date(onset.getTime() + days * 86_400_000)
    expect([0, 3, 4, 30, 31].map((days) => startingSpan(onset, after(days)))).toEqual([
      'onset',
      'onset',
      'month',
      'month',
      'all',
    ])
  })

  it('shows single readings below ten days, then hours, then days', () => {
    const days = (count: number) => ({ from: onset, to: new Date(onset.getTime() + count * 86_400_000) })
    expect([6, 9.9, 10, 31, 32].map((count) => startingStep(days(count), true))).toEqual([
      'raw',
      'raw',
      'hour',
      'hour',
      'day',
    ])
    expect(startingStep(days(60), false)).toBe('raw')
  })
})

describe('rows of readings', () => {
  const items = [0, 30, 60, 240, 270].map((minutes, n) => ({ taken_at: at(minutes), value: `${10 - n}.500`, received_at: at(minutes + 1) }))
  const rows = rowsOf('raw', [...items].reverse(), true)

  it('are in order of time with exact changes', () => {
    expect(rows.map(({ change }) => change)).toEqual([null, '−1.000', '−1.000', '−1.000', '−1.000'])
  })

  it('have no changes for a momentary register', () => {
    expect(rowsOf('raw', items, false).every(({ change }) => change === null)).toBe(true)
  })

  it('are drawn with a hole where readings are missing', () => {
    const [times, values] = drawn(rows, 'raw')
    expect(values).toEqual([10.5, 9.5, 8.5, null, 7.5, 6.5])
    expect(times).toEqual([...times].sort((a, b) => a - b))
  })

  it('find the first one at or after the onset', () => {
    expect(rowAt(rows, at(31))).toBe(2)
    expect(rowAt(rows, at(9_999))).toBe(4)
  })

  it('keep a period without consumption as none, not as zero, and never draw its estimate', () => {
    const periods = rowsOf('hour', [{ start: at(0), end: at(60), consumption: null, readings: 0, quality: 'estimated', estimate: { consumption: '0.120', uncertainty: '0.031', method: 'like_days', like_days: 20 }, flags: [] }], true)
    expect(drawn(periods, 'hour')[1]).toEqual([null])
    expect(periods[0]?.estimate?.consumption).toBe('0.120')
  })
})
