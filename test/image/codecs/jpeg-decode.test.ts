// JPEG rows against libjpeg-turbo's pixels (through sharp).
import { expect, it } from 'vitest'
import { openJpeg } from '../../../src/image/codecs/jpeg-decode'
import { jpegDecodeBytes } from '../../../src/image/codecs/jpeg-memory'
import { Engine } from '../../../src/image/engine'
import { decodeJpeg as decode, LIMIT } from '../../support/jpeg'
import { encoded, raw } from '../../support/oracle'
import { maxDiff, pixelsOf, psnr, random, scene, sourceOf } from '../../support/rows'

async function jpegOf(width: number, height: number, options: object, bands: 1 | 3 = 3): Promise<Uint8Array> {
  const input = { raw: { width, height, channels: bands } }
  const calls: [string, ...unknown[]][] = [['jpeg', options]]
  if (bands === 1) calls.unshift(['toColourspace', 'b-w'])
  return (await encoded(scene(width, height, bands), calls, input)).data
}

it.each([
  ['4:4:4', 3, false],
  ['4:2:0', 3, false],
  ['4:2:0', 1, false],
  ['4:4:4', 3, true],
  ['4:2:0', 3, true],
  ['4:2:0', 1, true],
] as const)(
  'gives libjpeg-turbo’s samples: %s, %i bands, progressive %s',
  async (sampling, bands, progressive) => {
    const options = { quality: 80, chromaSubsampling: sampling, progressive }
    for (const [width, height] of [
      [1, 1],
      [2, 3],
      [5, 4],
      [7, 17],
      [17, 16],
      [33, 31],
      [257, 67],
    ] as const) {
      const file = await jpegOf(width, height, options, bands)
      const expected = await raw(file, bands === 1 ? [['toColourspace', 'b-w']] : [])
      const got = await decode(file)
      expect([got.width, got.height, got.bands]).toEqual([width, height, bands])
      expect(maxDiff(got.data, expected.data), `${width}×${height}`).toBe(0)
    }
  },
)

it.each([false, true])('gives the same rows however the file is cut, progressive %s', async (progressive) => {
  const file = await jpegOf(301, 203, { quality: 90, progressive })
  const whole = await decode(file)
  for (const chunk of [1, 7, 1000]) expect((await decode(file, {}, chunk)).data).toEqual(whole.data)
})

it.each([1, 2, 4, 8] as const)(
  'reads progressive files at 1/%i as it reads baseline ones',
  async (shrink) => {
    const baseline = await jpegOf(301, 203, { quality: 90 })
    const progressive = await jpegOf(301, 203, { quality: 90, progressive: true })
    const expected = await decode(baseline, { shrink })
    // All at once, and in as many passes as there may be.
    for (const bandBytes of [1 << 20, 1]) {
      expect((await decode(progressive, { shrink, bandBytes })).data).toEqual(expected.data)
    }
    const crop = { left: 11, top: 7, width: 13, height: 9 }
    const window = await decode(baseline, { shrink, crop })
    expect((await decode(progressive, { shrink, crop, bandBytes: 1 })).data).toEqual(window.data)
  },
)

/** A source that tells from where it was opened, and how many bytes were taken of it. */
function watched(file: Uint8Array) {
  const opened: number[] = []
  let taken = 0
  const source = {
    size: file.length,
    async open(offset = 0) {
      opened.push(offset)
      let at = offset
      return new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            if (at >= file.length) return controller.close()
            const chunk = file.slice(at, at + 65536)
            at += chunk.length
            taken += chunk.length
            controller.enqueue(chunk)
          },
        },
        { highWaterMark: 0 },
      )
    },
  }
  return { source, opened, taken: () => taken }
}

it('decodes nothing twice where it reads a file in bands, and leaves out long stretches of it', async () => {
  const [width, height] = [2400, 2400]
  const next = random(5)
  const noise = Uint8Array.from({ length: width * height * 3 }, () => next(256))
  const options = { quality: 97, chromaSubsampling: '4:4:4' }
  const input = { raw: { width, height, channels: 3 } }
  const [plain, progressive] = await Promise.all(
    [false, true].map(
      async (isProgressive) =>
        (await encoded(noise, [['jpeg', { ...options, progressive: isProgressive }]], input)).data,
    ),
  )
  const crop = { left: 900, top: 1900, width: 300, height: 400 }
  const expected = await decode(plain!, { crop })
  const { source, opened, taken } = watched(progressive!)
  const engine = new Engine(LIMIT)
  const reader = await openJpeg(engine, source, { crop, bandBytes: 400_000 })
  const pixels = await pixelsOf(engine, reader)
  expect(psnr(pixels, expected.data)).toBe(Number.POSITIVE_INFINITY)
  // Some bands of rows, and some above them.
  const passes = opened.filter((offset) => offset === 0).length
  expect(passes).toBeGreaterThan(6)
  expect(opened.some((offset) => offset > 2 << 20)).toBe(true)
  expect(taken()).toBeLessThan(passes * progressive!.length * 0.7)
  const blocks = (width / 8) * (height / 8)
  const scans = progressive!.filter((byte, i) => byte === 0xda && progressive![i - 1] === 0xff).length
  expect(engine.call('jpegDecWork')).toBeLessThanOrEqual(scans * blocks)
})

it.each([2, 4, 8] as const)('shrinks by %i as the mean of the pixels does', async (shrink) => {
  const [width, height] = [301, 203]
  const file = await jpegOf(width, height, { quality: 90 })
  const full = (await raw(file)).data
  const got = await decode(file, { shrink })
  expect([got.width, got.height]).toEqual([Math.ceil(width / shrink), Math.ceil(height / shrink)])
  const mean = new Uint8Array(got.data.length)
  for (let y = 0; y < got.height; y++) {
    for (let x = 0; x < got.width; x++) {
      for (let band = 0; band < 3; band++) {
        let sum = 0
        let n = 0
        for (let j = y * shrink; j < Math.min((y + 1) * shrink, height); j++) {
          for (let i = x * shrink; i < Math.min((x + 1) * shrink, width); i++, n++)
            sum += full[(j * width + i) * 3 + band]!
        }
        mean[(y * got.width + x) * 3 + band] = Math.round(sum / n)
      }
    }
  }
  expect(psnr(got.data, mean)).toBeGreaterThan(38)
})

it('gives a window of the picture as it is in the whole', async () => {
  const file = await jpegOf(801, 203, { quality: 90 })
  for (const shrink of [1, 2] as const) {
    const whole = await decode(file, { shrink })
    for (const crop of [
      { left: 0, top: 0, width: 1, height: 1 },
      { left: 259, top: 33, width: 77, height: 30 },
      { left: whole.width - 3, top: whole.height - 20, width: 3, height: 20 },
    ]) {
      const got = await decode(file, { shrink, crop })
      const expected = new Uint8Array(crop.width * crop.height * 3)
      for (let y = 0; y < crop.height; y++) {
        const from = ((crop.top + y) * whole.width + crop.left) * 3
        expected.set(whole.data.subarray(from, from + crop.width * 3), y * crop.width * 3)
      }
      expect(got.data).toEqual(expected)
    }
  }
})

it('renders what there is of a truncated file, and says so', async () => {
  const file = await jpegOf(128, 128, { quality: 90 })
  const whole = await decode(file)
  expect(whole.truncated).toBe(false)
  const half = await decode(file.subarray(0, file.length >> 1))
  expect(half.truncated).toBe(true)
  expect(half.data.subarray(0, 128 * 3 * 16)).toEqual(whole.data.subarray(0, 128 * 3 * 16))
  expect([...half.data.subarray(-3)]).toEqual([128, 128, 128])
})

it('tells apart what it can’t read', async () => {
  const file = await jpegOf(16, 16, { quality: 90 })
  const sof = file.findIndex((byte, i) => byte === 0xff && file[i + 1] === 0xc0)
  const changed = (at: number, value: number) => file.with(at, value)
  const opening = (bytes: Uint8Array) => openJpeg(new Engine(LIMIT), sourceOf(bytes))
  await expect(opening(file.subarray(1))).rejects.toMatchObject({ kind: 'corrupt' })
  await expect(opening(file.subarray(0, 100))).rejects.toMatchObject({ kind: 'truncated' })
  await expect(opening(changed(sof + 1, 0xc9))).rejects.toThrow('arithmetic')
  await expect(opening(changed(sof + 4, 12))).rejects.toThrow('8 bits')
  await expect(opening(changed(sof + 1, 0xc3))).rejects.toMatchObject({ kind: 'unsupported' })
  await expect(openJpeg(new Engine(200_000), sourceOf(file))).rejects.toMatchObject({ kind: 'too-large' })
})

it.each([false, true])('takes the memory that was planned, progressive %s', async (progressive) => {
  for (const [chromaSubsampling, luma] of [
    ['4:4:4', { h: 1, v: 1 }],
    ['4:2:0', { h: 2, v: 2 }],
  ] as const) {
    const file = await jpegOf(1001, 103, { quality: 80, chromaSubsampling, progressive })
    const sampling = [luma, { h: 1, v: 1 }, { h: 1, v: 1 }]
    const facts = { width: 1001, height: 103, components: 3, interlaced: progressive, sampling }
    for (const shrink of [1, 2, 4, 8] as const) {
      for (const crop of [undefined, { left: 40, top: 3, width: 60, height: 5 }]) {
        for (const bandBytes of [50_000, 1 << 20]) {
          const engine = new Engine(LIMIT)
          const before = engine.call('arenaUsed')
          await openJpeg(engine, sourceOf(file), crop ? { shrink, crop, bandBytes } : { shrink, bandBytes })
          const used = engine.call('arenaUsed') - before
          const planned = jpegDecodeBytes(facts, shrink, crop, bandBytes)
          expect(planned).toBeGreaterThanOrEqual(used)
          // Of several scans a header does not tell whether they are sequential, which take a batch more; a band
          // ends with a row.
          expect(planned).toBeLessThan(used * 1.05 + (progressive ? 32_000 : 200))
        }
      }
    }
  }
})
