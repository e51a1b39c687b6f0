// Hand-built files: sampling factors, scans, restart intervals and markers that encoders seldom write.
import { expect, it } from 'vitest'
import { decodeJpeg } from '../support/jpeg'
import { randomComponent, type WriterOptions, writeJpeg } from '../support/jpeg-writer'
import { raw } from '../support/oracle'
import { maxDiff } from '../support/rows'

const SIZES = [
  [1, 1],
  [3, 2],
  [8, 9],
  [17, 13],
  [31, 37],
  [67, 41],
] as const

/** Sampling factors of three components. */
const SAMPLINGS = {
  '4:4:4': [1, 1, 1, 1, 1, 1],
  '4:2:2': [2, 1, 1, 1, 1, 1],
  '4:2:0': [2, 2, 1, 1, 1, 1],
  '4:4:0': [1, 2, 1, 1, 1, 1],
  '4:1:1': [4, 1, 1, 1, 1, 1],
  '4:1:0': [4, 2, 1, 1, 1, 1],
  '4:4:4 as 2×1': [2, 1, 2, 1, 2, 1],
  'chroma 2×1 and 1×2 of 2×2': [2, 2, 2, 1, 1, 2],
  'chroma finer than luma': [1, 1, 2, 2, 1, 1],
  '1×4': [1, 4, 1, 1, 1, 1],
} as const

function coloured(sampling: readonly number[]): WriterOptions['components'] {
  return [0, 1, 2].map((i) => randomComponent(sampling[2 * i]!, sampling[2 * i + 1]!, i + 1))
}

it.each(Object.entries(SAMPLINGS))('gives libjpeg-turbo’s samples for %s', async (_name, sampling) => {
  for (const [width, height] of SIZES) {
    const file = writeJpeg({ width, height, components: coloured(sampling) })
    const got = await decodeJpeg(file)
    expect(maxDiff(got.data, (await raw(file)).data), `${width}×${height}`).toBeLessThanOrEqual(1)
  }
})

it.each(Object.entries(SAMPLINGS))(
  'reads progressive files of %s, with restart markers or not',
  async (_name, sampling) => {
    for (const [width, height] of [SIZES[1], SIZES[3], SIZES[5]]) {
      const components = coloured(sampling)
      const plain = await decodeJpeg(writeJpeg({ width, height, components }))
      for (const restart of [0, 1, 3]) {
        const file = writeJpeg({ width, height, components, progressive: true, restart })
        const got = await decodeJpeg(file, { bandBytes: restart === 3 ? 1 : 1 << 20 })
        expect(got.data, `${width}×${height}, restart ${restart}`).toEqual(plain.data)
        expect([got.truncated, got.damaged]).toEqual([false, false])
        const shrunk = await decodeJpeg(file, { shrink: 4 })
        expect(shrunk.data).toEqual(
          (await decodeJpeg(writeJpeg({ width, height, components }), { shrink: 4 })).data,
        )
      }
      const file = writeJpeg({ width, height, components, progressive: true, restart: 2 })
      expect(maxDiff(plain.data, (await raw(file)).data)).toBeLessThanOrEqual(1)
    }
  },
)

it.each([
  ['restart markers', { restart: 3 }],
  ['a restart marker after every MCU', { restart: 1 }],
  ['a scan for each component', { scans: [[0], [1], [2]] }],
  ['scans of one and two components', { scans: [[0], [1, 2]] }],
  ['scans of components and restart markers', { scans: [[0], [1], [2]], restart: 2 }],
  ['extended sequential coding', { extended: true }],
  ['stray bytes before markers', { stray: [0x00, 0x17, 0xff] }],
] as const)('reads %s', async (_name, options) => {
  for (const sampling of [SAMPLINGS['4:2:0'], SAMPLINGS['4:4:4']]) {
    for (const [width, height] of SIZES) {
      const components = coloured(sampling)
      const plain = await decodeJpeg(writeJpeg({ width, height, components }))
      const file = writeJpeg({ width, height, components, ...options })
      for (const chunk of [65536, 13]) {
        // Several scans in one band, or in as many as there are rows of MCUs.
        const got = await decodeJpeg(file, { bandBytes: chunk === 13 ? 1 : 1 << 20 }, chunk)
        expect(got.data, `${width}×${height}`).toEqual(plain.data)
        expect([got.truncated, got.damaged]).toEqual([false, false])
      }
    }
  }
})

it('reads single components at every scale as interleaved ones', async () => {
  const components = coloured(SAMPLINGS['4:2:0'])
  const scans = [[0], [1], [2]]
  for (const shrink of [2, 4, 8] as const) {
    const plain = await decodeJpeg(writeJpeg({ width: 67, height: 41, components }), { shrink })
    const got = await decodeJpeg(writeJpeg({ width: 67, height: 41, components, scans }), { shrink })
    expect(got.data).toEqual(plain.data)
  }
})

it('passes over bytes behind the last MCU', async () => {
  const picture = { width: 31, height: 37, components: coloured(SAMPLINGS['4:2:0']) }
  const file = writeJpeg(picture)
  const longer = Uint8Array.from([...file.subarray(0, -2), ...new Array<number>(9000).fill(0x55), 0xff, 0xd9])
  const got = await decodeJpeg(longer)
  expect(got.data).toEqual((await decodeJpeg(file)).data)
  expect([got.truncated, got.damaged]).toEqual([false, false])
})

it('takes the height from DNL', async () => {
  const picture = { width: 31, height: 37, components: coloured(SAMPLINGS['4:2:0']) }
  const plain = await decodeJpeg(writeJpeg(picture))
  const got = await decodeJpeg(writeJpeg({ ...picture, dnl: true }))
  expect(got.height).toBe(37)
  expect(got.data).toEqual(plain.data)
})

/** The samples of one component, as libjpeg-turbo reads them from a greyscale file. */
async function plane(index: number, width: number, height: number, seed: number): Promise<Uint8Array> {
  expect(index).toBeLessThan(4)
  const file = writeJpeg({ width, height, components: [randomComponent(1, 1, seed)] })
  return (await raw(file, [['toColourspace', 'b-w']])).data
}

it('gives CMYK with 255 for full ink, inverted by Adobe’s marker or not', async () => {
  const [width, height] = [31, 37]
  const components = [1, 2, 3, 4].map((seed) => randomComponent(1, 1, seed))
  const planes = await Promise.all([0, 1, 2, 3].map((i) => plane(i, width, height, i + 1)))
  const stored = Uint8Array.from({ length: width * height * 4 }, (_, i) => planes[i & 3]![i >> 2]!)
  const plain = await decodeJpeg(writeJpeg({ width, height, components }))
  expect([plain.bands, plain.cmyk]).toEqual([4, true])
  expect(plain.data).toEqual(stored)
  const adobe = await decodeJpeg(writeJpeg({ width, height, components, adobe: 0 }))
  expect(adobe.data).toEqual(stored.map((sample) => 255 - sample))
})

it('gives YCCK as CMYK', async () => {
  const [width, height] = [31, 37]
  const inks = [1, 2, 3, 4].map((seed) => randomComponent(seed === 1 || seed === 4 ? 2 : 1, 1, seed))
  const got = await decodeJpeg(writeJpeg({ width, height, components: inks, adobe: 2 }))
  const rgb = await decodeJpeg(writeJpeg({ width, height, components: inks.slice(0, 3), adobe: 1 }))
  const black = await plane(3, width, height, 4)
  // As libjpeg has it, C is the complement of R; Adobe's inversion undoes that, and turns K around.
  const expected = Uint8Array.from({ length: got.data.length }, (_, i) =>
    (i & 3) === 3 ? 255 - black[i >> 2]! : rgb.data[(i >> 2) * 3 + (i & 3)]!,
  )
  expect(got.data).toEqual(expected)
})

it.each([
  ['Adobe’s marker with transform 0', { adobe: 0 }, [1, 2, 3]],
  ['components named R, G, B', {}, [82, 71, 66]],
] as const)('takes the components as RGB: %s', async (_name, options, ids) => {
  const components = ids.map((id, i) => randomComponent(1, 1, i + 1, id))
  const file = writeJpeg({ width: 17, height: 13, components, ...options })
  expect((await decodeJpeg(file)).data).toEqual((await raw(file)).data)
})

it('upsamples by the nearest sample where factors don’t divide', async () => {
  const file = writeJpeg({ width: 40, height: 16, components: coloured([3, 1, 2, 1, 1, 1]) })
  const got = await decodeJpeg(file)
  expect([got.width, got.height, got.data.length]).toEqual([40, 16, 40 * 16 * 3])
})
