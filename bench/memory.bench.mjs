// Peak memory of an isolate (heap, buffers and WASM together, garbage collected) above the idle
// Worker, one fresh isolate per case; and eight distinct 12.5 MP JPEGs at once in one isolate.
import sharp from 'sharp'
import { machine, once, table } from './support/compare.mjs'
import { watchMemory } from './support/memory.mjs'
import { photograph } from './support/pictures.mjs'
import { bundle, serve } from './support/worker.mjs'

sharp.concurrency(1)
sharp.cache(false)
const mb = (bytes) => (bytes / 1e6).toFixed(1)

const raw = async (width, height) => await photograph(width, height)
const PICTURES = {
  'jpeg-12.5': async () => (await raw(3072, 4080)).jpeg({ quality: 85 }).toBuffer(),
  'jpeg-12.5-progressive': async () =>
    (await raw(3072, 4080)).jpeg({ quality: 85, progressive: true }).toBuffer(),
  'jpeg-50': async () => (await raw(8160, 6120)).jpeg({ quality: 85 }).toBuffer(),
  'jpeg-50-progressive': async () =>
    (await raw(8160, 6120)).jpeg({ quality: 85, progressive: true }).toBuffer(),
  'png-12.5': async () => (await raw(3072, 4080)).png().toBuffer(),
  'png-50': async () => (await raw(8160, 6120)).png({ compressionLevel: 3 }).toBuffer(),
}
const CASES = [
  ['jpeg-12.5', 'w=256&format=webp', 24],
  ['jpeg-12.5', 'w=1024&format=jpg', 24],
  ['jpeg-12.5-progressive', 'w=256&format=webp', 24],
  ['jpeg-50', 'w=256&format=webp', 24],
  ['jpeg-50', 'w=1600&format=jpg', 24],
  ['jpeg-50', 'w=1600&format=png', 24],
  ['jpeg-50-progressive', 'w=256&format=jpg', 24],
  ['png-12.5', 'w=256&format=webp', 24],
  ['png-50', 'w=1024&format=jpg', 24],
  ['jpeg-12.5', 'q=70&filter=grayscale&format=jpg', null],
  ['jpeg-50', 'r=90&q=70&format=jpg', null],
]

/** A body that costs the isolate nothing but the picture itself: it is put before the idle reading. */
async function call(url, init) {
  const response = await fetch(url, init)
  const body = new Uint8Array(await response.arrayBuffer())
  if (!response.ok) throw new Error(`${url}: ${response.status} ${new TextDecoder().decode(body)}`)
  return body
}

const modules = bundle('bench/worker/render.toml', 'render')
const pictures = {}
const rows = []
for (const [name, query, goal] of once ? CASES.slice(0, 2) : CASES) {
  const bytes = (pictures[name] ??= await PICTURES[name]())
  const worker = await serve([{ name: 'render', modules }])
  try {
    await call(new URL(`/?id=${name}`, worker.url), { method: 'PUT', body: bytes })
    const watch = await watchMemory(worker.inspector, 'render')
    let size = 0
    const { above } = await watch.peak(async () => {
      for (let i = 0; i < 3; i++) size = (await call(new URL(`/?id=${name}&${query}`, worker.url))).byteLength
    })
    watch.close()
    rows.push([`${name} → ${query}`, `${mb(above)} MB`, goal === null ? '–' : `≤ ${goal} MB`, size])
  } catch (error) {
    rows.push([
      `${name} → ${query}`,
      'failed',
      goal === null ? '–' : `≤ ${goal} MB`,
      String(error.message).slice(-160),
    ])
  } finally {
    await worker.stop()
  }
}

const worker = await serve([{ name: 'render', modules }])
const photo = (pictures['jpeg-12.5'] ??= await PICTURES['jpeg-12.5']())
for (let i = 0; i < 8; i++) {
  // Distinct pictures: the comment segment after SOI differs.
  const comment = Buffer.from([0xff, 0xfe, 0, 3, i])
  const bytes = Buffer.concat([photo.subarray(0, 2), comment, photo.subarray(2)])
  await call(new URL(`/?id=${i}`, worker.url), { method: 'PUT', body: bytes })
}
const watch = await watchMemory(worker.inspector, 'render')
const eight = await watch.peak(() =>
  Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map((i) => call(new URL(`/?id=${i}&w=1024&format=jpg`, worker.url)))),
)
watch.close()
await worker.stop()
rows.push(['8 × jpeg-12.5 at once → w=1024&format=jpg', `${mb(eight.above)} MB`, '≤ 100 MB', 'all answered'])
console.log(`${machine()}\n`)
table(['case', 'peak above idle', 'goal', 'bytes out'], rows)
