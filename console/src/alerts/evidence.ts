import type { Wording } from '../api/types'

/** Evidence is whatever its judge needs to be checked: any JSON. It is laid out as rows of name and value. */

export type EvidenceValue =
  | { kind: 'text'; text: string }
  | { kind: 'wording'; wording: Wording }
  | { kind: 'time'; at: string }
  | { kind: 'truth'; truth: boolean }
  | { kind: 'nothing' }
  | { kind: 'list'; values: EvidenceValue[] }
  | { kind: 'table'; columns: string[]; rows: EvidenceValue[][] }

export interface EvidenceRow {
  name: string
  value: EvidenceValue
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isWording(value: unknown): value is Wording & Record<string, unknown> {
  return isRecord(value) && Object.keys(value).sort().join() === 'en,zh' && Object.values(value).every((said) => typeof said === 'string')
}

export function evidenceValue(value: unknown): EvidenceValue {
  if (value === null || value === undefined) return { kind: 'nothing' }
  if (typeof value === 'boolean') return { kind: 'truth', truth: value }
  if (typeof value === 'string') return INSTANT.test(value) ? { kind: 'time', at: value } : { kind: 'text', text: value }
  if (Array.isArray(value)) {
    if (value.length > 0 && value.every(isRecord)) {
      const columns = [...new Set(value.flatMap((row) => Object.keys(row)))]
      return { kind: 'table', columns, rows: value.map((row) => columns.map((name) => evidenceValue(row[name]))) }
    }
    return { kind: 'list', values: value.map(evidenceValue) }
  }
  if (isWording(value)) return { kind: 'wording', wording: value }
  if (isRecord(value)) return { kind: 'text', text: JSON.stringify(value) }
  return { kind: 'text', text: String(value) }
}

/** Nested objects become dotted names, so that every number has one row. */
export function evidenceRows(evidence: Record<string, unknown>, prefix = ''): EvidenceRow[] {
  return Object.entries(evidence).flatMap(([name, value]) =>
    isRecord(value) && Object.keys(value).length > 0 && !isWording(value)
      ? evidenceRows(value, `${prefix}${name}.`)
      : [{ name: `${prefix}${name}`, value: evidenceValue(value) }],
  )
}
