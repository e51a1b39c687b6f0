// 64 clients for 60 seconds on one isolate: hits, cold transforms, stores and deletes mixed. No
// answer may be a 5xx but a deliberate 503, and at the end every asset that was stored and not
// deleted is there.
import { machine, once, quantile, table } from './support/compare.mjs'
import { watchMemory } from './support/memory.mjs'
import { photograph } from './support/pictures.mjs'
import { answer, serveService, storeForm } from './support/service.mjs'

const CLIENTS = once ? 8 : 64
const SECONDS = once ? 3 : 60

const { service, inspector, stop } = await serveService()
try {
  const at = (path) => new URL(path, service)
  const photo = await (await photograph(1600, 1200)).jpeg({ quality: 85 }).toBuffer()
  await answer(at('/assets/load/shared'), { method: 'POST', body: storeForm(photo) }, 201)
  await answer(at('/assets/load/shared/-/content?w=200'))

  const took = { hit: [], transform: [], store: [], delete: [] }
  const statuses = {}
  let state = 1
  const random = () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) / 2 ** 32
  /** Paths that hold an asset, by our own bookkeeping. */
  const alive = new Set()
  let serial = 0

  async function call(kind, path, init, expected) {
    const start = performance.now()
    const response = await fetch(at(path), init)
    await response.arrayBuffer()
    took[kind].push(performance.now() - start)
    statuses[`${kind} ${response.status}`] = (statuses[`${kind} ${response.status}`] ?? 0) + 1
    return response.status === expected
  }
  async function client(id, until) {
    const mine = []
    while (performance.now() < until) {
      const dice = random()
      if (dice < 0.7) await call('hit', '/assets/load/shared/-/content?w=200', {}, 200)
      else if (dice < 0.85) {
        const width = 100 + Math.floor(random() * 900)
        await call(
          'transform',
          `/assets/load/shared/-/content?w=${width}&q=${1 + Math.floor(random() * 100)}`,
          {},
          200,
        )
      } else if (dice < 0.95 || mine.length === 0) {
        const path = `load/${id}/${serial++}`
        if (await call('store', `/assets/${path}`, { method: 'POST', body: storeForm(photo) }, 201)) {
          mine.push(path)
          alive.add(path)
        }
      } else {
        const path = mine.pop()
        alive.delete(path)
        if (!(await call('delete', `/assets/${path}/-/entry/0`, { method: 'DELETE' }, 204))) alive.add(path)
      }
    }
  }
  const watch = await watchMemory(inspector, 'service')
  const until = performance.now() + SECONDS * 1000
  const memory = await watch.peak(() =>
    Promise.all(Array.from({ length: CLIENTS }, (_, id) => client(id, until))),
  )
  const after = await watch.peak(() => answer(at('/health')))
  watch.close()

  let lost = 0
  for (const path of alive) {
    const response = await fetch(at(`/assets/${path}/-/content`))
    if (response.status !== 200 || (await response.arrayBuffer()).byteLength !== photo.length) lost++
  }
  const bad = Object.entries(statuses).filter(([key]) => / 5/.test(key) && !key.endsWith(' 503'))
  console.log(`${machine()}; ${CLIENTS} clients, ${SECONDS} s\n`)
  table(
    ['kind', 'requests', 'p50', 'p99'],
    Object.entries(took).map(([kind, all]) => [
      kind,
      all.length,
      all.length > 0 ? `${quantile(all, 0.5).toFixed(1)} ms` : '–',
      all.length > 0 ? `${quantile(all, 0.99).toFixed(1)} ms` : '–',
    ]),
  )
  console.log(`\nstatuses: ${JSON.stringify(statuses)}`)
  console.log(`assets alive: ${alive.size}, lost: ${lost}`)
  console.log(
    `memory: idle ${(memory.idle / 1e6).toFixed(1)} MB, peak ${(memory.peak / 1e6).toFixed(1)} MB, after ${(after.idle / 1e6).toFixed(1)} MB`,
  )
  if (bad.length > 0 || lost > 0)
    throw new Error(
      `Expected no 5xx but 503 and nothing lost but received ${JSON.stringify(bad)}, lost ${lost}`,
    )
} finally {
  await stop()
}
