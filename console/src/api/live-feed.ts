import { EventStreamParser, type StreamEvent } from './event-stream'
import { Problem, problemOf } from './problem'

export type Connection =
  | { state: 'connecting' }
  | { state: 'live' }
  | { state: 'waiting'; retryAt: number; attempt: number }
  | { state: 'offline' }
  | { state: 'refused' }

export interface FeedListener {
  /** The stream stands. `resumed` says that nothing was missed; otherwise the listener must read the present anew. */
  opened(resumed: boolean): void
  event(event: StreamEvent): void
  connection(connection: Connection): void
}

export interface FeedMeans {
  key: () => string
  fetch: typeof fetch
  now: () => number
  random: () => number
}

const SHORTEST_WAIT = 1_000
const LONGEST_WAIT = 30_000
/** The server sends a heartbeat each 15 s; three missed ones mean a dead line. */
const SILENCE = 45_000
/** A stream that lasted so long and then ended properly did its duty. */
const ORDINARY_LENGTH = 60_000

/** Wait before attempt n [ms]: doubling, at most 30 s, spread so that a thousand consoles do not come back at once. */
export function waitBefore(attempt: number, random: number): number {
  const whole = Math.min(LONGEST_WAIT, SHORTEST_WAIT * 2 ** (attempt - 1))
  return Math.round(whole * (0.5 + random / 2))
}

/** The live feed of alerts: one connection, resumed by Last-Event-ID, until it is closed. */
export class LiveFeed {
  private lastId = ''
  private attempt = 0
  private closed = false
  private abort: AbortController | null = null
  private timer: ReturnType<typeof setTimeout> | null = null

  constructor(
    private readonly path: string,
    private readonly listener: FeedListener,
    private readonly means: FeedMeans,
  ) {}

  start(): void {
    void this.connect()
  }

  close(): void {
    this.closed = true
    this.abort?.abort()
    if (this.timer !== null) clearTimeout(this.timer)
  }

  /** Tries at once: the network is back, or the person asks for it. */
  retryNow(): void {
    if (this.closed || this.timer === null) return
    clearTimeout(this.timer)
    this.timer = null
    void this.connect()
  }

  private async connect(): Promise<void> {
    this.listener.connection({ state: 'connecting' })
    const abort = new AbortController()
    this.abort = abort
    const began = this.means.now()
    let ended = false
    let watchdog = setTimeout(() => abort.abort(), SILENCE)
    try {
      const resuming = this.lastId !== ''
      const response = await this.means.fetch(this.path, {
        headers: {
          Accept: 'text/event-stream',
          Authorization: `Bearer ${this.means.key()}`,
          ...(resuming && { 'Last-Event-ID': this.lastId }),
        },
        cache: 'no-store',
        signal: abort.signal,
      })
      if (!response.ok || response.body === null) throw await problemOf(response)
      this.attempt = 0
      this.listener.connection({ state: 'live' })
      this.listener.opened(resuming)
      const parser = new EventStreamParser(this.lastId)
      const decoder = new TextDecoder()
      const reader = response.body.getReader()
      for (;;) {
        const { done, value } = await reader.read()
        if (done) {
          ended = true
          break
        }
        clearTimeout(watchdog)
        watchdog = setTimeout(() => abort.abort(), SILENCE)
        for (const event of parser.feed(decoder.decode(value, { stream: true }))) this.listener.event(event)
        this.lastId = parser.lastId
      }
    } catch (error) {
      if (this.closed) return
      if (error instanceof Problem) {
        if (error.status === 401 || error.status === 403) {
          this.listener.connection({ state: 'refused' })
          return
        }
        // The server no longer knows where we were: start from its present instead of asking forever.
        if (error.status === 400 || error.status === 410 || error.status === 422) this.lastId = ''
      }
    } finally {
      clearTimeout(watchdog)
    }
    if (this.closed) return
    // The server ends every stream after a while; that is no interruption, so nobody need be told of one.
    if (ended && this.means.now() - began > ORDINARY_LENGTH) void this.connect()
    else this.waitAndRetry()
  }

  private waitAndRetry(): void {
    this.attempt += 1
    const wait = waitBefore(this.attempt, this.means.random())
    const offline = typeof navigator !== 'undefined' && navigator.onLine === false
    this.listener.connection(
      offline
        ? { state: 'offline' }
        : { state: 'waiting', retryAt: this.means.now() + wait, attempt: this.attempt },
    )
    this.timer = setTimeout(() => {
      this.timer = null
      void this.connect()
    }, wait)
  }
}
