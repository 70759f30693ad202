import { ask } from './client'
import type { Consumption, Instrument, JudgedLast, RawReading, ReadingsPage, Step } from './types'

export async function instrument(id: number, signal?: AbortSignal): Promise<Instrument> {
  return (await ask<Instrument>(`/v1/instruments/${id}`, signal ? { signal } : {})).body
}

/** What each judge was last able to say of an instrument. */
export async function judging(id: number, signal?: AbortSignal): Promise<JudgedLast[]> {
  return (await ask<{ items: JudgedLast[] }>(`/v1/instruments/${id}/judging`, signal ? { signal } : {})).body.items
}

export interface ReadingsAsked {
  register: string
  from: string
  to: string
  step: Step
}

export interface ReadingsFound<Item> {
  unit: string
  items: Item[]
  /** True when the span holds more than was fetched. */
  cut: boolean
}

/** Follows the cursor to the end of the span, or until `most` items are held. */
export async function readings<Item extends RawReading | Consumption>(
  id: number,
  asked: ReadingsAsked,
  signal: AbortSignal,
  most = 6000,
): Promise<ReadingsFound<Item>> {
  const items: Item[] = []
  let cursor: string | null = null
  let unit = ''
  do {
    const page: ReadingsPage<Item> = (
      await ask<ReadingsPage<Item>>(`/v1/instruments/${id}/readings`, {
        query: { ...asked, cursor, limit: 500 },
        signal,
      })
    ).body
    items.push(...page.items)
    unit = page.unit
    cursor = page.next
  } while (cursor !== null && items.length < most)
  return { unit, items, cut: cursor !== null }
}
