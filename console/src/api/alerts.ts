import { type Answer, type Query, ask } from './client'
import type { AlertDetail, AlertItem, Page } from './types'

export async function alerts(query: Query, signal?: AbortSignal): Promise<Page<AlertItem>> {
  return (await ask<Page<AlertItem>>('/v1/alerts', { query, ...(signal && { signal }) })).body
}

export function alert(id: number, signal?: AbortSignal): Promise<Answer<AlertDetail>> {
  return ask<AlertDetail>(`/v1/alerts/${id}`, signal ? { signal } : {})
}

/** Acknowledges exactly the version that was read; 409 if somebody was first, 412 if it changed meanwhile. */
export async function acknowledge(id: number, version: number, comment: string): Promise<AlertItem> {
  const answer = await ask<AlertItem>(`/v1/alerts/${id}/acknowledge`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'If-Match': `"${version}"` },
    body: JSON.stringify({ comment }),
  })
  return answer.body
}
