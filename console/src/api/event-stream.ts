/** Server-sent events read by hand: the browser's EventSource can carry no Authorization header. */

export interface StreamEvent {
  id: string | null
  event: string
  data: string
}

/**
 * Parser of one stream, after the WHATWG "event stream interpretation": feed it text as it comes, in pieces of any size.
 *
 * `lastId` is the last id seen, which a reconnect sends as Last-Event-ID; it counts only once its event was complete.
 */
export class EventStreamParser {
  lastId: string
  retry: number | null = null
  private rest = ''
  private started = false
  private event = ''
  private data: string[] = []
  private id: string | null = null

  constructor(lastId = '') {
    this.lastId = lastId
  }

  feed(text: string): StreamEvent[] {
    let buffer = this.rest + text
    if (!this.started && buffer.length > 0) {
      this.started = true
      if (buffer.startsWith('\uFEFF')) buffer = buffer.slice(1)
    }
    const found: StreamEvent[] = []
    let start = 0
    for (;;) {
      const end = endOfLine(buffer, start)
      if (end === null) break
      const complete = this.line(buffer.slice(start, end.at))
      if (complete) found.push(complete)
      start = end.next
    }
    this.rest = buffer.slice(start)
    return found
  }

  private line(line: string): StreamEvent | null {
    if (line === '') return this.dispatch()
    if (line.startsWith(':')) return null
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const raw = colon < 0 ? '' : line.slice(colon + 1)
    const value = raw.startsWith(' ') ? raw.slice(1) : raw
    if (field === 'event') this.event = value
    else if (field === 'data') this.data.push(value)
    else if (field === 'id' && !value.includes('\0')) this.id = value
    else if (field === 'retry' && /^\d+$/.test(value)) this.retry = Number(value)
    return null
  }

  private dispatch(): StreamEvent | null {
    if (this.id !== null) this.lastId = this.id
    const complete =
      this.data.length > 0 ? { id: this.id, event: this.event || 'message', data: this.data.join('\n') } : null
    this.event = ''
    this.data = []
    this.id = null
    return complete
  }
}

/** The next line's end; a carriage return at the very end of the text waits, for its line feed may follow. */
function endOfLine(text: string, from: number): { at: number; next: number } | null {
  for (let at = from; at < text.length; at += 1) {
    const character = text[at]
    if (character === '\n') return { at, next: at + 1 }
    if (character === '\r') {
      if (at + 1 === text.length) return null
      return { at, next: text[at + 1] === '\n' ? at + 2 : at + 1 }
    }
  }
  return null
}
