// Damaged files: no trap, no write outside of what was allocated, a picture or a clear error.
// bench/fuzz-png.mjs does it many thousand times.
import { expect, it } from 'vitest'
import { openPng } from '../../../src/image/codecs/png-decode'
import { Engine } from '../../../src/image/engine'
import { ImageError } from '../../../src/image/error'
import { makeRandom } from '../../support/mutate'
import { encoded } from '../../support/oracle'
import { makePng } from '../../support/png'
import { mutatePng } from '../../support/png-mutate'
import { scene, sourceOf } from '../../support/rows'

const { env } = import.meta as unknown as { env: Record<string, string | undefined> }
const COUNT = Number(env.VITE_FUZZ ?? 200)
const SEED = Number(env.VITE_FUZZ_SEED ?? 1)
const LIMIT = 3 << 20
const GUARD = 4096

/** Decodes between two guard blocks. A damaged file may claim any size, so rows are bounded. */
async function survives(file: Uint8Array, depth: 8 | 16, chunk: number, heldBytes: number): Promise<string> {
  const engine = new Engine(LIMIT)
  const before = engine.alloc(GUARD)
  engine.bytes.fill(0xa5, before, before + GUARD)
  const isWhole = (pointer: number) =>
    engine.bytes.subarray(pointer, pointer + GUARD).every((byte) => byte === 0xa5)
  let outcome = 'picture'
  let after = 0
  try {
    const reader = await openPng(engine, sourceOf(file, chunk), { depth, heldBytes })
    after = engine.alloc(GUARD)
    engine.bytes.fill(0xa5, after, after + GUARD)
    for (let strips = 0; strips < 100 && (await reader.read()); strips++);
    if (reader.truncated) outcome = 'part of a picture'
    await reader.close()
  } catch (error) {
    if (!(error instanceof ImageError)) throw error
    outcome = error.kind
  }
  expect(isWhole(before)).toBe(true)
  if (after) expect(isWhole(after)).toBe(true)
  expect(engine.memory.buffer.byteLength).toBeLessThanOrEqual(LIMIT)
  return outcome
}

async function seeds(): Promise<Uint8Array[]> {
  const random = makeRandom(99)
  const samples = (count: number, most: number) => Uint16Array.from({ length: count }, () => random() * most)
  const palette = samples(48, 256)
  return [
    (await encoded(scene(61, 45, 3), [['png', { adaptiveFiltering: true }]], raw(3))).data,
    (await encoded(scene(61, 45, 4), [['png', { progressive: true }]], raw(4))).data,
    (await encoded(scene(61, 45, 3), [['png', { palette: true }]], raw(3))).data,
    makePng({
      ...{ width: 37, height: 29, bitDepth: 4, colorType: 3, interlaced: true, idat: 50 },
      samples: samples(37 * 29, 16),
      palette: Uint8Array.from(palette),
      transparency: Uint8Array.of(0, 100),
    }),
    makePng({ width: 40, height: 31, bitDepth: 16, colorType: 6, samples: samples(4960, 65536) }),
    makePng({
      ...{ width: 40, height: 31, bitDepth: 1, colorType: 0, level: 0 },
      samples: samples(1240, 2),
      transparency: Uint8Array.of(0, 1),
    }),
  ]
}

const raw = (channels: number) => ({ raw: { width: 61, height: 45, channels } })

it(`survives ${COUNT} mutations`, async () => {
  const files = await seeds()
  const outcomes: Record<string, number> = {}
  for (let i = 0; i < COUNT; i++) {
    const random = makeRandom(SEED * 1_000_003 + i)
    const file = mutatePng(files[i % files.length]!, random)
    const chunk = random() < 0.5 ? 65536 : 1 + Math.floor(random() * 300)
    const outcome = await survives(file, random() < 0.5 ? 8 : 16, chunk, random() < 0.5 ? 0 : 1 << 20)
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  }
  if (COUNT > 1000) console.log(outcomes)
  for (const outcome of ['picture', 'part of a picture', 'corrupt', 'truncated']) {
    expect(Object.keys(outcomes)).toContain(outcome)
  }
}, 600_000)
