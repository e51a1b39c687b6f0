// Seeded damage to small files of every format: to what reads headers and metadata, to our own decoders of
// GIF, lossy WebP and PNG, and to what stands around the others' (containers of WebP, HEIC and AVIF). JPEG has a file
// of its own. What comes out is a picture or a clear error; no trap, no write outside of what was allocated, no
// read of more of a file than a few times its size.
import { beforeAll, describe, expect, it } from 'vitest'
import { openAnimation } from '../../src/image/animation'
import { decoderOf } from '../../src/image/codecs'
import { readHeifPicture } from '../../src/image/codecs/heif-picture'
import { Ranges } from '../../src/image/codecs/ranges'
import { parseProfile } from '../../src/image/colour/profile'
import type { Engine } from '../../src/image/engine'
import { ImageError } from '../../src/image/error'
import type { Format } from '../../src/image/formats'
import type { ByteSource, ImageHeader } from '../../src/image/header'
import { embedMetadata, readMetadata, readMetadataFrom, settleMetadata } from '../../src/image/metadata'
import { readExifFacts } from '../../src/image/metadata/exif'
import { makeProbe } from '../../src/image/probe'
import { Retold } from '../../src/image/retold'
import { countedSource } from '../support/counted'
import { handGif } from '../support/gif'
import { GuardedEngine } from '../support/guarded-engine'
import { handHeif } from '../support/heif'
import { codedJxl } from '../support/jxl-made'
import { recompressed } from '../support/jxl-recompressed'
import { exifBlock, xmpPacket } from '../support/metadata'
import { mutateOften } from '../support/mutate'
import { encoded } from '../support/oracle'
import { random, scene } from '../support/rows'

const { env } = import.meta as unknown as { env: Record<string, string | undefined> }
const COUNT = Number(env.VITE_FUZZ ?? 2000)
const SEED = Number(env.VITE_FUZZ_SEED ?? 1)
const LIMIT = 4 << 20
/** A damaged header may claim any size: what is above these is refused, or read in part. */
const MOST_PIXELS = 1 << 18
const MOST_STRIPS = 100
const MOST_FRAMES = 20

const files = {} as Record<Format, Uint8Array[]>
/** Animations of several frames. */
const moving: { gif: Uint8Array[]; webp: Uint8Array[] } = { gif: [], webp: [] }

beforeAll(async () => {
  const raw = (channels: number) => ({ raw: { width: 33, height: 27, channels } })
  const made = (format: string, channels: 3 | 4, options: object = {}) =>
    encoded(
      scene(33, 27, channels),
      [
        ['withExif', { IFD0: { Make: 'Konifer' } }],
        ['withXmp', new TextDecoder().decode(xmpPacket)],
        ['withIccProfile', 'p3'],
        [format, options],
      ],
      raw(channels),
    ).then(({ data }) => data)
  const palette = Array.from({ length: 16 }, (_, i) => [i * 16, 255 - i * 9, (i * 40) & 255])
  const frame = (x: number, width: number, more = {}) => ({
    ...{ x, y: x, width, height: width, disposal: x % 4, ...more },
    pixels: Array.from({ length: width * width }, (_, i) => (i * 7) % 16),
  })
  const tile = (w: number) => ({
    ...{ width: 32, height: 32, chroma: '4:2:0' as const },
    planes: [1024, 256, 256].map((n) => Array.from({ length: n }, (_, i) => (i * w) & 255)),
  })
  files.jpg = [await made('jpeg', 3), await made('jpeg', 3, { progressive: true })]
  files.png = [await made('png', 3), await made('png', 4, { progressive: true })]
  files.webp = [
    await made('webp', 3),
    await made('webp', 3, { quality: 30, smartSubsample: true }),
    await made('webp', 4),
    await made('webp', 3, { lossless: true }),
  ]
  files.avif = [await made('avif', 3, { effort: 0 }), await made('avif', 4, { effort: 0 })]
  files.jxl = [await codedJxl(scene(33, 27, 4), 33, 27)]
  files.jxl.push(embedMetadata('jxl', files.jxl[0]!, { exif: exifBlock(), xmp: xmpPacket }))
  for (const more of [{ effort: 3 }, { effort: 7, quality: 20 }, { effort: 5, quality: 4 }]) {
    files.jxl.push(await codedJxl(scene(70, 61, 4), 70, 61, { lossless: false, ...more }))
  }
  const { '4:2:0': halved, '4:2:2': across } = recompressed()
  files.jxl.push(halved!, across!)
  files.heic = [
    handHeif({ width: 32, height: 32, columns: 1, tiles: [tile(3)] }),
    handHeif({ width: 60, height: 50, columns: 2, tiles: [3, 5, 7, 11].map(tile) }),
  ]
  files.gif = [
    handGif(40, 40, palette, [frame(0, 40), frame(5, 20, { interlaced: true, transparent: 3 })], 0),
    await made('gif', 4),
  ]
  const frames = [
    frame(0, 40),
    frame(5, 20, { interlaced: true, transparent: 3 }),
    frame(2, 30, { transparent: 7, palette: palette.slice(0, 8) }),
    frame(11, 9),
    frame(30, 20, { interlaced: true }),
  ].map((one) => ({ ...one, pixels: one.pixels.map((value) => value % ('palette' in one ? 8 : 16)) }))
  moving.gif = [handGif(40, 40, palette, frames, 0), handGif(21, 40, palette, frames.slice(1))]
  const animated = (options: object) =>
    encoded(moving.gif[0]!, [['webp', options]], { animated: true }).then(({ data }) => data)
  moving.webp = [await animated({ quality: 60 }), await animated({ lossless: true })]
})

/** The kind of error that `work` ends with, or `fine`; anything but an ImageError fails the test. */
async function outcomeOf(what: string, work: () => unknown): Promise<string> {
  try {
    await work()
    return 'fine'
  } catch (error) {
    if (error instanceof ImageError) return error.kind
    if (error instanceof Retold) return 'retold'
    throw new Error(`${what}: ${String(error)}`, { cause: error })
  }
}

/** Damaged copies of a format's files, with a generator for choices and a name to find them again. */
function* damaged(format: Format, count: number, offset: number, among: Partial<typeof files> = files) {
  for (let i = 0; i < count; i++) {
    const next = random((SEED * 7 + offset) * 1_000_003 + i)
    const sound = among[format]!
    const file = sound[next(sound.length)]!
    yield { file: mutateOften(file, next, 400), next, what: `${format} mutation ${i} of seed ${SEED}` }
  }
}

function probed(file: Uint8Array, chunk: number): ImageHeader {
  const probe = makeProbe()
  for (let at = 0; at < file.length; at += chunk) probe.push(file.slice(at, at + chunk))
  return probe.end()
}

const FORMATS_READ: Format[] = ['jpg', 'png', 'webp', 'avif', 'jxl', 'heic', 'gif']

describe.each(FORMATS_READ)('damage to %s', (format) => {
  it(`is survived by what reads headers and metadata, ${COUNT} times`, async () => {
    const outcomes = new Set<string>()
    for (const { file, next, what } of damaged(format, COUNT, 1)) {
      const chunk = next(2) === 0 ? 65536 : 1 + next(60)
      outcomes.add(await outcomeOf(what, () => probed(file, chunk)))
      // Metadata is dropped where it is broken: it is never an error.
      const source = countedSource(file, chunk)
      const found = await readMetadataFrom(source, format)
      expect(source.taken, what).toBeLessThanOrEqual(3 * file.length + chunk)
      const whole = readMetadata(file, format)
      expect(Object.keys(found).sort(), what).toEqual(Object.keys(whole).sort())
      // What was found is settled and written, whatever is in it.
      const output = { width: 33, height: 27, orientation: 6, strip: [], icc: null } as const
      await outcomeOf(what, () => {
        const settled = settleMetadata(found, { format, ...output })
        if (format !== 'gif') embedMetadata(format, files[format][0]!, settled)
      })
      if (found.icc) parseProfile(found.icc)
      if (found.exif) readExifFacts(found.exif)
    }
    expect(outcomes).toContain('fine')
    expect([...outcomes].some((outcome) => outcome === 'corrupt' || outcome === 'truncated')).toBe(true)
  }, 300_000)
})

const guarded = new GuardedEngine(LIMIT)

/** What one damaged file gave on one background. */
interface Decoded {
  readonly outcome: string
  /** Checksum of the rows. */
  readonly hash: number
}

/** Runs `read` on memory of zeros and of ones: it must give the same, within its memory, of few times the file. */
async function onBoth(
  file: Uint8Array,
  chunk: number,
  what: string,
  read: (engine: Engine, source: ByteSource) => Promise<number>,
): Promise<Decoded> {
  const results: Decoded[] = []
  for (const background of [0x00, 0xff]) {
    const engine = guarded.begin(background)
    const source = countedSource(file, chunk)
    let hash = 0
    const outcome = await outcomeOf(what, async () => {
      hash = await read(engine, source)
    })
    expect(guarded.isSound, `${what}: guards`).toBe(true)
    expect(source.taken, what).toBeLessThanOrEqual(8 * file.length + 2 * 65536)
    results.push({ outcome, hash })
  }
  expect(results[1], `${what}: the same on another background`).toEqual(results[0])
  return results[0]!
}

/** Decodes a still. */
function decode(file: Uint8Array, header: ImageHeader, next: (n: number) => number, what: string) {
  const chunk = next(3) === 0 ? 1 + next(300) : 65536
  const { width, height } = header
  const { scales } = decoderOf(header)
  const [scale] = scales[next(scales.length)]!
  const crop = { left: 0, top: 0, width: Math.ceil(width / scale), height: Math.ceil(height / scale) }
  return onBoth(file, chunk, what, async (engine, source) => {
    const reader = await decoderOf(header).open({ engine, source, header, scale, left: 2, crop, depth: 8 })
    guarded.guard()
    const hash = await guarded.hashOf(reader, MOST_STRIPS)
    await reader.close()
    return hash
  })
}

// libde265 is instantiated for each file: fewer of those.
describe.each([
  ['gif', COUNT],
  ['webp', 2 * COUNT],
  ['png', COUNT],
  ['jxl', COUNT],
  ['heic', COUNT / 10],
] as const)('damage to %s', (format, count) => {
  it(`is survived by its decoder, ${count} times`, async () => {
    const outcomes = new Set<string>()
    const headers = files[format].map((file) => probed(file, 65536))
    for (const { file, next, what } of damaged(format, count, 2)) {
      let header = headers[next(headers.length)]!
      // Its own header, or that of a sound file, as a stored one would be of bytes that have changed.
      if (next(3) > 0) {
        const own = await outcomeOf(what, () => {
          header = probed(file, 65536)
        })
        outcomes.add(own)
        if (own !== 'fine') continue
      }
      if (header.format !== format || header.width * header.height > MOST_PIXELS) continue
      outcomes.add((await decode(file, header, next, what)).outcome)
    }
    expect(outcomes).toContain('fine')
    expect(outcomes).toContain('corrupt')
  }, 300_000)
})

// libwebp is instantiated for each animation.
describe.each([
  ['gif', COUNT],
  ['webp', COUNT / 4],
] as const)('damage to a moving %s', (format, count) => {
  it(`is survived by what reads its frames, ${count} times`, async () => {
    const outcomes = new Set<string>()
    const counts = new Set<number>()
    for (const { file, next, what } of damaged(format, count, 3, moving)) {
      const chunk = next(3) === 0 ? 1 + next(300) : 65536
      const { outcome } = await onBoth(file, chunk, what, async (engine, source) => {
        let [hash, frames] = [0x811c9dc5, 0]
        for await (const { reader } of openAnimation(engine, source, { format })) {
          if (frames++ === 0) guarded.guard()
          hash = await guarded.hashOf(reader, MOST_STRIPS, { hash })
          if (frames === MOST_FRAMES) break
        }
        counts.add(frames)
        return hash
      })
      outcomes.add(outcome)
    }
    expect(outcomes).toContain('fine')
    expect(outcomes).toContain('corrupt')
    // All of them, the first alone, and what a removed or repeated piece makes of them.
    expect(counts.size).toBeGreaterThan(3)
  }, 300_000)
})

describe.each(['heic', 'avif'] as const)('damage to the boxes of %s', (format) => {
  it(`is survived by what looks for coded pictures, ${3 * COUNT} times`, async () => {
    const outcomes: Record<string, number> = {}
    for (const { file, what } of damaged(format, 3 * COUNT, 4)) {
      const source = countedSource(file)
      const outcome = await outcomeOf(what, async () => {
        const ranges = new Ranges(source)
        const { colour, alpha } = await readHeifPicture(format, ranges)
        for (const grid of [colour, ...(alpha ? [alpha] : [])]) {
          expect(grid.tiles.length, what).toBe(grid.rows * grid.columns)
        }
        await ranges.close()
      })
      expect(source.taken, what).toBeLessThanOrEqual(8 * file.length + 65536)
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    }
    for (const kind of ['fine', 'corrupt', 'truncated'])
      expect(outcomes[kind], kind).toBeGreaterThan(COUNT / 100)
  }, 300_000)
})
