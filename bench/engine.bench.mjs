// Cold renders in workerd against libvips (sharp, one thread) in the same run, order alternating,
// and against the pipelines that others publish for Workers. Writes the README's table.
import sharp from 'sharp'
import { compare, machine, once, table } from './support/compare.mjs'
import { photograph } from './support/pictures.mjs'
import { bundle, serve } from './support/worker.mjs'

sharp.concurrency(1)
sharp.cache(false)

const jpeg = { quality: 85 }
const SOURCES = {
  'jpeg-12.5': async () => (await photograph(3072, 4080)).jpeg(jpeg).toBuffer(),
  'jpeg-12.5-progressive': async () =>
    (await photograph(3072, 4080)).jpeg({ ...jpeg, progressive: true }).toBuffer(),
  'jpeg-12.5-444': async () =>
    (await photograph(3072, 4080)).jpeg({ ...jpeg, chromaSubsampling: '4:4:4' }).toBuffer(),
  'jpeg-2.7': async () => (await photograph(2000, 1333)).jpeg(jpeg).toBuffer(),
  'jpeg-24': async () => (await photograph(6000, 4000)).jpeg(jpeg).toBuffer(),
  'jpeg-50': async () => (await photograph(8160, 6120)).jpeg(jpeg).toBuffer(),
  'png-12.5': async () => (await photograph(3072, 4080)).png().toBuffer(),
  'png-12.5-alpha': async () => (await photograph(3072, 4080)).ensureAlpha(0.7).png().toBuffer(),
}
const CASES = [
  {
    name: '12.5 MP JPEG → 256 px WebP',
    source: 'jpeg-12.5',
    query: 'w=256&format=webp',
    goal: 1,
    native: (s) => s.resize(256).webp({ quality: 80 }),
    peers: 256,
  },
  {
    name: '12.5 MP JPEG → 256 px JPEG',
    source: 'jpeg-12.5',
    query: 'w=256&format=jpg',
    goal: 1,
    native: (s) => s.resize(256).jpeg(),
  },
  {
    name: '12.5 MP JPEG → 1024 px JPEG',
    source: 'jpeg-12.5',
    query: 'w=1024&format=jpg',
    goal: 1.5,
    native: (s) => s.resize(1024).jpeg(),
  },
  {
    // The rule of vips_thumbnail: at least a factor of two is left to Lanczos, so it decodes in full here.
    name: '12.5 MP JPEG → 1024 px JPEG, as vips_thumbnail',
    source: 'jpeg-12.5',
    query: 'w=1024&format=jpg',
    goal: 1.5,
    native: (s) => s.resize(1024, null, { fastShrinkOnLoad: false }).jpeg(),
  },
  {
    name: '12.5 MP progressive JPEG → 256 px WebP',
    source: 'jpeg-12.5-progressive',
    query: 'w=256&format=webp',
    goal: 1,
    native: (s) => s.resize(256).webp({ quality: 80 }),
    peers: 256,
  },
  {
    name: '12.5 MP 4:4:4 JPEG → 256 px WebP',
    source: 'jpeg-12.5-444',
    query: 'w=256&format=webp',
    goal: 1,
    native: (s) => s.resize(256).webp({ quality: 80 }),
  },
  {
    name: '2000×1333 JPEG → 500 px JPEG',
    source: 'jpeg-2.7',
    query: 'w=500&format=jpg',
    goal: 1,
    native: (s) => s.resize(500).jpeg(),
  },
  {
    name: '24 MP JPEG → 256 px WebP',
    source: 'jpeg-24',
    query: 'w=256&format=webp',
    goal: 1,
    native: (s) => s.resize(256).webp({ quality: 80 }),
    peers: 256,
  },
  {
    name: '50 MP JPEG → 256 px WebP',
    source: 'jpeg-50',
    query: 'w=256&format=webp',
    goal: 1,
    native: (s) => s.resize(256).webp({ quality: 80 }),
    peers: 256,
  },
  {
    name: '12.5 MP PNG → 256 px WebP',
    source: 'png-12.5',
    query: 'w=256&format=webp',
    goal: 1.5,
    native: (s) => s.resize(256).webp({ quality: 80 }),
    peers: 256,
  },
  {
    name: '12.5 MP PNG with alpha → 256 px WebP',
    source: 'png-12.5-alpha',
    query: 'w=256&format=webp',
    goal: 1.5,
    native: (s) => s.resize(256).webp({ quality: 80 }),
  },
  {
    name: '12.5 MP JPEG → same size JPEG q70',
    source: 'jpeg-12.5',
    query: 'q=70&format=jpg&filter=grayscale',
    goal: 1.5,
    native: (s) => s.greyscale().jpeg({ quality: 70 }),
  },
]

async function answer(url, init) {
  const response = await fetch(url, init)
  const body = new Uint8Array(await response.arrayBuffer())
  if (!response.ok) throw new Error(`${url}: ${response.status} ${new TextDecoder().decode(body)}`)
  return body
}

const wanted = process.env.BENCH_CASE
const cases = CASES.filter(({ name }) => !wanted || name.includes(wanted))
const ours = await serve([{ name: 'render', modules: bundle('bench/worker/render.toml', 'render') }])
const peers = wanted ? null : bundle('bench/worker/peers.toml', 'peers')
const rows = []
const peerRows = []
const sources = {}
for (const { name, source, query, goal, native, peers: width } of cases) {
  const bytes = (sources[source] ??= await SOURCES[source]())
  await answer(new URL(`/?id=${source}`, ours.url), { method: 'PUT', body: bytes })
  const sizes = {}
  const sides = {
    ours: async () => {
      sizes.ours = (await answer(new URL(`/?id=${source}&${query}`, ours.url))).byteLength
    },
    libvips: async () => {
      sizes.libvips = (await native(sharp(bytes)).toBuffer()).byteLength
    },
  }
  const { ours: a, libvips: b } = await compare(sides)
  rows.push([
    name,
    `${a.median.toFixed(1)} ms`,
    `${b.median.toFixed(1)} ms`,
    (a.median / b.median).toFixed(2),
    `≤ ${goal}`,
    sizes.ours,
    sizes.libvips,
  ])
  await answer(new URL(`/?id=${source}`, ours.url), { method: 'DELETE' })
  if (width === undefined || peers === null) continue
  for (const path of ['jsquash', 'photon']) {
    // A fresh isolate each: their memory never shrinks.
    const worker = await serve([{ name: 'peers', modules: peers }])
    try {
      await answer(worker.url, { method: 'PUT', body: bytes })
      const work = () => answer(new URL(`/${path}?w=${width}`, worker.url))
      const { [path]: took } = await compare({ [path]: work }, { rounds: 3, warmup: 1 })
      peerRows.push([name, path, `${took.median.toFixed(0)} ms`, (took.median / b.median).toFixed(1)])
    } catch (error) {
      peerRows.push([name, path, 'failed', String(error.message).slice(-120)])
    } finally {
      await worker.stop()
    }
  }
}
await ours.stop()
console.log(`${machine()}${once ? ' (one round)' : ''}\n`)
table(['case', 'workerd', 'libvips', 'ratio', 'goal', 'bytes', 'bytes libvips'], rows)
if (peerRows.length > 0) {
  console.log()
  table(['case', 'pipeline', 'time', 'ratio to libvips'], peerRows)
}
