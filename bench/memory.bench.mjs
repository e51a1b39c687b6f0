// Peak memory of an isolate (heap, buffers and WASM together, garbage collected) above the idle
// Worker, one fresh isolate per case; and eight distinct 12.5 MP JPEGs at once in one isolate.
import { randomFillSync } from 'node:crypto'
import sharp from 'sharp'
import { machine, once, table } from './support/compare.mjs'
import { watchMemory } from './support/memory.mjs'
import { photograph } from './support/pictures.mjs'
import { bundle, serve } from './support/worker.mjs'

sharp.concurrency(1)
sharp.cache(false)
/** Renders of a case, of which the greatest figure counts: a sample sees one moment. */
const RENDERS = 3

const mb = (bytes) => (bytes / 1e6).toFixed(1)

/** `npm run bench memory -- --only=NAME`: only the cases whose picture's name has that in it; `eight`: those at once. */
const filters = process.argv.flatMap((arg) => (arg.startsWith('--only=') ? [arg.slice(7)] : []))

/** 100 megapixels, enlarged from a smaller photograph, which takes a tenth of the time to make. */
const huge = async () =>
  sharp(await (await photograph(5774, 4330)).png({ compressionLevel: 1 }).toBuffer(), {
    limitInputPixels: false,
  }).resize(11547, 8660, { fit: 'fill', kernel: 'cubic' })
const picture = (width, height) => () => photograph(width, height)
/** Noise that a reduction to 2 megapixels leaves noise, which no encoder compresses. */
const noisy = (width, height, shrink, channels) => async () => {
  const [across, down] = [Math.ceil(width / shrink), Math.ceil(height / shrink)]
  const raw = { width: across, height: down, channels }
  return sharp(randomFillSync(Buffer.alloc(across * down * channels)), {
    raw,
    limitInputPixels: false,
  }).resize(width, height, { fit: 'fill', kernel: 'nearest' })
}
const noise = (channels) => noisy(11547, 8660, 7, channels)
/** As wide as a JPEG can be, nearly. */
const wide = (channels) => noisy(65500, 1526, 7, channels)
const deep = (make) => async () => (await make()).toColourspace('rgb16')
const inks = (make) => async () => (await make()).toColourspace('cmyk').withIccProfile('cmyk')
const jpeg = (make, options) => async () => (await make()).jpeg({ quality: 85, ...options }).toBuffer()
const png = (make, options) => async () => (await make()).png({ compressionLevel: 2, ...options }).toBuffer()
const avif = (make, options) => async () => (await make()).avif({ effort: 0, ...options }).toBuffer()
/** With alpha that changes from place to place: the picture's own luminance. */
const lucent = (make) => async () => {
  const rgb = await (await make()).png({ compressionLevel: 1 }).toBuffer()
  return sharp(rgb).joinChannel(await sharp(rgb).greyscale().raw().toBuffer(), {
    raw: { ...(await sharp(rgb).metadata()), channels: 1 },
  })
}
const [small, large] = [picture(3072, 4080), picture(8160, 6120)]
const PICTURES = {
  'jpeg-12.5': jpeg(small),
  'jpeg-12.5-progressive': jpeg(small, { progressive: true }),
  'jpeg-50': jpeg(large),
  'jpeg-50-progressive': jpeg(large, { progressive: true }),
  'jpeg-100': jpeg(huge),
  'jpeg-100-progressive': jpeg(huge, { progressive: true }),
  'jpeg-100-progressive-444': jpeg(huge, { progressive: true, chromaSubsampling: '4:4:4' }),
  'jpeg-12.5-cmyk': jpeg(inks(small)),
  'jpeg-100-cmyk': jpeg(inks(huge)),
  'jpeg-100-cmyk-progressive': jpeg(inks(huge), { progressive: true }),
  'png-12.5': png(small),
  'png-12.5-alpha': png(lucent(small)),
  'png-12.5-alpha-noise': png(noisy(4080, 3072, 5, 4)),
  'png-50': png(large),
  'png-100': png(huge),
  'png-100-interlaced-16': png(deep(huge), { progressive: true }),
  'avif-12.5': avif(small, { chromaSubsampling: '4:2:0' }),
  'avif-12.5-10-bits': avif(small, { bitdepth: 10 }),
  'avif-50': avif(large, { chromaSubsampling: '4:2:0' }),
  'jpeg-100-noise-progressive': jpeg(noise(3), { progressive: true }),
  'png-100-noise': png(noise(4)),
  'png-100-noise-interlaced': png(noise(4), { progressive: true }),
  'png-100-noise-interlaced-16': png(deep(noise(4)), { progressive: true }),
  'jpeg-wide-noise-progressive': jpeg(wide(3), { progressive: true }),
  'png-wide-noise': png(wide(4)),
  'png-wide-noise-interlaced-16': png(deep(wide(4)), { progressive: true }),
}
/** What takes most of outputs of 2 megapixels: files of noise, with a border of another kind. */
const BORDER = 'pad=20&pad-c=%23FF000080&format=png'
const NOISY = `w=1590&${BORDER}`
const WIDE = `w=7800&${BORDER}`
const CASES = [
  ['jpeg-12.5', 'w=256&format=webp', 24],
  ['jpeg-12.5', 'w=1024&format=jpg', 24],
  ['jpeg-12.5-progressive', 'w=256&format=webp', 24],
  ['jpeg-50', 'w=256&format=webp', 24],
  ['jpeg-50', 'w=1600&format=jpg', 24],
  ['jpeg-50', 'w=1600&format=png', 24],
  ['jpeg-50-progressive', 'w=256&format=jpg', 24],
  ['jpeg-100', 'w=1600&format=jpg', 24],
  ['jpeg-100', 'w=800&format=webp', 24],
  ['jpeg-100-progressive', 'w=256&format=jpg', 24],
  ['jpeg-100-progressive', 'w=1600&format=jpg', 24],
  ['jpeg-100-progressive', 'w=1600&format=png', 24],
  ['jpeg-100-progressive', 'w=1600&r=90&blur=10&pad=20&pad-c=%23FFFFFF&format=jpg', 24],
  ['jpeg-100-progressive', 'w=1400&h=1400&fit=fill&g=attention&format=jpg', 24],
  ['jpeg-100-progressive-444', 'w=1600&format=png', 24],
  ['jpeg-100-progressive-444', 'w=1400&h=1400&fit=crop&format=jpg', 24],
  ['jpeg-12.5-cmyk', 'w=256&format=webp', 24],
  ['jpeg-12.5-cmyk', 'w=1024&format=jpg', 24],
  ['jpeg-100-cmyk', 'w=1600&format=png', 24],
  ['jpeg-100-cmyk-progressive', 'w=1600&format=jpg', 24],
  ['jpeg-100-cmyk-progressive', 'w=1600&r=90&blur=10&pad=20&pad-c=%23FFFFFF&format=png', 24],
  ['png-12.5', 'w=256&format=webp', 24],
  ['png-12.5-alpha', 'w=613&format=webp', 24],
  ['png-12.5-alpha-noise', 'w=816&format=webp', 24],
  ['png-50', 'w=1024&format=jpg', 24],
  ['png-100', 'w=1600&format=jpg', 24],
  ['png-100', 'w=1600&format=png', 24],
  ['png-100-interlaced-16', 'w=1600&format=jpg', 24],
  ['png-100-interlaced-16', 'w=1600&format=png', 24],
  ['jpeg-100-noise-progressive', NOISY, 24],
  ['jpeg-100-noise-progressive', `r=90&${NOISY}`, 24],
  ['png-100-noise', `r=90&${NOISY}`, 24],
  ['png-100-noise-interlaced', `r=90&${NOISY}`, 24],
  ['png-100-noise-interlaced-16', NOISY, 24],
  ['png-100-noise-interlaced-16', `r=90&${NOISY}`, 24],
  ['jpeg-wide-noise-progressive', `r=90&${WIDE}`, 24],
  ['png-wide-noise', `r=90&${WIDE}`, 24],
  ['png-wide-noise-interlaced-16', `r=90&${WIDE}`, 24],
  ['avif-12.5', 'w=256&format=webp', 24],
  ['avif-12.5-10-bits', 'w=256&format=webp', 24],
  ['avif-50', 'w=256&format=webp', 24],
  ['avif-50', 'w=1600&format=jpg', 24],
  ['jpeg-12.5', 'q=70&filter=grayscale&format=jpg', null],
  ['jpeg-50', 'r=90&q=70&format=jpg', null],
].filter(([name]) => filters.length === 0 || filters.some((filter) => name.includes(filter)))

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
      for (let i = 0; i < RENDERS; i++)
        size = (await call(new URL(`/?id=${name}&turns&${query}`, worker.url))).byteLength
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

if (filters.length === 0 || filters.includes('eight')) rows.push(await eightAtOnce())
console.log(`${machine()}\n`)
table(['case', 'peak above idle', 'goal', 'bytes out'], rows)

async function eightAtOnce() {
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
    Promise.all(
      [0, 1, 2, 3, 4, 5, 6, 7].map((i) => call(new URL(`/?id=${i}&turns&w=1024&format=jpg`, worker.url))),
    ),
  )
  watch.close()
  await worker.stop()
  return ['8 × jpeg-12.5 at once → w=1024&format=jpg', `${mb(eight.above)} MB`, '≤ 100 MB', 'all answered']
}
