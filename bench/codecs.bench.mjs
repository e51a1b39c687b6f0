// Each codec in workerd against libvips (sharp, one thread) in the same run: time, bytes, and the
// peak memory of the isolate above idle, in a fresh isolate per case. libvips here reads neither
// HEIC nor JPEG XL and writes neither; HEIC sources are our own.
import sharp from 'sharp'
import { compare, machine, once, table } from './support/compare.mjs'
import { codedJxl } from './support/jxl.mjs'
import { watchMemory } from './support/memory.mjs'
import { photograph } from './support/pictures.mjs'
import { bundle, serve } from './support/worker.mjs'

sharp.concurrency(1)
sharp.cache(false)
const mb = (bytes) => (bytes / 1e6).toFixed(1)

const photo = async (width, height) => await photograph(width, height)

/** Frames with a square that moves over a photograph. */
async function moving(width, height, count) {
  const frame = await (await photo(width, height)).ensureAlpha().raw().toBuffer()
  const frames = Array.from({ length: count }, (_, step) => {
    const copy = Buffer.from(frame)
    for (let y = 40; y < 100; y++) {
      for (let x = 0; x < 60; x++)
        copy.writeUInt32BE(0xe03020ff, ((y * width + x + step * 8) % (width * height)) * 4)
    }
    return copy
  })
  const raw = { width, height: height * count, channels: 4, pageHeight: height }
  return sharp(Buffer.concat(frames), { raw })
}

const SOURCES = {
  'webp-12.5': async () => (await photo(3072, 4080)).webp({ quality: 80, effort: 2 }).toBuffer(),
  'webp-1.4': async () => (await photo(1024, 1360)).webp({ quality: 80 }).toBuffer(),
  'webp-12.5-lossless': async () => (await photo(3072, 4080)).webp({ lossless: true, effort: 1 }).toBuffer(),
  'webp-12.5-alpha': async () =>
    (await photo(3072, 4080)).ensureAlpha(0.7).webp({ quality: 80, effort: 2 }).toBuffer(),
  'webp-1.4-lossless': async () => (await photo(1024, 1360)).webp({ lossless: true, effort: 1 }).toBuffer(),
  'avif-1.4': async () => (await photo(1024, 1360)).avif({ effort: 1 }).toBuffer(),
  'avif-12.5': async () =>
    (await photo(3072, 4080)).avif({ effort: 0, chromaSubsampling: '4:2:0' }).toBuffer(),
  'avif-12.5-444': async () => (await photo(3072, 4080)).avif({ effort: 0 }).toBuffer(),
  'avif-12.5-10-bits': async () => (await photo(3072, 4080)).avif({ effort: 0, bitdepth: 10 }).toBuffer(),
  'avif-50': async () => (await photo(8160, 6120)).avif({ effort: 0, chromaSubsampling: '4:2:0' }).toBuffer(),
  'png-1.4': async () => (await photo(1024, 1360)).png().toBuffer(),
  'png-0.3': async () => (await photo(512, 680)).png().toBuffer(),
  'gif-20-frames': async () => (await moving(480, 320, 20)).gif().toBuffer(),
  'webp-20-frames': async () => (await moving(480, 320, 20)).webp().toBuffer(),
  'heic-1.4': () => own('png-1.4', 'format=heic'),
  'heic-12.5-grid': () => own('webp-12.5', 'format=heic'),
  'jxl-12.5': async () => codedJxl(await photo(3072, 4080)),
  'jxl-12.5-lossless': async () => codedJxl(await photo(3072, 4080), { lossless: true, effort: 3 }),
}
const animated = { animated: true }
const CASES = [
  ['webp-12.5', 'w=256&format=webp', (s) => s.resize(256).webp()],
  ['webp-12.5-lossless', 'w=256&format=webp', (s) => s.resize(256).webp()],
  ['webp-12.5-alpha', 'w=256&format=webp', (s) => s.resize(256).webp()],
  ['webp-1.4', 'w=256&format=png', (s) => s.resize(256).png()],
  ['webp-1.4-lossless', 'w=256&format=png', (s) => s.resize(256).png()],
  ['avif-1.4', 'w=256&format=png', (s) => s.resize(256).png()],
  ['avif-12.5', 'w=256&format=webp', (s) => s.resize(256).webp()],
  ['avif-12.5-444', 'w=256&format=webp', (s) => s.resize(256).webp()],
  ['avif-12.5-10-bits', 'w=256&format=webp', (s) => s.resize(256).webp()],
  ['avif-50', 'w=256&format=webp', (s) => s.resize(256).webp()],
  ['png-1.4', 'w=1023&format=webp', (s) => s.resize(1023).webp()],
  ['png-1.4', 'w=1023&format=avif', (s) => s.resize(1023).avif()],
  ['png-0.3', 'w=511&format=avif', (s) => s.resize(511).avif()],
  ['png-0.3', 'w=511&format=jxl', null],
  ['png-1.4', 'w=1023&format=heic', null],
  ['heic-1.4', 'w=256&format=webp', null],
  ['heic-12.5-grid', 'w=256&format=webp', null],
  ['jxl-12.5', 'w=256&format=webp', null],
  ['jxl-12.5', 'w=1024&format=jpg', null],
  ['jxl-12.5-lossless', 'w=256&format=webp', null],
  ['png-0.3', 'w=511&format=gif', (s) => s.resize(511).gif()],
  ['gif-20-frames', 'w=240&format=gif', (s) => s.resize(240).gif(), animated],
  ['gif-20-frames', 'w=240&format=webp', (s) => s.resize(240).webp(), animated],
  ['webp-20-frames', 'w=240&format=webp', (s) => s.resize(240).webp(), animated],
]

async function call(url, init) {
  const response = await fetch(url, init)
  const body = new Uint8Array(await response.arrayBuffer())
  if (!response.ok) throw new Error(`${url}: ${response.status} ${new TextDecoder().decode(body)}`)
  return body
}

/** A picture that the service itself makes of another. */
async function own(name, query) {
  const worker = await serve([{ name: 'render', modules }])
  try {
    await call(new URL(`/?id=${name}`, worker.url), { method: 'PUT', body: await SOURCES[name]() })
    return await call(new URL(`/?id=${name}&${query}`, worker.url))
  } finally {
    await worker.stop()
  }
}

/** `npm run bench codecs -- --only=NAME`: only the cases whose source's name has that in it. */
const filters = process.argv.flatMap((arg) => (arg.startsWith('--only=') ? [arg.slice(7)] : []))
const wanted = CASES.filter(([name]) => filters.length === 0 || filters.some((part) => name.includes(part)))

const modules = bundle('bench/worker/render.toml', 'render')
const pictures = {}
const rows = []
for (const [name, query, native, input] of once ? wanted.slice(0, 2) : wanted) {
  const bytes = (pictures[name] ??= await SOURCES[name]())
  const worker = await serve([{ name: 'render', modules }])
  try {
    await call(new URL(`/?id=${name}`, worker.url), { method: 'PUT', body: bytes })
    const render = () => call(new URL(`/?id=${name}&${query}`, worker.url))
    const watch = await watchMemory(worker.inspector, 'render')
    const { above } = await watch.peak(render)
    watch.close()
    const sizes = {}
    const sides = {
      ours: async () => {
        sizes.ours = (await render()).byteLength
      },
      ...(native && {
        libvips: async () => {
          sizes.libvips = (await native(sharp(bytes, input)).toBuffer()).byteLength
        },
      }),
    }
    const { ours, libvips } = await compare(sides, { rounds: 5, warmup: 1 })
    rows.push([
      `${name} → ${query}`,
      `${ours.median.toFixed(1)} ms`,
      libvips ? `${libvips.median.toFixed(1)} ms` : '–',
      libvips ? (ours.median / libvips.median).toFixed(2) : '–',
      sizes.ours,
      sizes.libvips ?? '–',
      `${mb(above)} MB`,
    ])
  } finally {
    await worker.stop()
  }
}
console.log(`${machine()}${once ? ' (one round)' : ''}\n`)
table(['case', 'workerd', 'libvips', 'ratio', 'bytes', 'bytes libvips', 'memory'], rows)
