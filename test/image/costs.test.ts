// What lies outside of the engine's memory against its plan: the codecs' own memories (WebAssembly), measured
// at their final size, and the files that are held in JavaScript, over noise, drawn and photographed pictures and one colour.
import { describe, expect, it } from 'vitest'
import { MemoryBudget } from '../../src/image/budget'
import { decoderOf, type Effort, encoderOf } from '../../src/image/codecs'
import { Engine } from '../../src/image/engine'
import { lastEnginePeak } from '../../src/image/engines'
import type { Format } from '../../src/image/formats'
import { embedMetadata } from '../../src/image/metadata'
import { normalise } from '../../src/image/normalise'
import { plan } from '../../src/image/plan'
import { probe } from '../../src/image/probe'
import { retelling } from '../../src/image/retold'
import type { Bands } from '../../src/image/rows'
import type { Transformation } from '../../src/image/transformation'
import { lutTag, profileOf } from '../support/lut'
import { type Call, encoded } from '../support/oracle'
import { photo } from '../support/photo'
import { render } from '../support/render'
import { fileOf, pixelsOf, sourceOf } from '../support/rows'
import { noise, seededScene } from '../support/scenes'
import { heldOf, memoriesOf } from '../support/wasm-memory'

const LIMIT = 500_000_000

type Content = 'noise' | 'scene' | 'photo' | 'flat'

/** Photographs by size, which take some time to make. */
const photos = new Map<string, Uint8Array>()

function content(kind: Content, side: number, bands: Bands): Uint8Array {
  const samples = side * side * bands
  if (kind === 'noise') return noise(samples, 5)
  if (kind === 'photo') {
    const key = `${side} ${bands}`
    const made = photos.get(key) ?? photo(side, side, bands, 4)
    photos.set(key, made)
    return made
  }
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
  const held = heldOf(format, result)
  return {
    file: result,
    /** What the codec takes, and what its file does: planned, and used. */
    codec: { planned: outside, used: bytes },
    output: { planned: file, used: held },
    planned: outside + file,
    used: bytes + held,
    isReused: bytes === 0,
  }
}

/** What a plan may have over what is used, beside a quarter. */
const SMALL = 500_000

/**
 * What a photograph may leave of what is planned for a codec: libwebp's and libjxl's tokens and mozjpeg's
 * coefficients at quality 100 are as many as content asks for, and noise asks for the most.
 */
const CALM: Partial<Record<`${Format} ${Effort} ${Bands}`, number>> = {
  'webp interactive 4': 1.65,
  'webp background 4': 1.65,
  'webp background 3': 1.85,
  'jpg background 3': 1.4,
  'jxl interactive 3': 1.4,
  'jxl background 3': 1.4,
}

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
    for (const kind of ['noise', 'photo', 'scene', 'flat'] as const) {
      if (kind === 'flat' && quality !== qualities[0]) continue
      const { planned, used, codec, output, isReused } = await encode(
        ...([format, effort, bands, quality, side, kind] as const),
      )
      const figures = `${kind} at quality ${quality}: planned ${planned}, used ${used}`
      expect(planned, figures).toBeGreaterThanOrEqual(used)
      // What content decides is planned for noise.
      const isWhole = !isReused || planned < 10_000_000
      if (kind === 'noise' && isWhole) expect(planned, figures).toBeLessThanOrEqual(1.25 * used + SMALL)
      // A photograph's file is smaller, by no one knows how much. What the codec takes is told apart from it.
      if (kind !== 'photo') continue
      const calm = CALM[`${format} ${effort} ${bands}`] ?? 1.25
      expect(output.planned, `${figures}, the file ${output.used}`).toBeGreaterThanOrEqual(output.used)
      if (isWhole) expect(codec.planned, figures).toBeLessThanOrEqual(calm * codec.used + SMALL)
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
  ['avif', 3, { quality: 50, effort: 0 }, null],
  ['avif', 3, { quality: 80, effort: 0, chromaSubsampling: '4:2:0' }, null],
  ['avif', 3, { quality: 100, effort: 0 }, null],
  ['avif', 3, { quality: 80, effort: 0, bitdepth: 10 }, 'scene'],
  ['avif', 4, { quality: 80, effort: 0 }, null],
  ['jxl', 3, { quality: 80 }, 'noise'],
  ['jxl', 4, { quality: 100 }, null],
  ['heic', 3, { quality: 80 }, 'scene'],
  ['heic', 4, { quality: 80 }, 'scene'],
] as const)('%s sources, %i bands, %j', async (format, bands, options, tight) => {
  for (const side of [100, 400, 700]) {
    for (const kind of ['noise', 'scene', 'photo', 'flat'] as const) {
      const file = await sources(format, bands, side, kind, options)
      const crop = { left: 0, top: 0, width: side, height: side }
      const { planned, used } = await retelling(probe(file), async (header) => {
        const engine = engineOf()
        const planned = decoderOf(header).bytes(header, { scale: 1, fileSize: file.length, depth: 8 }).outside
        const { bytes: used } = await memoriesOf(async () => {
          const opening = {
            engine,
            source: sourceOf(file),
            header,
            scale: 1,
            left: 1,
            crop,
            depth: 8,
          } as const
          await pixelsOf(engine, await decoderOf(header).open(opening))
        })
        return { planned, used }
      })
      const figures = `${kind} of ${side}: planned ${planned}, used ${used}`
      expect(planned, figures).toBeGreaterThanOrEqual(used)
      // The rest of the plan is for the file and its parts in JavaScript.
      const held = used + 2 * file.length
      if ((kind === tight || (kind === 'photo' && tight !== null)) && side > 100)
        expect(planned, figures).toBeLessThanOrEqual(1.25 * held + 2 * SMALL + 1_000_000)
    }
  }
})

const FORMATS: Format[] = ['jpg', 'png', 'webp', 'avif', 'jxl', 'heic', 'gif']
const budget = new MemoryBudget({ bytes: LIMIT, queue: 1, waitMs: 1 })

it.each(FORMATS)('a whole job of a %s source is within its plan, whatever comes out', async (format) => {
  for (const [side, kind] of [
    [500, 'scene'],
    [400, 'photo'],
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

/** JPEGs of ink: with libvips' profile of 0.9 MB, with a small one, and without any. */
async function inkFile(profile: 'large' | 'small' | 'none', side: number, progressive: boolean) {
  const input = { raw: { width: side, height: side, channels: 3 } }
  const jpeg: Call = ['jpeg', { quality: 85, progressive }]
  const calls: Call[] = [['toColourspace', 'cmyk'], ['withIccProfile', 'cmyk'], jpeg]
  const { data } = await encoded(seededScene(side, side, 3, 4), calls, input)
  if (profile === 'large') return data
  const node = (c = 0, m = 0, y = 0, k = 0) => [(1 - k) * (1 - (c + m + y) / 4), 0.5, 0.5]
  const icc = profileOf('CMYK', 'Lab ', 2, { A2B0: lutTag(2, { channels: 4, side: 5, node }) })
  return embedMetadata('jpg', data, profile === 'small' ? { icc } : {})
}

/** Light with tables. */
async function lightFile(format: 'jpg' | 'png', side: number, deep: boolean) {
  const input = { raw: { width: side, height: side, channels: 3 } }
  const calls: Call[] = deep ? [['toColourspace', 'rgb16']] : []
  const encode: Call = format === 'jpg' ? ['jpeg', { quality: 85 }] : ['png']
  const { data } = await encoded(seededScene(side, side, 3, 4), [...calls, encode], input)
  const node = (r = 0, g = 0, b = 0) => [(r + g + b) / 3, 0.5 + (r - g) / 4, 0.5 + (g - b) / 4]
  const icc = profileOf('RGB ', 'Lab ', 2, { A2B0: lutTag(2, { channels: 3, side: 17, node }) })
  return embedMetadata(format, data, { icc })
}

describe('pictures whose colours go through tables', () => {
  const planOf = (file: Uint8Array, asked: Transformation) => {
    const header = probe(file)
    const wanted = normalise(asked, header)
    const planned = plan(header, wanted, { fileSize: file.length, room: LIMIT, effort: 'interactive' })
    return { header, wanted, planned }
  }

  /** A quarter and some: what is held between strips hangs on what content and sizes happen to be. */
  async function expectTight(file: Uint8Array, asked: Transformation, name: string) {
    const { header, wanted, planned } = planOf(file, asked)
    const { bytes } = await memoriesOf(() =>
      render(sourceOf(file), header, wanted, { budget, effort: 'interactive' }),
    )
    const used = lastEnginePeak()
    const figures = `${name} ${JSON.stringify(asked)}: planned ${planned.engineBytes}, used ${used}`
    // No codec but the engine's own.
    expect(bytes, figures).toBe(0)
    expect(planned.engineBytes, figures).toBeGreaterThanOrEqual(used)
    expect(planned.engineBytes, figures).toBeLessThanOrEqual(1.25 * used)
  }

  it.each(['large', 'small', 'none'] as const)('ink with a %s profile', async (profile) => {
    for (const progressive of [false, true]) {
      for (const side of [700, 1500]) {
        const file = await inkFile(profile, side, progressive)
        for (const asked of [
          { width: 200, format: 'jpg' },
          { width: 500, format: 'png' },
          { width: 300, format: 'webp' },
          { width: 300, colorSpace: 'p3', rotate: 90, format: 'jpg' },
        ] as Transformation[]) {
          await expectTight(file, asked, `${side}${progressive ? ' progressive' : ''}`)
        }
      }
    }
  })

  it('light', async () => {
    for (const [format, deep] of [
      ['jpg', false],
      ['png', false],
      ['png', true],
    ] as const) {
      const file = await lightFile(format, 1200, deep)
      for (const colorSpace of ['srgb', 'p3', 'grayscale', 'origin'] as const) {
        await expectTight(
          file,
          { width: 400, colorSpace, format: 'jpg' },
          `${format}${deep ? ' of 16 bits' : ''}`,
        )
      }
    }
  })

  it('count the profile that is read and held', async () => {
    const asked = { width: 200, format: 'jpg' } as const
    const large = planOf(await inkFile('large', 300, false), asked)
    const none = planOf(await inkFile('none', 300, false), asked)
    const { bytes, tables } = large.header.profile!
    expect(bytes).toBeGreaterThan(500_000)
    expect(large.planned.peakBytes).toBeGreaterThan(3 * bytes)
    expect(large.planned.reading.outside - none.planned.reading.outside).toBeGreaterThanOrEqual(tables)
    expect(none.header.profile).toBeUndefined()
  })

  it.each([1, 12, 50, 100])('plan at most 24 MB for ink of %i megapixels', async (megapixels) => {
    const file = await inkFile('large', 300, false)
    const side = Math.round(Math.sqrt(megapixels * 1e6))
    for (const interlaced of [false, true]) {
      const header = { ...probe(file), width: side, height: side, interlaced }
      for (const asked of [
        { width: 256, format: 'webp' },
        { width: 700, format: 'webp' },
        { width: 1400, format: 'jpg' },
        { width: 1400, format: 'jpg', rotate: 90, blur: 10 },
      ] as Transformation[]) {
        const wanted = normalise({ height: asked.width!, fit: 'fill', ...asked }, header)
        const planned = plan(header, wanted, {
          fileSize: side * side * 0.4,
          room: 24_000_000,
          effort: 'interactive',
        })
        const figures = `${interlaced ? 'progressive' : 'baseline'} ${JSON.stringify(asked)}`
        expect(planned.peakBytes, figures).toBeLessThanOrEqual(24_000_000)
      }
    }
  })
})
