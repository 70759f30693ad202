import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Connection, LiveFeed, waitBefore } from '../src/api/live-feed'

let clock = 1_000

/** One connection as the feed sees it: the test writes into it and ends it. */
class Line {
  readonly headers: Record<string, string>
  private controller!: ReadableStreamDefaultController<Uint8Array>
  readonly response: Response

  constructor(options: RequestInit, status = 200) {
    this.headers = options.headers as Record<string, string>
    const body = new ReadableStream<Uint8Array>({ start: (controller) => void (this.controller = controller) })
    options.signal?.addEventListener('abort', () => this.fail())
    this.response =
      status === 200 ? new Response(body) : new Response('{"code":"x","detail":"d"}', { status })
  }

  say = (text: string) => this.controller.enqueue(new TextEncoder().encode(text))
  end = () => this.controller.close()
  fail = () => this.controller.error(new TypeError('network'))
}

function started(statuses: number[] = []) {
  const lines: Line[] = []
  const seen: string[] = []
  const opened: boolean[] = []
  const connections: Connection[] = []
  const feed = new LiveFeed(
    '/stream',
    {
      opened: (resumed) => opened.push(resumed),
      event: ({ data }) => seen.push(data),
      connection: (connection) => connections.push(connection),
    },
    {
      key: () => 'hj_a_b',
      fetch: (async (_path: unknown, options: RequestInit) => {
        const line = new Line(options, statuses.shift() ?? 200)
        lines.push(line)
        return line.response
      }) as typeof fetch,
      now: () => clock,
      random: () => 1,
    },
  )
  feed.start()
  return { feed, lines, seen, opened, connections }
}

const settle = () => vi.advanceTimersByTimeAsync(0)

describe('the live feed', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    clock = 1_000
  })
  afterEach(() => void vi.useRealTimers())

  it('sends the key and, on coming back, the id of the last complete event', async () => {
    const { feed, lines, seen, opened, connections } = started()
    await settle()
    expect(lines[0]?.headers).toMatchObject({ Authorization: 'Bearer hj_a_b' })
    expect(lines[0]?.headers).not.toHaveProperty('Last-Event-ID')
    lines[0]?.say('id: 41\ndata: one\n\nid: 42\ndata: ha')
    await settle()
    lines[0]?.fail()
    await settle()
    expect(connections.at(-1)).toEqual({ state: 'waiting', retryAt: 2_000, attempt: 1 })
    await vi.advanceTimersByTimeAsync(1_000)
    expect(lines[1]?.headers['Last-Event-ID']).toBe('41')
    lines[1]?.say('id: 42\ndata: two\n\n')
    await settle()
    expect(seen).toEqual(['one', 'two'])
    expect(opened).toEqual([false, true])
    feed.close()
  })

  it('says that it did not resume when it never saw an id', async () => {
    const { feed, lines, opened } = started()
    await settle()
    lines[0]?.end()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(opened).toEqual([false, false])
    feed.close()
  })

  it('starts from the present when the server no longer knows the place', async () => {
    const { feed, lines, opened } = started([200, 410])
    await settle()
    lines[0]?.say('id: 5\ndata: x\n\n')
    await settle()
    lines[0]?.end()
    await vi.advanceTimersByTimeAsync(1_000)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(lines).toHaveLength(3)
    expect(lines[2]?.headers).not.toHaveProperty('Last-Event-ID')
    expect(opened).toEqual([false, false])
    feed.close()
  })

  it('comes back at once from a stream that ended properly after an hour, and from its first id if none followed', async () => {
    const { feed, lines, opened, connections } = started()
    await settle()
    lines[0]?.say('retry: 2000\nid: 77\n\n')
    await settle()
    clock += 3_600_000
    lines[0]?.end()
    await settle()
    expect(lines[1]?.headers['Last-Event-ID']).toBe('77')
    expect(opened).toEqual([false, true])
    expect(connections.map(({ state }) => state)).toEqual(['connecting', 'live', 'connecting', 'live'])
    feed.close()
  })

  it('takes 45 s of silence for a dead line', async () => {
    const { feed, lines, connections } = started()
    await settle()
    await vi.advanceTimersByTimeAsync(44_000)
    lines[0]?.say(': beat\n\n')
    await vi.advanceTimersByTimeAsync(44_000)
    expect(connections.at(-1)?.state).toBe('live')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(connections.at(-1)?.state).toBe('waiting')
    feed.close()
  })

  it('does not knock again at a door that refused the key', async () => {
    const { lines, connections } = started([401])
    await settle()
    expect(connections.at(-1)).toEqual({ state: 'refused' })
    await vi.advanceTimersByTimeAsync(120_000)
    expect(lines).toHaveLength(1)
  })

  it('waits longer each time, never beyond 30 s, and spreads', () => {
    expect([1, 2, 3, 4, 5, 6, 20].map((attempt) => waitBefore(attempt, 1))).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
    ])
    expect(waitBefore(6, 0)).toBe(15_000)
  })
})
