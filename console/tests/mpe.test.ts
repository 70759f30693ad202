import { describe, expect, it } from 'vitest'
import { againstMpe } from '../src/alerts/mpe'

const magnitude = (relative: string | null, uncertainty: string | null) => ({
  value: '100',
  uncertainty,
  unit: 'm3',
  relative_percent: relative, mpe_multiple: null, mpe_multiple_uncertainty: null,
})

describe('an effect against its MPE', () => {
  it.each([
    ['-31.0', '5', '4', 'exceeds'],
    ['5.0', '30', '4', 'inconclusive'],
    ['3.0', '50', '4', 'inconclusive'],
    ['2.0', '50', '4', 'within'],
    ['-4.1', null, '4', 'beyondExact'],
    ['4.0', null, '4', 'withinExact'],
  ])('%s %% with U = %s against ± %s %% is %s', (relative, uncertainty, mpe, verdict) => {
    expect(againstMpe(magnitude(relative, uncertainty), mpe)?.verdict).toBe(verdict)
  })

  it('is not stated where there is no relative effect or no MPE', () => {
    expect(againstMpe(magnitude(null, '1'), '4')).toBeNull()
    expect(againstMpe(magnitude('5', '1'), null)).toBeNull()
  })
})
