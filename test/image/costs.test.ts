// What lies outside of the engine's memory against its plan: the codecs' own memories (WebAssembly), measured
// at their final size, and the files that are held in JavaScript, over noise, a picture and one colour.
import { expect, it } from 'vitest'
import { MemoryBudget } from '../../src/image/budget'
import { decoderOf, type Effort, encoderOf } from '../../src/image/codecs'
import { Engine } from '../../src/image/engine'
import { lastEnginePeak } from '../../src/image/engines'
import type { Format } from '../../src/image/formats'
import { normalise } from '../../src/image/normalise'
import { plan } from '../../src/image/plan'
import { probe } from '../../src/image/probe'
import type { Bands } from '../../src/image/rows'
import type { Transformation } from '../../src/image/transformation'
import { encoded } from '../support/oracle'
import { render } from '../support/render'
import { fileOf, pixelsOf, sourceOf } from '../support/rows'
import { noise, seededScene } from '../support/scenes'
import { heldOf, memoriesOf } from '../support/wasm-memory'

const LIMIT = 500_000_000

type Content = 'noise' | 'scene' | 'flat'

function content(kind: Content, side: number, bands: Bands): Uint8Array {
  const samples = side * side * bands
  if (kind === 'noise') return noise(samples, 5)
  return kind === 'scene' ? seededScene(side, side, bands, 3) : new Uint8Array(samples).fill(120)
}

function engineOf(): Engine {
  const engine = new Engine(LIMIT)
  engine.reset(LIMIT)
  return engine
}

/** Encodes and gives the file, what was planned outside of the arena, and what was taken there. */
async function encode(
  format: Format,
  effort: Effort,
  bands: Bands,
  quality: number,
  side: number,
  kind: Content,
) {
  const picture = { width: side, height: side, bands }
  const encoding = { ...picture, quality, effort }
  const engine = engineOf()
  const pixels = content(kind, side, bands)
  const { bytes, result } = await memoriesOf(async () =>
    fileOf(engine, await encoderOf(format).make(engine, encoding), pixels, picture),
  )
  const { outside, file } = encoderOf(format).bytes(encoding)
  const planned = outside + file
  return { file: result, planned, used: bytes + heldOf(format, result), isReused: bytes === 0 }
}

/** What a plan may have over what is used, beside a quarter. */
const SMALL = 500_000

// An idle libwebp or mozjpeg of up to 12 MB is used again: only larger jobs show all that they take.
it.each<[Format, Effort, Bands, number[], number]>([
  ['webp', 'interactive', 4, [30, 80, 100], 640],
  ['webp', 'background', 4, [80], 640],
  ['webp', 'background', 3, [80, 100], 800],
  ['jpg', 'background', 3, [80, 90, 100], 950],
  ['jpg', 'interactive', 3, [50, 80, 85, 90, 100], 500],
  ['webp', 'interactive', 3, [50, 80, 90, 100], 500],
  ['heic', 'interactive', 3, [50, 80, 100], 300],
  ['heic', 'interactive', 4, [80], 300],
  ['png', 'interactive', 3, [100], 500],
  ['png', 'interactive', 4, [100], 500],
  ['gif', 'interactive', 3, [100], 400],
  ['avif', 'interactive', 3, [80, 90, 100], 200],
  ['avif', 'interactive', 4, [80, 100], 500],
  ['avif', 'background', 3, [80, 90], 200],
  ['jxl', 'interactive', 3, [80, 100], 200],
  ['jxl', 'interactive', 4, [80], 500],
  ['jxl', 'background', 3, [80], 200],
] as const)('%s outputs, %s, %i bands', async (format, effort, bands, qualities, side) => {
  for (const quality of qualities) {
    for (const kind of ['noise', 'scene', 'flat'] as const) {
      if (kind === 'flat' && quality !== qualities[0]) continue
      const { planned, used, isReused } = await encode(format, effort, bands, quality, side, kind)
      const figures = `${kind} at quality ${quality}: planned ${planned}, used ${used}`
      expect(planned, figures).toBeGreaterThanOrEqual(used)
      // What content decides is planned for noise.
      const isWhole = !isReused || planned < 10_000_000
      if (kind === 'noise' && isWhole) expect(planned, figures).toBeLessThanOrEqual(1.25 * used + SMALL)
    }
  }
})

it('large WebP outputs with alpha, which is stored as it is', async () => {
  // So that no idle codec is left.
  await encode('webp', 'interactive', 4, 80, 640, 'noise')
  const { planned, used } = await encode('webp', 'interactive', 4, 80, 1300, 'noise')
  expect(planned).toBeGreaterThanOrEqual(used)
  expect(planned).toBeLessThanOrEqual(1.25 * used)
})

/** Files of a format, for decoding. */
async function sources(format: Format, bands: 3 | 4, side: number, kind: Content, options: object) {
  if (format === 'jxl' || format === 'heic') {
    const { quality = 80 } = options as { quality?: number }
    return (await encode(format, 'interactive', bands, quality, side, kind)).file
  }
  const input = { raw: { width: side, height: side, channels: bands } }
  const method = format === 'jpg' ? 'jpeg' : format
  return (await encoded(content(kind, side, bands), [[method, options]], input)).data
}

it.each<[Format, 3 | 4, object, Content | null]>([
  ['webp', 3, { lossless: true }, null],
  ['webp', 4, { lossless: true }, null],
  ['webp', 4, { quality: 80 }, null],
  ['webp', 3, { quality: 80 }, 'noise'],
  ['avif', 3, { quality: 50, effort: 0 }, 'scene'],
  ['avif', 3, { quality: 80, effort: 0, chromaSubsampling: '4:2:0' }, 'scene'],
  ['avif', 3, { quality: 100, effort: 0 }, 'scene'],
  ['avif', 3, { quality: 80, effort: 0, bitdepth: 10 }, 'scene'],
  ['avif', 4, { quality: 80, effort: 0 }, 'scene'],
  ['jxl', 3, { quality: 80 }, 'noise'],
  ['jxl', 4, { quality: 100 }, null],
  ['heic', 3, { quality: 80 }, 'scene'],
  ['heic', 4, { quality: 80 }, 'scene'],
] as const)('%s sources, %i bands, %j', async (format, bands, options, tight) => {
  for (const side of [100, 400, 700]) {
    for (const kind of ['noise', 'scene', 'flat'] as const) {
      const file = await sources(format, bands, side, kind, options)
      const header = probe(file)
      const planned = decoderOf(header).bytes(header, { scale: 1, fileSize: file.length, depth: 8 }).outside
      const engine = engineOf()
      const crop = { left: 0, top: 0, width: side, height: side }
      const { bytes: used } = await memoriesOf(async () => {
        const opening = { engine, source: sourceOf(file), header, scale: 1, left: 1, crop, depth: 8 } as const
        await pixelsOf(engine, await decoderOf(header).open(opening))
      })
      const figures = `${kind} of ${side}: planned ${planned}, used ${used}`
      expect(planned, figures).toBeGreaterThanOrEqual(used)
      // The rest of the plan is for the file and its parts in JavaScript.
      const held = used + 2 * file.length
      if (kind === tight && side > 100)
        expect(planned, figures).toBeLessThanOrEqual(1.25 * held + 2 * SMALL + 1_000_000)
    }
  }
})

const FORMATS: Format[] = ['jpg', 'png', 'webp', 'avif', 'jxl', 'heic', 'gif']
const budget = new MemoryBudget({ bytes: LIMIT, queue: 1, waitMs: 1 })

it.each(FORMATS)('a whole job of a %s source is within its plan, whatever comes out', async (format) => {
  for (const [side, kind] of [
    [500, 'scene'],
    [300, 'noise'],
  ] as const) {
    const file = await sources(format, 3, side, kind, {})
    const header = probe(file)
    for (const output of FORMATS) {
      for (const asked of [{ width: 200 }, { rotate: 90, blur: 4 }] as Transformation[]) {
        const wanted = normalise({ ...asked, format: output }, header)
        const options = { fileSize: file.length, room: LIMIT, effort: 'interactive' } as const
        const planned = plan(header, wanted, options)
        const { bytes, result } = await memoriesOf(() =>
          render(sourceOf(file), header, wanted, { budget, effort: 'interactive' }),
        )
        const used = lastEnginePeak() + bytes + heldOf(output, result.bytes)
        const figures = `${side} ${kind} → ${output} ${JSON.stringify(asked)}: planned ${planned.peakBytes}, used ${used}`
        expect(planned.engineBytes, figures).toBeGreaterThanOrEqual(lastEnginePeak())
        expect(planned.peakBytes, figures).toBeGreaterThanOrEqual(used)
      }
    }
  }
})
