/** What went wrong, as a noun with data: an RFC 9457 problem document, or that no answer came at all. */
export class Problem extends Error {
  constructor(
    /** HTTP status; 0 when no answer came. */
    readonly status: number,
    /** The API's own code, for whoever has to look into it. */
    readonly code: string,
    readonly detail: string,
  ) {
    super(detail || code || `HTTP ${status}`)
  }
}

/** Statuses the console explains in its own words; the rest fall back by their class. */
export const EXPLAINED = [0, 400, 401, 403, 404, 409, 412, 413, 422, 428, 429, 500, 503] as const

/** Codes that need words of their own, because their status alone would say something else. */
export const EXPLAINED_CODES = ['alert_closed', 'question_too_slow'] as const

/** Name of the text (`problem.<name>.title`, `problem.<name>.advice`) that explains a problem. */
export function explanation({ status, code }: Problem): string {
  if ((EXPLAINED_CODES as readonly string[]).includes(code)) return code
  if ((EXPLAINED as readonly number[]).includes(status)) return `s${status}`
  if (status === 502 || status === 504) return 's503'
  return status >= 500 ? 's500' : 's400'
}

/** Problem from an answer that is not a success. */
export async function problemOf(response: Response): Promise<Problem> {
  let document: unknown = null
  try {
    document = await response.json()
  } catch {
    // A proxy may answer with HTML; the status alone must then do.
  }
  const fields = (typeof document === 'object' && document !== null ? document : {}) as Record<string, unknown>
  const detail = textOf(fields.detail) || textOf(fields.title)
  return new Problem(response.status, textOf(fields.code), detail)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Any thrown value as a problem; an aborted request stays what it is. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  return new Problem(0, 'no_answer', error instanceof Error ? error.message : String(error))
}

export function wasAborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}
