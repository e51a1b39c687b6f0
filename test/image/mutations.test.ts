// Seeded damage to small files of every format: to what reads headers and metadata, to our own decoders of
// GIF, lossy WebP and PNG, and to what stands around the others' (containers of WebP, HEIC and AVIF). JPEG has a file
// of its own. What comes out is a picture or a clear error; no trap, no write outside of what was allocated, no
// read of more of a file than a few times its size.
import { beforeAll, describe, expect, it } from 'vitest'
import { decoderOf } from '../../src/image/codecs'
import { parseProfile } from '../../src/image/colour/profile'
import { Engine } from '../../src/image/engine'
import { ImageError } from '../../src/image/error'
import type { Format } from '../../src/image/formats'
import type { ByteSource, ImageHeader } from '../../src/image/header'
import { embedMetadata, readMetadata, readMetadataFrom, settleMetadata } from '../../src/image/metadata'
import { readExifFacts } from '../../src/image/metadata/exif'
import { makeProbe } from '../../src/image/probe'
import { handGif } from '../support/gif'
import { handHeic } from '../support/heif'
import { codedJxl } from '../support/jxl-made'
import { exifBlock, xmpPacket } from '../support/metadata'
import { mutateOften } from '../support/mutate'
import { encoded } from '../support/oracle'
import { random, scene } from '../support/rows'

const { env } = import.meta as unknown as { env: Record<string, string | undefined> }
const COUNT = Number(env.VITE_FUZZ ?? 2000)
const SEED = Number(env.VITE_FUZZ_SEED ?? 1)
const LIMIT = 4 << 20
const GUARD = 4096
/** A damaged header may claim any size: what is above these is refused, or read in part. */
const MOST_PIXELS = 1 << 18
const MOST_STRIPS = 100

const files = {} as Record<Format, Uint8Array[]>

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
  files.heic = [
    handHeic({ width: 32, height: 32, columns: 1, tiles: [tile(3)] }),
    handHeic({ width: 60, height: 50, columns: 2, tiles: [3, 5, 7, 11].map(tile) }),
  ]
  files.gif = [
    handGif(40, 40, palette, [frame(0, 40), frame(5, 20, { interlaced: true, transparent: 3 })], 0),
    await made('gif', 4),
  ]
})

/** A source that counts the bytes that are taken of it. */
function counted(file: Uint8Array, chunk: number): ByteSource & { taken: number } {
  const source = {
    size: file.length,
    taken: 0,
    async open(offset = 0) {
      let at = offset
      return new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            if (at >= file.length) return controller.close()
            const piece = file.slice(at, at + chunk)
            at += piece.length
            source.taken += piece.length
            controller.enqueue(piece)
          },
        },
        { highWaterMark: 0 },
      )
    },
  }
  return source
}

/** The kind of error that `work` ends with, or `fine`; anything but an ImageError fails the test. */
async function outcomeOf(what: string, work: () => unknown): Promise<string> {
  try {
    await work()
    return 'fine'
  } catch (error) {
    if (error instanceof ImageError) return error.kind
    throw new Error(`${what}: ${String(error)}`, { cause: error })
  }
}

/** Damaged copies of a format's files, with a generator for choices and a name to find them again. */
function* damaged(format: Format, count: number, offset: number) {
  for (let i = 0; i < count; i++) {
    const next = random((SEED * 7 + offset) * 1_000_003 + i)
    const file = files[format][next(files[format].length)]!
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
      const source = counted(file, chunk)
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

/** Decodes between two guard blocks of the arena. */
async function decode(file: Uint8Array, header: ImageHeader, next: (n: number) => number, what: string) {
  const engine = new Engine(LIMIT)
  const guard = (): number => {
    const pointer = engine.alloc(GUARD)
    engine.bytes.fill(0xa5, pointer, pointer + GUARD)
    return pointer
  }
  const isWhole = (pointer: number): boolean =>
    new Uint32Array(engine.memory.buffer, pointer, GUARD / 4).every((word) => word === 0xa5a5a5a5)
  const guards = [guard()]
  const source = counted(file, next(3) === 0 ? 1 + next(300) : 65536)
  const { width, height } = header
  const scales = decoderOf(header).scales
  const [scale] = scales[next(scales.length)]!
  const crop = { left: 0, top: 0, width: Math.ceil(width / scale), height: Math.ceil(height / scale) }
  const outcome = await outcomeOf(what, async () => {
    const reader = await decoderOf(header).open({ engine, source, header, scale, left: 2, crop, depth: 8 })
    guards.push(guard())
    for (let strips = 0; strips < MOST_STRIPS && (await reader.read()); strips++);
    await reader.close()
  })
  expect(guards.every(isWhole), `${what}: guards`).toBe(true)
  expect(engine.memory.buffer.byteLength, what).toBeLessThanOrEqual(LIMIT)
  expect(source.taken, what).toBeLessThanOrEqual(8 * file.length + 2 * 65536)
  return outcome
}

// libwebp and libde265 are instantiated for each file: fewer of those.
describe.each([
  ['gif', COUNT],
  ['webp', COUNT],
  ['png', COUNT],
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
      outcomes.add(await decode(file, header, next, what))
    }
    expect(outcomes).toContain('fine')
    expect(outcomes).toContain('corrupt')
  }, 300_000)
})
