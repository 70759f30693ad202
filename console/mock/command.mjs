// `npm run mock [port]`: the invented API with a live city, and the built console if there is one.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { startMock } from './server.mjs'

const dist = fileURLToPath(new URL('../dist', import.meta.url))
const mock = await startMock({ port: Number(process.argv[2] ?? 8790), console: existsSync(dist) ? dist : null })
setInterval(() => mock.open(), 20_000)
console.log(`${mock.url}/#key=hj_super_secret`)
