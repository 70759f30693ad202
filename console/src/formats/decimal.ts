/** Exact decimals as text: nothing here passes through a binary float, so no digit is lost or invented. */

interface Parts {
  negative: boolean
  /** All digits without the point. */
  digits: bigint
  /** Digits after the point. */
  places: number
}

function parts(text: string): Parts | null {
  const found = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text.trim())
  if (!found) return null
  const fraction = found[3] ?? ''
  const exponent = Number(found[4] ?? 0)
  let digits = BigInt((found[2] ?? '0') + fraction)
  let places = fraction.length - exponent
  if (places < 0) {
    digits *= 10n ** BigInt(-places)
    places = 0
  }
  return { negative: found[1] === '-', digits, places }
}

function rescale(value: Parts, places: number): Parts {
  if (places >= value.places) {
    return { ...value, digits: value.digits * 10n ** BigInt(places - value.places), places }
  }
  const divisor = 10n ** BigInt(value.places - places)
  const whole = value.digits / divisor
  const rest = value.digits % divisor
  // Half away from zero, as metrological reports round.
  return { ...value, digits: rest * 2n >= divisor ? whole + 1n : whole, places }
}

function write(value: Parts): string {
  const text = value.digits.toString().padStart(value.places + 1, '0')
  const whole = text.slice(0, text.length - value.places).replace(/\B(?=(\d{3})+$)/g, ',')
  const fraction = value.places > 0 ? `.${text.slice(text.length - value.places)}` : ''
  const sign = value.negative && value.digits !== 0n ? '−' : ''
  return `${sign}${whole}${fraction}`
}

/** The decimal with its thousands grouped and every digit kept: `-1234567.890` → `−1,234,567.890`. */
export function decimal(text: string): string {
  const value = parts(text)
  return value ? write(value) : text
}

/** Rounded to `places` digits after the point, half away from zero. */
export function rounded(text: string, places: number): string {
  const value = parts(text)
  return value ? write(rescale(value, places)) : text
}

/** Rounded to `significant` digits, never padded beyond what was given: `0.0123456` → `0.0123`. */
export function shortened(text: string, significant = 4): string {
  const value = parts(text)
  if (!value) return text
  const length = value.digits === 0n ? 0 : value.digits.toString().length
  const places = Math.max(0, significant - (length - value.places))
  if (places >= value.places) return write(value)
  return trimmed(write(rescale(value, places)))
}

function trimmed(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

/** A leading plus where there is no minus: for quantities whose direction is the message. */
export function signed(text: string): string {
  return /^[−-]/.test(text) || /^[0.,]*$/.test(text) ? text : `+${text}`
}

/**
 * A value and its expanded uncertainty, the uncertainty to two significant digits and the value to the same place
 * (GUM 7.2.6): `12.34567`, `0.4321` → `12.35`, `0.43`.
 */
export function withUncertainty(value: string, uncertainty: string): { value: string; uncertainty: string } {
  const spread = parts(uncertainty)
  if (!spread || spread.digits === 0n) return { value: decimal(value), uncertainty: decimal(uncertainty) }
  const above = spread.digits.toString().length - spread.places
  const places = Math.min(spread.places, Math.max(0, 2 - above))
  return { value: rounded(value, places), uncertainty: rounded(uncertainty, places) }
}

/** For drawing only, where a pixel is coarser than a float. */
export function approximately(text: string): number {
  return Number(text)
}

/** Exact difference `later − earlier`, with as many places as the finer of the two; null if either is no decimal. */
export function difference(later: string, earlier: string): string | null {
  const a = parts(later)
  const b = parts(earlier)
  if (!a || !b) return null
  const places = Math.max(a.places, b.places)
  const whole = (value: Parts) => {
    const digits = rescale(value, places).digits
    return value.negative ? -digits : digits
  }
  const digits = whole(a) - whole(b)
  return write({ negative: digits < 0n, digits: digits < 0n ? -digits : digits, places })
}
