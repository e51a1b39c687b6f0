// `node bench/fuzz-jpeg.mjs [COUNT] [SEED]`: decodes COUNT (default 20,000) seeded mutations of small
// JPEGs. Fails at a trap, at memory past the limit, at a write behind the decoder's
// memory, or at a decode of more than a second.
import sharp from 'sharp'
import { decodeJpeg, makeEngine } from './support/jpeg.mjs'
import { photograph } from './support/pictures.mjs'

const [count = 20_000, seed = 1] = process.argv.slice(2).map(Number)
const LIMIT = 4 << 20

function makeRandom(state) {
  return (n) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * n)
  }
}

/** One to four changes, more of them in the headers than their size would have it. */
function mutate(file, random) {
  let bytes = Uint8Array.from(file)
  for (let n = 1 + random(4); n > 0 && bytes.length > 0; n--) {
    const place = () => random(random(5) < 2 ? Math.min(700, bytes.length) : bytes.length)
    const [kind, at] = [random(6), place()]
    if (kind === 0) bytes[at] ^= 1 << random(8)
    if (kind === 1) bytes[at] = [0, 255, 0xd9, 0xda, 0xc4, 0x7f][random(6)]
    if (kind === 2) bytes = bytes.slice(0, at + 1)
    if (kind === 3) bytes.copyWithin(place(), at, at + random(64))
    if (kind === 4) bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + random(64))])
    if (kind === 5) for (let i = at; i < Math.min(at + 4, bytes.length); i++) bytes[i] = random(256)
  }
  return bytes
}

async function seeds() {
  const large = await (await photograph(1024, 768)).png().toBuffer()
  const picture = await sharp(large).resize(93, 71, { fit: 'fill' }).png().toBuffer()
  const files = []
  for (const progressive of [false, true]) {
    for (const chromaSubsampling of ['4:4:4', '4:2:0']) {
      for (const space of ['srgb', 'b-w', 'cmyk']) {
        const image = sharp(picture).toColourspace(space)
        files.push(await image.jpeg({ quality: 85, progressive, chromaSubsampling }).toBuffer())
      }
    }
  }
  return files
}

const files = await seeds()
const outcomes = {}
let slowest = 0
const engine = makeEngine()
for (let i = 0; i < count; i++) {
  const random = makeRandom(seed * 1_000_003 + i)
  const file = mutate(files[random(files.length)], random)
  const cut = random(3) === 0
  const options = {
    limit: LIMIT,
    bandBytes: [1 << 14, 1 << 16, 1 << 20][random(3)],
    chunk: () => (cut ? 1 + random(3000) : 65536),
    maxRows: 4096,
    crop: (width, height) => {
      if (random(2) === 0) return [0, 0, 0, 0]
      const [left, top] = [random(width), random(height)]
      return [left, top, 1 + random(width - left), 1 + random(height - top)]
    },
  }
  const started = performance.now()
  const { status, flaws, guarded } = decodeJpeg(engine, file, random(4), options)
  const took = performance.now() - started
  slowest = Math.max(slowest, took)
  if (took > 1000) throw new Error(`mutation ${i} of seed ${seed} took ${took} ms`)
  if (engine.memory.buffer.byteLength > LIMIT)
    throw new Error(`mutation ${i} of seed ${seed} grew the memory`)
  if (!guarded) throw new Error(`mutation ${i} of seed ${seed} wrote outside of its memory`)
  const outcome =
    status < 0 ? `error ${status}` : `picture${flaws & 1 ? ', truncated' : ''}${flaws & 2 ? ', damaged' : ''}`
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
}
console.table(outcomes)
console.log(`${count} mutations, the slowest ${slowest.toFixed(1)} ms`)
