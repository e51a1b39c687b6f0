// Every format to every other, opaque and with alpha: rendered at another size, and read by an
// independent decoder (libvips; libjxl for JPEG XL and libde265 for HEIC, which libvips here can't read).
import { beforeAll, expect, it } from 'vitest'
import { MemoryBudget } from '../../src/image/budget'
import { openHeic } from '../../src/image/codecs/heic'
import { makeJxlWriter, openJxl } from '../../src/image/codecs/jxl'
import { Engine } from '../../src/image/engine'
import { FORMAT_NAMES, FORMATS, type Format } from '../../src/image/formats'
import { normalise } from '../../src/image/normalise'
import { probe } from '../../src/image/probe'
import { handHeif } from '../support/heif'
import { encoded, raw } from '../support/oracle'
import { render } from '../support/render'
import { fileOf, maxDiff, pixelsOf, psnr, sourceOf } from '../support/rows'

const [WIDTH, HEIGHT] = [96, 64]
const budget = new MemoryBudget({ bytes: 80_000_000, queue: 10, waitMs: 10_000 })

/** Broad shapes in colours that GIF can show; in alpha, a wholly transparent border. */
function picture(alpha: boolean): Uint8Array {
  const pixels = new Uint8Array(WIDTH * HEIGHT * 4)
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const clear = alpha && (x < 16 || y < 16)
      const colour = clear ? [0, 0, 0, 0] : [60 + x, 40 + 2 * y, x < 48 ? 90 : 150, 255]
      pixels.set(colour, (y * WIDTH + x) * 4)
    }
  }
  return pixels
}

/** HEIC by hand: BT.601, full range, 4:4:4. */
function heic(rgba: Uint8Array, alpha: boolean): Uint8Array {
  const planes: number[][] = [[], [], []]
  const opacity: number[] = []
  for (let i = 0; i < rgba.length; i += 4) {
    const [r, g, b, a] = rgba.subarray(i, i + 4) as unknown as [number, number, number, number]
    const y = 0.299 * r + 0.587 * g + 0.114 * b
    planes[0]!.push(Math.round(y))
    planes[1]!.push(Math.round(128 + (b - y) / 1.772))
    planes[2]!.push(Math.round(128 + (r - y) / 1.402))
    opacity.push(a)
  }
  const size = { width: WIDTH, height: HEIGHT }
  const whole = { ...size, columns: 1 }
  return handHeif(
    { ...whole, tiles: [{ ...size, chroma: '4:4:4', planes }] },
    alpha ? { alpha: { ...whole, tiles: [{ ...size, chroma: '4:0:0', planes: [opacity] }] } } : {},
  )
}

async function made(format: Format, alpha: boolean): Promise<Uint8Array> {
  const rgba = picture(alpha)
  if (format === 'heic') return heic(rgba, alpha)
  if (format === 'jxl') {
    const engine = new Engine(8 << 20)
    const size = { width: WIDTH, height: HEIGHT, bands: 4 } as const
    return fileOf(
      engine,
      await makeJxlWriter(engine, { ...size, quality: 95, effort: 'interactive' }),
      rgba,
      size,
    )
  }
  const options = { jpg: { quality: 95 }, webp: { quality: 95 }, avif: { quality: 90, effort: 0 } }
  const calls = [[format === 'jpg' ? 'jpeg' : format, options[format as keyof typeof options] ?? {}]] as const
  const opaque = alpha ? [] : ([['removeAlpha']] as const)
  const { data } = await encoded(rgba, [...opaque, ...calls] as never, {
    raw: { width: WIDTH, height: HEIGHT, channels: 4 },
  })
  return data
}

/** A file as RGBA. */
async function read(format: Format, file: Uint8Array): Promise<Uint8Array> {
  if (format !== 'jxl' && format !== 'heic') return (await raw(file, [['ensureAlpha']])).data
  const engine = new Engine(8 << 20)
  if (format === 'jxl') return pixelsOf(engine, await openJxl(engine, sourceOf(file), { alpha: true }))
  return pixelsOf(engine, await openHeic(engine, sourceOf(file), { alpha: true }))
}

const sources = new Map<string, Uint8Array>()

beforeAll(async () => {
  for (const format of FORMAT_NAMES) {
    sources.set(`${format} false`, await made(format, false))
    if (FORMATS[format].alpha) sources.set(`${format} true`, await made(format, true))
  }
}, 60_000)

async function rendered(from: Format, to: Format, alpha: boolean): Promise<Uint8Array> {
  const file = sources.get(`${from} ${alpha}`)!
  const header = probe(file)
  expect(header).toMatchObject({ format: from, width: WIDTH, height: HEIGHT })
  const wanted = normalise({ width: WIDTH / 2, format: to, quality: 90 }, header)
  const { bytes, header: after } = await render(sourceOf(file), header, wanted, {
    budget,
    effort: 'interactive',
  })
  expect(after).toMatchObject({ format: to, width: WIDTH / 2, height: HEIGHT / 2 })
  expect(probe(bytes)).toMatchObject({ format: to, width: WIDTH / 2, height: HEIGHT / 2 })
  return read(to, bytes)
}

async function wanted(alpha: boolean): Promise<Uint8Array> {
  const { data } = await raw(picture(alpha), [['resize', WIDTH / 2]], {
    raw: { width: WIDTH, height: HEIGHT, channels: 4 },
  })
  return data
}

const PAIRS = FORMAT_NAMES.flatMap((from) => FORMAT_NAMES.map((to) => [from, to] as const))
const WITH_ALPHA = PAIRS.filter(([from, to]) => FORMATS[from].alpha && FORMATS[to].alpha)

it.each(PAIRS)('%s to %s', async (from, to) => {
  expect(psnr(await rendered(from, to, false), await wanted(false))).toBeGreaterThan(28)
})

it.each(WITH_ALPHA)('%s to %s with alpha', async (from, to) => {
  const [ours, theirs] = [await rendered(from, to, true), await wanted(true)]
  // Away from the soft edge of the resized alpha, which GIF can't show.
  const hard = (pixels: Uint8Array) =>
    pixels.filter((_, i) => [0, 255].includes(theirs[i | 3]!) && i % 4 === 3)
  expect(maxDiff(hard(ours), hard(theirs))).toBeLessThanOrEqual(40)
  const seen = (pixels: Uint8Array) => pixels.filter((_, i) => theirs[i | 3] === 255 && i % 4 !== 3)
  expect(psnr(seen(ours), seen(theirs))).toBeGreaterThan(26)
})
