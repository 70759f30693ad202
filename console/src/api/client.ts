import { forgetKey, key } from '../access/key'
import { Problem, asProblem, problemOf, wasAborted } from './problem'

export type Query = Record<string, string | number | null | undefined>

/** An answer's body with its entity tag, the version that a later write must name. */
export interface Answer<Body> {
  body: Body
  tag: string | null
}

export function address(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') parameters.set(name, String(value))
  }
  const text = parameters.toString()
  return text ? `${path}?${text}` : path
}

/** Asks the API; throws {@link Problem} for every answer that is no success, and for none at all. */
export async function ask<Body>(path: string, options: RequestInit & { query?: Query } = {}): Promise<Answer<Body>> {
  const { query, ...rest } = options
  const asked = key.value
  let response: Response
  try {
    response = await fetch(address(path, query), {
      ...rest,
      headers: { Accept: 'application/json', Authorization: `Bearer ${asked}`, ...rest.headers },
    })
  } catch (error) {
    if (wasAborted(error)) throw error
    throw asProblem(error)
  }
  if (!response.ok) {
    // A late refusal of an earlier key says nothing of the present one.
    if (response.status === 401 && asked === key.value) forgetKey('refused')
    throw await problemOf(response)
  }
  try {
    return { body: (await response.json()) as Body, tag: response.headers.get('ETag') }
  } catch (error) {
    if (wasAborted(error)) throw error
    throw new Problem(0, 'unreadable_answer', String(error))
  }
}
