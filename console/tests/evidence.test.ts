import { expect, it } from 'vitest'
import { evidenceRows } from '../src/alerts/evidence'

it('gives every number of nested evidence a row of its own, times and tables by their kind', () => {
  const rows = evidenceRows({
    threshold: 9.5,
    exact: '0.10',
    before: { taken_at: '2026-11-10T00:00:00Z', value: '1.5' },
    resolved: false,
    none: null,
    runs: [1, 2],
    days: [{ day: '2026-11-01', z: 0.2 }, { day: '2026-11-02', note: 'x' }],
    empty: {},
    limit_source: { zh: '检定规程', en: 'regulation' },
  })
  expect(rows.map(({ name, value }) => [name, value.kind])).toEqual([
    ['threshold', 'text'],
    ['exact', 'text'],
    ['before.taken_at', 'time'],
    ['before.value', 'text'],
    ['resolved', 'truth'],
    ['none', 'nothing'],
    ['runs', 'list'],
    ['days', 'table'],
    ['empty', 'text'],
    ['limit_source', 'wording'],
  ])
  expect(rows[1]?.value).toEqual({ kind: 'text', text: '0.10' })
  expect(rows[7]?.value).toMatchObject({ columns: ['day', 'z', 'note'] })
})
