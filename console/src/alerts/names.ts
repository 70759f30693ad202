import type { Closed } from '../api/types'
import { i18n, wording } from '../languages'

/** Names of things the API knows by code; a code we have no word for is shown as it is, only without underscores. */
function named(group: string, code: string): string {
  const { t, te } = i18n.global
  const path = `${group}.${code}`
  return te(path) ? t(path) : code.replaceAll('_', ' ')
}

export const judgeName = (code: string) => named('judge', code)
export const kindName = (code: string) => named('kind', code)
export const actionName = (code: string) => named('history.actions', code.replace(/^alert\./, ''))

export const reasonName = (code: string) => named('notJudged.reason', code)

export function closedReason({ reason, wording: said }: Pick<Closed, 'reason' | 'wording'>): string {
  const { t, te, locale } = i18n.global
  return te(`closedReason.${reason}`) ? t(`closedReason.${reason}`) : wording(said, locale.value)
}

/** Registers of one phase share a word: `voltage_l1` → 电压 L1. */
export function registerName(code: string): string {
  const phase = /^(voltage|current)_(l\d|n)$/.exec(code)
  return phase ? `${named('register', phase[1] ?? '')} ${(phase[2] ?? '').toUpperCase()}` : named('register', code)
}
