// 20,000 seeded damages to small PNG files of every kind, through the streams that the service reads: no trap, no
// write outside of what was allocated, no read of what was not written, work in proportion to the file's bytes;
// what comes out is a picture, a part of one or a clear error.
import { expect, it } from 'vitest'
import { openPng } from '../../../src/image/codecs/png-decode'
import { ImageError } from '../../../src/image/error'
import { GuardedEngine } from '../../support/guarded-engine'
import { encoded } from '../../support/oracle'
import { makePng, type PlainPng } from '../../support/png'
import { mutatePng } from '../../support/png-mutate'
import { random, scene, sourceOf } from '../../support/rows'

const { env } = import.meta as unknown as { env: Record<string, string | undefined> }
const COUNT = Number(env.VITE_FUZZ ?? 20_000)
const SEED = Number(env.VITE_FUZZ_SEED ?? 1)
const LIMIT = 3 << 20
const MOST_STRIPS = 100
/**
 * Steps (bytes inflated, moved, entries of code tables) that one byte of a file can ask for: two bits repeat 258
 * bytes, each of which may be moved once.
 */
const STEPS_A_BYTE = 2 * 1032 + 300
/** Readers of an interlaced picture: the first, and one for each pass that is not held. */
const MOST_READERS = 6

interface Options {
  readonly depth: 8 | 16
  readonly chunk: number
  readonly heldBytes: number
}

interface Decoded {
  readonly outcome: string
  readonly message: string
  /** Checksum of the rows. */
  readonly hash: number
  /** Whether nothing was written beside what was allocated, nor memory beyond its limit. */
  readonly isSound: boolean
  readonly work: number
}

const guarded = new GuardedEngine(LIMIT)

async function decode(file: Uint8Array, background: number, options: Options): Promise<Decoded> {
  const engine = guarded.begin(background)
  const before = engine.call('pngDecWork')
  let [outcome, message, hash] = ['picture', '', 0]
  try {
    const { depth, chunk, heldBytes } = options
    const reader = await openPng(engine, sourceOf(file, chunk), { depth, heldBytes })
    guarded.guard()
    hash = await guarded.hashOf(reader, MOST_STRIPS, reader)
    if (reader.truncated) outcome = 'part of a picture'
    await reader.close()
  } catch (error) {
    if (!(error instanceof ImageError)) throw error
    ;[outcome, message] = [error.kind, error.message]
  }
  return { outcome, message, hash, isSound: guarded.isSound, work: engine.call('pngDecWork') - before }
}

async function seeds(): Promise<Uint8Array[]> {
  const next = random(99)
  const samples = (count: number, most: number) => Uint16Array.from({ length: count }, () => next(most))
  const raw = (channels: number) => ({ raw: { width: 61, height: 45, channels } })
  const made = (more: Pick<PlainPng, 'bitDepth' | 'colorType'> & Partial<PlainPng>, channels: number) => {
    const { width = 19, height = 14 } = more
    return makePng({
      width,
      height,
      samples: samples(width * height * channels, 2 ** more.bitDepth),
      ...more,
    })
  }
  const palette = (entries: number) => Uint8Array.from(samples(3 * entries, 256))
  return [
    (await encoded(scene(61, 45, 3), [['png', { adaptiveFiltering: true }]], raw(3))).data,
    (await encoded(scene(61, 45, 4), [['png', { progressive: true }]], raw(4))).data,
    (await encoded(scene(61, 45, 3), [['png', { palette: true }]], raw(3))).data,
    made({ bitDepth: 4, colorType: 3, interlaced: true, idat: 50, palette: palette(16) }, 1),
    made({ bitDepth: 8, colorType: 3, palette: palette(200), transparency: Uint8Array.of(0, 100) }, 1),
    made({ bitDepth: 16, colorType: 6, idat: 90 }, 4),
    made({ bitDepth: 16, colorType: 6, interlaced: true }, 4),
    made({ bitDepth: 16, colorType: 2, transparency: Uint8Array.of(0, 1, 0, 2, 0, 3) }, 3),
    made({ bitDepth: 8, colorType: 2, interlaced: true, transparency: Uint8Array.of(0, 1, 0, 2, 0, 3) }, 3),
    made({ bitDepth: 1, colorType: 0, level: 0, transparency: Uint8Array.of(0, 1) }, 1),
    made({ bitDepth: 2, colorType: 0, interlaced: true, width: 3, height: 40 }, 1),
    made({ bitDepth: 8, colorType: 0, width: 200, height: 2 }, 1),
    made({ bitDepth: 8, colorType: 4, interlaced: true, width: 5, height: 5 }, 2),
    made({ bitDepth: 16, colorType: 4 }, 2),
  ]
}

it(`survives ${COUNT} mutations`, async () => {
  const files = await seeds()
  const outcomes: Record<string, number> = {}
  for (let i = 0; i < COUNT; i++) {
    const next = random(SEED * 1_000_003 + i)
    const file = mutatePng(files[next(files.length)]!, next)
    const options: Options = {
      chunk: next(3) === 0 ? 1 + next(300) : 65536,
      depth: next(2) === 0 ? 8 : 16,
      heldBytes: next(2) === 0 ? 0 : 1 << 20,
    }
    const what = `mutation ${i} of seed ${SEED}`
    const one = await decode(file, 0x00, options)
    const other = await decode(file, 0xff, options)
    expect(other, `${what}: the same on another background`).toEqual(one)
    expect(one.isSound, `${what}: guards`).toBe(true)
    const most = MOST_READERS * STEPS_A_BYTE * (file.length + 16)
    expect(one.work, `${what}: work`).toBeLessThanOrEqual(most)
    outcomes[one.outcome] = (outcomes[one.outcome] ?? 0) + 1
  }
  if (COUNT !== 20_000) console.log(outcomes)
  const kinds = ['picture', 'part of a picture', 'corrupt', 'truncated', 'unsupported', 'too-large']
  expect(Object.keys(outcomes).sort()).toEqual(kinds.sort())
  for (const kind of kinds) expect(outcomes[kind], kind).toBeGreaterThan(COUNT / 1000)
}, 600_000)
