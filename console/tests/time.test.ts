import { describe, expect, it } from 'vitest'
import { age, dateAndTime, offset, utc } from '../src/formats/time'

const instant = new Date('2026-11-21T16:05:09Z')

describe('times', () => {
  it('are civil times of the zone asked for, whatever the computer thinks', () => {
    expect(dateAndTime(instant, 'Asia/Shanghai')).toBe('2026-11-22 00:05')
    expect(dateAndTime(instant, 'Europe/Madrid', true)).toBe('2026-11-21 17:05:09')
  })

  it('fall back to Shanghai where the zone is unknown', () => {
    expect(dateAndTime(instant, 'Mars/Olympus')).toBe('2026-11-22 00:05')
  })

  it('name UTC beside them', () => {
    expect(utc(instant)).toBe('2026-11-21 16:05:09 UTC')
  })

  it.each([
    ['Asia/Shanghai', '+08:00'],
    ['UTC', '+00:00'],
    ['America/St_Johns', '−03:30'],
    ['Asia/Kathmandu', '+05:45'],
  ])('of %s are offset by %s', (zone, shown) => {
    expect(offset(instant, zone)).toBe(shown)
  })

  it.each([
    [30_000, { amount: 0, unit: 'minute' }],
    [59 * 60_000, { amount: 59, unit: 'minute' }],
    [47 * 3_600_000, { amount: 47, unit: 'hour' }],
    [48 * 3_600_000, { amount: 2, unit: 'day' }],
    [-5_000, { amount: 0, unit: 'minute' }],
  ])('%i ms ago', (before, expected) => {
    expect(age(new Date(instant.getTime() - before), instant)).toEqual(expected)
  })
})
