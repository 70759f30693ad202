import { readonly, shallowRef } from 'vue'
import { ask } from '../api/client'
import type { Me } from '../api/types'

/** Who the key belongs to: decides what is offered, never what is allowed (that is the API's). */
const known = shallowRef<Me | null>(null)
export const me = readonly(known)

export async function learnWhoIAm(): Promise<void> {
  known.value = (await ask<Me>('/v1/me')).body
}
