import { describe, expect, it } from 'vitest'
import { Problem, asProblem, explanation, problemOf } from '../src/api/problem'

describe('problem documents', () => {
  it('keep status, code and detail', async () => {
    const body = JSON.stringify({ status: 412, code: 'version_differs', title: 'T', detail: 'The alert is at version 4.' })
    const problem = await problemOf(new Response(body, { status: 412 }))
    expect(problem).toMatchObject({ status: 412, code: 'version_differs', detail: 'The alert is at version 4.' })
  })

  it('do with the status alone where a proxy answers with HTML', async () => {
    const problem = await problemOf(new Response('<html>', { status: 502 }))
    expect(problem).toMatchObject({ status: 502, code: '', detail: '' })
    expect(explanation(problem)).toBe('s503')
  })

  it.each([
    [409, 's409'],
    [412, 's412'],
    [428, 's428'],
    [418, 's400'],
    [504, 's503'],
    [507, 's500'],
    [0, 's0'],
  ])('%i is explained by %s', (status, name) => {
    expect(explanation(new Problem(status, 'some_code', ''))).toBe(name)
  })

  it('tell a closed alert from one that somebody else acknowledged', () => {
    expect(explanation(new Problem(409, 'alert_closed', ''))).toBe('alert_closed')
    expect(explanation(new Problem(409, 'already_acknowledged', ''))).toBe('s409')
  })

  it('count an answer that never came as status 0', () => {
    expect(asProblem(new TypeError('Failed to fetch'))).toMatchObject({ status: 0, code: 'no_answer' })
    const known = new Problem(404, 'x', 'y')
    expect(asProblem(known)).toBe(known)
  })
})
