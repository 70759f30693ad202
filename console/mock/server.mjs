// The HTTP API as the console sees it, invented, for development and browser tests alone. It also serves the built
// console under the strictest policy it must live with, and can be told to misbehave.

import { createReadStream, existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { DAY, HOUR, SITES, city, consumption, detail, makeAlert, makeInstrument, readings } from './city.mjs'

export const KEYS = {
  hj_admin_secret: { name: '李华', role: 'administrator' },
  hj_super_secret: { name: '王敏', role: 'supervisor' },
  hj_view_secret: { name: '来宾', role: 'viewer' },
}

const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }
const STANDS = {
  open: (item) => !item.closed,
  unacknowledged: (item) => !item.closed && !item.acknowledged,
  acknowledged: (item) => !item.closed && item.acknowledged,
  closed: (item) => item.closed,
  all: () => true,
}

/** Starts the mock on a free or given port; the returned object drives it from a test. */
export async function startMock({ port = 0, console: folder = null, alerts: count = 132, delay = 0 } = {}) {
  const { instruments, alerts, random } = city(Date.now(), count)
  const outbox = []
  const streams = new Set()
  const requests = []
  let streamRefused = false

  function publish(topic, item) {
    const event = { id: outbox.length + 1, topic, data: JSON.stringify(item) }
    outbox.push(event)
    for (const response of streams) send(response, event)
  }
  setInterval(() => streams.forEach((response) => response.write(': heartbeat\n\n')), 15_000).unref()
  const send = (response, { id, topic, data }) => response.write(`id: ${id}\nevent: ${topic}\ndata: ${data}\n\n`)

  const mock = {
    url: '',
    requests,
    /** Opens one more alert, now. */
    open(overrides = {}) {
      const instrument = makeInstrument(instruments.size + 1, SITES[Math.floor(random() * SITES.length)], random)
      instruments.set(instrument.id, instrument)
      const made = makeAlert(alerts.length + 1, instrument, Date.now(), random, Date.now())
      Object.assign(made.item, { state: 'UNACK', condition_present: true, acknowledged: null, version: 1 }, overrides)
      alerts.push(made)
      publish('alert.opened', made.item)
      return made.item
    },
    /** A further finding: the version rises. */
    touch(id) {
      const { item } = alerts[id - 1]
      item.version += 1
      item.findings += 1
      item.last_finding_at = new Date().toISOString()
      publish('alert.updated', item)
    },
    /** Somebody else acknowledges; `silently` keeps it off the feed. */
    acknowledge(id, by = '赵强', { silently = false } = {}) {
      settle(alerts[id - 1], by, '已派员')
      if (!silently) publish('alert.acknowledged', alerts[id - 1].item)
    },
    /** The version rises without word on the feed. */
    changeSilently: (id) => (alerts[id - 1].item.version += 1),
    cut() {
      for (const response of streams) response.destroy()
      streams.clear()
    },
    refuseStream: (refused) => (streamRefused = refused),
    alert: (id) => alerts[id - 1].item,
    close: () => new Promise((done) => (mock.cut(), server.close(done), server.closeAllConnections())),
  }

  function settle(entry, who, comment) {
    const at = new Date().toISOString()
    entry.item.acknowledged = { at, by: who }
    entry.item.state = entry.item.condition_present ? 'ACKED' : 'NORM'
    entry.item.version += 1
    entry.comments.push({ at, who, action: 'alert.acknowledge', detail: { comment } })
  }

  const json = (response, body, headers = {}) => {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers })
    response.end(JSON.stringify(body))
  }
  const problem = (response, status, code, detailText) => {
    response.writeHead(status, { 'Content-Type': 'application/problem+json' })
    response.end(JSON.stringify({ type: 'about:blank', title: code, status, code, detail: detailText }))
  }

  function page(items, query) {
    const limit = Math.min(500, Number(query.get('limit') ?? 50))
    const start = Number(query.get('cursor') ?? 0)
    return { items: items.slice(start, start + limit), next: start + limit < items.length ? String(start + limit) : null }
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://localhost')
    const path = url.pathname
    if (!path.startsWith('/v1/')) return serveConsole(path, response)
    requests.push({ method: request.method, path, query: url.search, headers: request.headers })
    if (delay > 0) await new Promise((go) => setTimeout(go, delay))
    const who = KEYS[(request.headers.authorization ?? '').replace('Bearer ', '')]
    if (!who) return problem(response, 401, 'key_refused', 'The key is unknown, expired or withdrawn.')
    if (path === '/v1/me') return json(response, who)

    if (path === '/v1/alerts/stream') {
      if (streamRefused) return problem(response, 503, 'not_ready', 'The service is starting.')
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
      const last = request.headers['last-event-id']
      response.write(`retry: 2000\nid: ${last ?? outbox.length}\n\n`)
      if (last !== undefined) outbox.filter(({ id }) => id > Number(last)).forEach((event) => send(response, event))
      streams.add(response)
      request.on('close', () => streams.delete(response))
      return
    }
    if (path === '/v1/alerts') {
      const query = url.searchParams
      const stands = STANDS[query.get('state') ?? 'open']
      const found = alerts
        .map(({ item }) => item)
        .filter(
          (item) =>
            stands(item) &&
            (!query.get('kind') || item.instrument.kind === query.get('kind')) &&
            (!query.get('severity') || item.severity === query.get('severity')) &&
            (!query.get('site') || item.site.code === query.get('site')) &&
            (!query.get('instrument') || String(item.instrument.id) === query.get('instrument')),
        )
        .reverse()
      // The cursor names the last id seen, so that arrivals in between move nothing.
      const after = query.get('cursor')
      const rest = after ? found.filter(({ id }) => id < Number(after)) : found
      const limit = Number(query.get('limit') ?? 50)
      const items = rest.slice(0, limit)
      return json(response, { items, next: rest.length > limit ? String(items.at(-1).id) : null })
    }
    const one = /^\/v1\/alerts\/(\d+)(\/acknowledge)?$/.exec(path)
    if (one) {
      const entry = alerts[Number(one[1]) - 1]
      if (!entry) return problem(response, 404, 'alert_unknown', `There is no alert ${one[1]}.`)
      if (!one[2]) return json(response, detail(entry), { ETag: `"${entry.item.version}"` })
      const body = JSON.parse((await text(request)) || '{}')
      if (who.role === 'viewer') return problem(response, 403, 'role_insufficient', 'Acknowledging takes the role supervisor.')
      const match = request.headers['if-match']
      if (!match) return problem(response, 428, 'version_missing', 'If-Match is missing.')
      if (entry.item.acknowledged) return problem(response, 409, 'already_acknowledged', `Acknowledged by ${entry.item.acknowledged.by}.`)
      if (entry.item.closed) return problem(response, 409, 'alert_closed', `alert ${one[1]} is closed: ${entry.item.closed.reason}`)
      if (match.replaceAll('"', '') !== String(entry.item.version)) return problem(response, 412, 'version_stale', `The alert is at version ${entry.item.version}.`)
      settle(entry, who.name, body.comment)
      publish('alert.acknowledged', entry.item)
      return json(response, entry.item, { ETag: `"${entry.item.version}"` })
    }
    const asked = /^\/v1\/instruments\/(\d+)\/judging$/.exec(path)
    if (asked)
      return json(response, {
        items: [
          { judge: 'backward_register', first: '2026-11-21', last: '2026-11-21', judged: true, reasons: [] },
          { judge: 'level_shift', first: '2026-11-01', last: '2026-11-21', judged: false, reasons: ['short_history'] },
        ],
      })
    const shown = /^\/v1\/instruments\/(\d+)(\/readings)?$/.exec(path)
    if (shown) {
      const instrument = instruments.get(Number(shown[1]))
      if (!instrument) return problem(response, 404, 'instrument_unknown', `There is no instrument ${shown[1]}.`)
      if (!shown[2]) return json(response, instrument)
      const query = url.searchParams
      const register = query.get('register')
      const alert = alerts.find(({ item }) => item.instrument.id === instrument.id)
      const from = Date.parse(query.get('from'))
      const to = Date.parse(query.get('to'))
      const step = query.get('step') ?? 'raw'
      const raw = readings(instrument, alert, register, from, to)
      const items = step === 'raw' ? raw : consumption(raw, from, to, step === 'hour' ? HOUR : DAY)
      const unit = instrument.registers.find(({ name }) => name === register).unit
      return json(response, { register, unit, step, ...page(items, query) })
    }
    return problem(response, 404, 'path_unknown', `No such path: ${path}`)
  })

  function serveConsole(path, response) {
    if (!folder) return problem(response, 404, 'not_found', 'No console is built.')
    const wanted = join(folder, normalize(path))
    const file = extname(path) && existsSync(wanted) ? wanted : path.startsWith('/assets/') ? null : join(folder, 'index.html')
    if (!file) return problem(response, 404, 'not_found', path)
    response.writeHead(200, {
      'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
      'Content-Security-Policy': "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
      'X-Content-Type-Options': 'nosniff',
    })
    createReadStream(file).pipe(response)
  }

  await new Promise((ready) => server.listen(port, '127.0.0.1', ready))
  mock.url = `http://127.0.0.1:${server.address().port}`
  return mock
}

async function text(request) {
  let whole = ''
  for await (const part of request) whole += part
  return whole
}
