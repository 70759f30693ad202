import { describe, expect, it } from 'vitest'
import type { AlertItem } from '../src/api/types'
import { EMPTY, type Queue, changed } from '../src/alerts/queue'

const alert = (id: number, version = 1, state: AlertItem['state'] = 'UNACK') => ({ id, version, state }) as AlertItem
const ids = (queue: Queue) => queue.items.map(({ id }) => id)
const all: (alert: AlertItem) => boolean = () => true
const unacknowledged = ({ state }: AlertItem) => state === 'UNACK'
const page = (items: AlertItem[], next: string | null = null) => ({ items, next })
const loaded = (items: AlertItem[], next: string | null = null) =>
  changed(EMPTY, { type: 'first page', page: page(items, next), belongs: all })
const arrive = (queue: Queue, alerts: AlertItem[], hold = false, belongs = all) =>
  changed(queue, { type: 'arrived', alerts, belongs, hold })

describe('the alert queue', () => {
  it('has no gap: what arrives before the first page is merged into it', () => {
    const early = arrive(EMPTY, [alert(12), alert(11)])
    const queue = changed(early, { type: 'first page', page: page([alert(10), alert(9)]), belongs: all })
    expect(ids(queue)).toEqual([12, 11, 10, 9])
  })

  it('has no repeat: a resumed feed tells again what the page already holds', () => {
    const queue = arrive(arrive(loaded([alert(10), alert(9)]), [alert(10), alert(11)]), [alert(11), alert(10), alert(9)])
    expect(ids(queue)).toEqual([11, 10, 9])
  })

  it('keeps the newest version whichever comes first', () => {
    const late = arrive(loaded([alert(10, 3, 'ACKED')]), [alert(10, 2)])
    expect(late.items[0]).toMatchObject({ version: 3, state: 'ACKED' })
    const early = arrive(EMPTY, [alert(10, 4, 'ACKED')], false, unacknowledged)
    const queue = changed(early, { type: 'first page', page: page([alert(10, 3)]), belongs: unacknowledged })
    expect(queue.items[0]).toMatchObject({ version: 4, state: 'ACKED' })
  })

  it('keeps a listed alert in its place though it no longer belongs', () => {
    const queue = arrive(loaded([alert(10), alert(9)]), [alert(10, 2, 'ACKED')], false, unacknowledged)
    expect(queue.items.map(({ state }) => state)).toEqual(['ACKED', 'UNACK'])
  })

  it('leaves out arrivals that do not belong', () => {
    expect(ids(arrive(loaded([alert(9)]), [alert(10, 1, 'ACKED')], false, unacknowledged))).toEqual([9])
  })

  it('holds arrivals while asked to, and drops a held one that ceased to belong', () => {
    const holding = arrive(loaded([alert(9)]), [alert(10), alert(11)], true, unacknowledged)
    expect(ids(holding)).toEqual([9])
    expect(holding.held).toHaveLength(2)
    const settled = arrive(holding, [alert(10, 2, 'ACKED')], true, unacknowledged)
    expect(ids(changed(settled, { type: 'show held' }))).toEqual([11, 9])
  })

  it('lets a page bring an alert older than those loaded', () => {
    const queue = arrive(loaded([alert(10), alert(9)], 'c9'), [alert(3, 2)])
    expect(ids(queue)).toEqual([10, 9])
    expect(queue.held).toEqual([])
    const older = changed(queue, { type: 'older page', page: page([alert(8), alert(3, 2)]) })
    expect(ids(older)).toEqual([10, 9, 8, 3])
    expect(older.next).toBeNull()
  })

  it('pages without repeat though alerts arrived between the pages', () => {
    const grown = arrive(loaded([alert(10), alert(9)], 'c9'), [alert(11)])
    const queue = changed(grown, { type: 'older page', page: page([alert(9), alert(8)], 'c8') })
    expect(ids(queue)).toEqual([11, 10, 9, 8])
    expect(queue.next).toBe('c8')
  })

  it('gives the same list in whatever order and however often the feed tells', () => {
    const told = [alert(4), alert(5), alert(5, 2), alert(6), alert(4, 3), alert(7)]
    const expected = arrive(loaded([alert(3)]), told)
    for (let turn = 0; turn < told.length; turn += 1) {
      const shuffled = [...told.slice(turn), ...told.slice(0, turn), ...told]
      let queue = loaded([alert(3)])
      for (const one of shuffled) queue = arrive(queue, [one])
      expect(queue.items).toEqual(expected.items)
    }
  })
})
