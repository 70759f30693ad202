import { beforeEach, describe, expect, it, vi } from 'vitest'

const kept = new Map<string, string>()
vi.stubGlobal('sessionStorage', {
  getItem: (name: string) => kept.get(name) ?? null,
  setItem: (name: string, value: string) => kept.set(name, value),
  removeItem: (name: string) => kept.delete(name),
})
const replaced = vi.fn()
vi.stubGlobal('history', { state: null, replaceState: replaced })
const place = { hash: '', pathname: '/alerts/12', search: '?state=all' }
vi.stubGlobal('location', place)

const { findKey, forgetKey, key, keyInFragment } = await import('../src/access/key')

describe('the key', () => {
  beforeEach(() => {
    kept.clear()
    replaced.mockClear()
    place.hash = ''
  })

  it('is taken out of the address bar and kept for the tab', () => {
    place.hash = '#key=hj_12_se%2Bcret'
    findKey()
    expect(key.value).toBe('hj_12_se+cret')
    expect([...kept.values()]).toEqual(['hj_12_se+cret'])
    expect(replaced).toHaveBeenCalledWith(null, '', '/alerts/12?state=all')
  })

  it('is found again by the same tab', () => {
    kept.set('hengjian.key', 'hj_1_x')
    findKey()
    expect(key.value).toBe('hj_1_x')
    expect(replaced).not.toHaveBeenCalled()
  })

  it('is gone once left', () => {
    kept.set('hengjian.key', 'hj_1_x')
    findKey()
    forgetKey('left')
    expect(key.value).toBe('')
    expect(kept.size).toBe(0)
  })

  it.each(['', '#', '#key=', '#readings'])('is not in %j', (fragment) => {
    expect(keyInFragment(fragment)).toBeNull()
  })
})
