import { describe, expect, it } from 'vitest'
import { decimal, difference, rounded, shortened, signed, withUncertainty } from '../src/formats/decimal'

describe('exact decimals', () => {
  it.each([
    ['1234567.890', '1,234,567.890'],
    ['-0.30', '−0.30'],
    ['9007199254740993.001', '9,007,199,254,740,993.001'],
    ['123456789012345678901234567890.123456789', '123,456,789,012,345,678,901,234,567,890.123456789'],
    ['1.20e3', '1,200'],
    ['2.5E-5', '0.000025'],
    ['-0.000', '0.000'],
    ['inconclusive', 'inconclusive'],
  ])('%s is written %s', (given, written) => {
    expect(decimal(given)).toBe(written)
  })

  it.each([
    ['2.675', 2, '2.68'],
    ['-2.675', 2, '−2.68'],
    ['1.005', 2, '1.01'],
    ['9.995', 2, '10.00'],
    ['0.1', 3, '0.100'],
    ['-0.004', 2, '0.00'],
  ])('%s rounded to %i places is %s', (given, places, written) => {
    expect(rounded(given, places)).toBe(written)
  })

  it.each([
    ['0.0123456', 3, '0.0123'],
    ['123456.789', 4, '123,457'],
    ['-31.04999', 4, '−31.05'],
    ['4', 4, '4'],
    ['0.0000231', 3, '0.0000231'],
  ])('%s shortened to %i significant digits is %s', (given, digits, written) => {
    expect(shortened(given, digits)).toBe(written)
  })

  it.each([
    ['12.34567', '0.4321', '12.35', '0.43'],
    ['868.31', '116.2', '868', '116'],
    ['0.001234', '0.000099', '0.001234', '0.000099'],
    ['-5.5', '0', '−5.5', '0'],
  ])('%s ± %s is reported as %s ± %s', (value, uncertainty, reported, spread) => {
    expect(withUncertainty(value, uncertainty)).toEqual({ value: reported, uncertainty: spread })
  })

  it.each([
    ['164.013', '191.402', '−27.389'],
    ['9007199254740993', '9007199254740992.999', '0.001'],
    ['-1.5', '-2', '0.5'],
    ['5', '5.00', '0.00'],
  ])('%s less %s is exactly %s', (later, earlier, exact) => {
    expect(difference(later, earlier)).toBe(exact)
  })

  it('shows the direction of an effect', () => {
    expect([signed('0.6'), signed('−31'), signed('0.0')]).toEqual(['+0.6', '−31', '0.0'])
  })
})
