/** Instants for people: civil time in the region's zone, UTC beside it; never the browser's zone by accident. */

export const HOME_ZONE = 'Asia/Shanghai'

const formatters = new Map<string, Intl.DateTimeFormat>()

function formatter(zone: string): Intl.DateTimeFormat {
  let made = formatters.get(zone)
  if (!made) {
    made = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
    formatters.set(zone, made)
  }
  return made
}

export interface CivilTime {
  year: string
  month: string
  day: string
  hour: string
  minute: string
  second: string
}

/** Civil time of an instant in a zone; an unknown zone counts as the home zone. */
export function civil(instant: Date, zone: string): CivilTime {
  let chosen: Intl.DateTimeFormat
  try {
    chosen = formatter(zone)
  } catch {
    chosen = formatter(HOME_ZONE)
  }
  const found: Record<string, string> = {}
  for (const part of chosen.formatToParts(instant)) found[part.type] = part.value
  return found as unknown as CivilTime
}

/** `2026-11-22 16:00`: sorts as it reads, alike in both languages. */
export function dateAndTime(instant: Date, zone: string, seconds = false): string {
  const t = civil(instant, zone)
  return `${t.year}-${t.month}-${t.day} ${t.hour}:${t.minute}${seconds ? `:${t.second}` : ''}`
}

export function utc(instant: Date): string {
  return `${dateAndTime(instant, 'UTC', true)} UTC`
}

/** `+08:00` for the zone at that instant. */
export function offset(instant: Date, zone: string): string {
  const t = civil(instant, zone)
  const local = Date.UTC(+t.year, +t.month - 1, +t.day, +t.hour, +t.minute, +t.second)
  const minutes = Math.round((local - Math.floor(instant.getTime() / 1000) * 1000) / 60_000)
  const size = Math.abs(minutes)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${minutes < 0 ? '−' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

export interface Age {
  amount: number
  unit: 'minute' | 'hour' | 'day'
}

/** How long ago, in the largest unit of which there are at least one (days from 48 h on). */
export function age(instant: Date, now: Date): Age {
  const minutes = Math.max(0, Math.floor((now.getTime() - instant.getTime()) / 60_000))
  if (minutes < 60) return { amount: minutes, unit: 'minute' }
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return { amount: hours, unit: 'hour' }
  return { amount: Math.floor(hours / 24), unit: 'day' }
}
