import { expect, it } from 'vitest'
import { openPng } from '../../../src/image/codecs/png-decode'
import { makePngWriter } from '../../../src/image/codecs/png-encode'
import { pngDecodeBytes, pngEncodeBytes } from '../../../src/image/codecs/png-memory'
import { Engine } from '../../../src/image/engine'
import type { Bands } from '../../../src/image/rows'
import { makeRandom } from '../../support/mutate'
import { makePng } from '../../support/png'
import { fileOf, scene, sourceOf } from '../../support/rows'

const CHANNELS: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }
const used = (engine: Engine) => engine.call('arenaUsed')

it.each([
  [64, 50, 2, 8],
  [3000, 20, 2, 8],
  [3000, 20, 6, 8],
  [999, 33, 0, 1],
  [4001, 9, 3, 4],
  [1500, 12, 3, 8],
  [1500, 12, 4, 16],
  [20000, 3, 6, 16],
])(
  'decoding %i×%i of type %i, %i bits takes what was planned',
  async (width, height, colorType, bitDepth) => {
    const random = makeRandom(width)
    const samples = Uint16Array.from(
      { length: width * height * CHANNELS[colorType]! },
      () => random() * 2 ** bitDepth,
    )
    for (const interlaced of [false, true]) {
      const palette = colorType === 3 ? { palette: new Uint8Array(3 << bitDepth) } : {}
      const file = makePng({ width, height, bitDepth, colorType, interlaced, samples, ...palette, level: 1 })
      for (const heldBytes of interlaced ? [0, 1 << 16, 8 << 20] : [0]) {
        for (const depth of [8, 16] as const) {
          const engine = new Engine(64 << 20)
          const before = used(engine)
          const components = colorType === 2 || colorType === 3 || colorType === 6 ? 3 : 1
          const alpha = colorType === 4 || colorType === 6
          const planned = pngDecodeBytes(
            { width, height, bitDepth, interlaced, components, alpha },
            { depth, heldBytes },
          )
          const reader = await openPng(engine, sourceOf(file), { depth, heldBytes })
          while (await reader.read());
          const took = used(engine) - before
          expect(took).toBeLessThanOrEqual(planned)
          expect(planned).toBeLessThanOrEqual(took * 1.25)
          // And with exactly that much, it works.
          await expect(
            openPng(new Engine(before + planned), sourceOf(file), { depth, heldBytes }),
          ).resolves.toBeDefined()
        }
      }
    }
  },
)

it('decodes with less than 2 MB, however high the picture', () => {
  const high = { width: 4000, height: 1_000_000, bitDepth: 8, components: 3, alpha: false, interlaced: false }
  expect(pngDecodeBytes(high)).toBeLessThan(2 << 20)
})

it.each([1, 2, 3, 4] as const)('encoding %i bands takes what was planned', async (bands: Bands) => {
  for (const [width, height] of [
    [1, 1],
    [70, 40],
    [2500, 40],
    [17000, 3],
  ] as const) {
    const engine = new Engine(64 << 20)
    const before = used(engine)
    const writer = makePngWriter(engine, { width, height, bands })
    expect(used(engine) - before).toBeLessThanOrEqual(pngEncodeBytes({ width, bands }))
    expect(pngEncodeBytes({ width, bands })).toBeLessThanOrEqual((used(engine) - before) * 1.25)
    const made = used(engine)
    await fileOf(engine, writer, scene(width, height, bands), { width, height, bands })
    // Nothing but the strip that fileOf fills was added.
    expect(used(engine) - made).toBeLessThanOrEqual(width * bands * 16 + 80)
  }
})

it('refuses what does not fit the arena', async () => {
  const file = makePng({ width: 5000, height: 2, bitDepth: 8, colorType: 2, samples: new Uint16Array(30000) })
  await expect(openPng(new Engine(200_000), sourceOf(file))).rejects.toMatchObject({ kind: 'too-large' })
  expect(() => makePngWriter(new Engine(200_000), { width: 5000, height: 2, bands: 3 })).toThrow(
    /memory|planned/,
  )
})
