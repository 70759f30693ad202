import { describe, expect, it } from 'vitest'
import { EventStreamParser } from '../src/api/event-stream'

describe('the event stream parser', () => {
  it('reads id, event and data', () => {
    const parser = new EventStreamParser()
    expect(parser.feed('id: 7\nevent: alert.opened\ndata: {"a":1}\n\n')).toEqual([
      { id: '7', event: 'alert.opened', data: '{"a":1}' },
    ])
    expect(parser.lastId).toBe('7')
  })

  it('gives the same events however the bytes are cut', () => {
    const text = ': hello\r\n\r\nid: 1\r\nevent: e\r\ndata: 一\r\ndata: 二\r\n\r\nid: 2\rdata:x\r\rid: 3\ndata: y\n\n'
    const whole = new EventStreamParser().feed(text)
    expect(whole.map(({ data }) => data)).toEqual(['一\n二', 'x', 'y'])
    for (let size = 1; size < text.length; size += 1) {
      const parser = new EventStreamParser()
      const found = []
      for (let at = 0; at < text.length; at += size) found.push(...parser.feed(text.slice(at, at + size)))
      expect(found).toEqual(whole)
      expect(parser.lastId).toBe('3')
    }
  })

  it('counts an id only once its event is complete, so that a cut event is sent again', () => {
    const parser = new EventStreamParser('4')
    parser.feed('id: 5\ndata: half')
    expect(parser.lastId).toBe('4')
    parser.feed('\n\n')
    expect(parser.lastId).toBe('5')
  })

  it('passes over heartbeats, unknown fields and empty events', () => {
    const parser = new EventStreamParser()
    expect(parser.feed(': beat\n\nfoo: bar\n\nevent: nothing\n\n')).toEqual([])
  })

  it('takes a byte order mark off the beginning and knows the retry field', () => {
    const parser = new EventStreamParser()
    expect(parser.feed('\uFEFFretry: 2500\ndata: x\n\n')).toHaveLength(1)
    expect(parser.retry).toBe(2500)
  })
})
