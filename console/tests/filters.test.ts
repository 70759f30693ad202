import { describe, expect, it } from 'vitest'
import { filtersOf, matches, queryOf } from '../src/alerts/filters'
import type { AlertItem } from '../src/api/types'

const alert = {
  state: 'RTNUN',
  acknowledged: null,
  closed: null,
  severity: 'major',
  judge: 'level_shift',
  instrument: { id: 7, kind: 'gas_meter', source: 'city-gas' },
  site: { code: 'GAS-R-08' },
} as AlertItem

const silence = { ...alert, judge: 'source_silence', instrument: null, site: null, source: { code: 'city-gas', name: 'City gas' } } as AlertItem

describe('filters on an alert that speaks of a source', () => {
  it.each([
    [{}, true],
    [{ source: 'city-gas', judge: 'source_silence' }, true],
    [{ source: 'city-water' }, false],
    [{ kind: 'gas_meter' }, false],
    [{ instrument: '7' }, false],
    [{ site: 'GAS-R-08' }, false],
  ])('%j matches: %s', (query, expected) => {
    expect(matches(filtersOf(query), silence)).toBe(expected)
  })
})

describe('filters in the address bar', () => {
  it('are read and written back the same, defaults left out', () => {
    const query = { state: 'all', kind: 'gas_meter', severity: 'major', site: 'GAS-R-08' }
    expect(queryOf(filtersOf(query))).toEqual(query)
    expect(queryOf(filtersOf({}))).toEqual({})
  })

  it('leave out what they do not know', () => {
    expect(queryOf(filtersOf({ state: 'x', kind: 'clock', severity: ['minor', 'major'], instrument: '1 or 1' }))).toEqual({
      severity: 'minor',
    })
  })

  it.each([
    [{}, true],
    [{ state: 'unacknowledged' }, true],
    [{ state: 'acknowledged' }, false],
    [{ state: 'closed' }, false],
    [{ state: 'all' }, true],
    [{ kind: 'gas_meter', severity: 'major', instrument: '7', site: 'GAS-R-08', judge: 'level_shift' }, true],
    [{ kind: 'water_meter' }, false],
    [{ severity: 'minor' }, false],
    [{ instrument: '8' }, false],
    [{ site: 'X' }, false],
    [{ source: 'city-water' }, false],
  ])('%j matches a major gas alert that ended unacknowledged: %s', (query, expected) => {
    expect(matches(filtersOf(query), alert)).toBe(expected)
  })
})
