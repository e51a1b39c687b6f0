// The engine's AV1 decoder against dav1d: streams of three encoders with what an independent decoder made of them.
import { describe, expect, it } from 'vitest'
import { av1PictureBytes, openAv1 } from '../../../src/image/codecs/av1-picture'
import type { CodedPicture } from '../../../src/image/codecs/coded-picture'
import type { HeifItem } from '../../../src/image/codecs/isobmff'
import streams from '../../support/av1-streams.json'
import { makeRandom, mutate } from '../../support/mutate'

/**
 * Photographs, patterns and noise, encoded by libaom 3.6.0, SVT-AV1 1.4.1 and rav1e 0.5.1; the hash (SHA-256, its
 * first 8 bytes) is of all planes as dav1d 1.0.0 decodes them, numbers of 16 bits in little-endian order. They are
 * few of many: chosen so that every kind of partition, mode, transform and filter that occurs in those occurs here.
 */
const STREAMS = Object.entries(streams).map(([name, { units, planes }]) => ({
  name,
  planes,
  units: Uint8Array.from(atob(units), (char) => char.charCodeAt(0)),
}))

const PAGE = 65536

function itemOf(width: number, height: number): HeifItem {
  const payload = new Uint8Array(12)
  const view = new DataView(payload.buffer)
  view.setUint32(4, width)
  view.setUint32(8, height)
  return { type: 'av01', extents: [], properties: [{ type: 'ispe', payload }] }
}

/** The item whose size a stream's name says. */
function named(name: string): { item: HeifItem; width: number; height: number } {
  const [width, height] = name
    .match(/(\d+)x(\d+)/)!
    .slice(1)
    .map(Number) as [number, number]
  return { item: itemOf(width, height), width, height }
}

/** All samples of a picture's planes, one after the other; takes a strip whenever the caller asks. */
function* planesOf(picture: CodedPicture): Generator<void, Uint16Array> {
  const across = picture.layout === '420' || picture.layout === '422' ? 1 : 0
  const down = picture.layout === '420' ? 1 : 0
  const sizes = (picture.layout === '400' ? [0] : [0, 1, 2]).map((plane) =>
    plane === 0
      ? [picture.width, picture.height]
      : [(picture.width + across) >> across, (picture.height + down) >> down],
  )
  const planes = sizes.map(([wide, high]) => new Uint16Array(wide! * high!))
  let next = 0
  for (let rows = picture.nextRows(); rows; rows = picture.nextRows()) {
    expect(rows.top).toBe(next)
    next += rows.count
    if (next < picture.height) expect(rows.count % 2).toBe(0)
    const { memory } = picture
    rows.planes.forEach(({ pointer, stride }, plane) => {
      const [wide, high] = sizes[plane] as [number, number]
      const shift = plane > 0 ? down : 0
      for (let y = rows!.top >> shift; y < Math.min(high, (next + shift) >> shift); y++) {
        const at = memory.byteOffset + pointer + (y - (rows!.top >> shift)) * stride
        planes[plane]!.set(new Uint16Array(memory.buffer, at, wide), y * wide)
      }
    })
    yield
  }
  expect(next).toBe(picture.height)
  const all = new Uint16Array(planes.reduce((sum, plane) => sum + plane.length, 0))
  let at = 0
  for (const plane of planes) {
    all.set(plane, at)
    at += plane.length
  }
  return all
}

function whole(picture: CodedPicture): Uint16Array {
  const reading = planesOf(picture)
  for (;;) {
    const step = reading.next()
    if (step.done) return step.value
  }
}

async function hashOf(samples: Uint16Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', samples))
  return [...digest.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

describe('openAv1', () => {
  it.each(STREAMS)('decodes $name as dav1d does', async ({ name, units, planes }) => {
    const { item, width, height } = named(name)
    const decoder = openAv1()
    expect(decoder.refuses!(units)).toBeNull()
    const picture = await decoder.open(item, units, { chroma: true })
    expect([picture.width, picture.height]).toEqual([width, height])
    expect(`${picture.layout} ${picture.bitDepth} bits`).toBe(name.match(/4\d\d \d+ bits/)![0])
    expect(await hashOf(whole(picture))).toBe(planes)
    const most = av1PictureBytes(width + 8, height + 8, units.length, picture.layout)
    expect(picture.memory.length).toBeLessThanOrEqual(Math.ceil(most / PAGE) * PAGE)
    picture.close()
  })

  it('reads several pictures in turn and uses memory again', async () => {
    const decoder = openAv1()
    for (let round = 0; round < 2; round++) {
      const some = STREAMS.filter((_, i) => i % 9 === round)
      const open = await Promise.all(
        some.map(async (stream) => ({
          ...stream,
          picture: await decoder.open(named(stream.name).item, stream.units, { chroma: true }),
        })),
      )
      const readings = open.map((one) => ({ ...one, reading: planesOf(one.picture) }))
      const left = new Set(readings)
      while (left.size > 0) {
        for (const one of [...left]) {
          const step = one.reading.next()
          if (!step.done) continue
          expect(await hashOf(step.value), one.name).toBe(one.planes)
          one.picture.close()
          left.delete(one)
        }
      }
    }
  })

  it('gives luma alone where chroma is not wanted', async () => {
    const { name, units } =
      STREAMS.find((stream) => stream.name.includes('99x71 420 8')) ??
      STREAMS.find((stream) => stream.name.includes('420 8 bits'))!
    const decoder = openAv1()
    const both = await decoder.open(named(name).item, units, { chroma: true })
    const luma = await decoder.open(named(name).item, units, { chroma: false })
    const [all, alone] = [both.nextRows()!, luma.nextRows()!]
    expect([all.planes.length, alone.planes.length]).toEqual([3, 1])
    expect(alone.count).toBe(all.count)
  })

  it('keeps a band of rows, whatever the height', () => {
    const bytes = (width: number, height: number) => av1PictureBytes(width, height, 0, '420')
    // 12.5 and 50 megapixels of 4:2:0.
    expect(bytes(4032, 3024)).toBeLessThan(8 * 2 ** 20)
    expect(bytes(8160, 6144)).toBeLessThan(12 * 2 ** 20)
    expect(bytes(4032, 30240) / bytes(4032, 3024)).toBeLessThan(1.2)
  })

  it('takes the size that the item says for a limit', () => {
    const { units } = STREAMS.find(({ name }) => name.includes('322x242'))!
    expect(() => openAv1().open(itemOf(300, 242), units, { chroma: true })).toThrow(
      'Expected an AV1 picture of 300×242 but received one of 322×242',
    )
  })

  it('names what is wrong with the units', () => {
    const { units, name } = STREAMS.find((stream) => stream.name.includes('322x242'))!
    const read = async (bytes: Uint8Array) => {
      const decoder = openAv1()
      whole(await decoder.open(named(name).item, bytes, { chroma: true }))
    }
    return Promise.all([
      expect(read(units.subarray(0, 8))).rejects.toMatchObject({ kind: 'truncated' }),
      expect(read(units.subarray(0, units.length - 9))).rejects.toMatchObject({ kind: 'truncated' }),
      expect(read(new Uint8Array(0))).rejects.toMatchObject({ kind: 'truncated' }),
      expect(read(new Uint8Array(64).fill(0xff))).rejects.toMatchObject({ kind: 'corrupt' }),
      // A frame without a sequence header.
      expect(read(units.subarray(2 + 2 + units[3]!))).rejects.toMatchObject({ kind: 'corrupt' }),
    ])
  })
})

/** The bits of a unit, filled up to whole bytes. */
function unit(type: number, bits: string): number[] {
  const padded = `${bits}1`.padEnd(Math.ceil((bits.length + 1) / 8) * 8, '0')
  const bytes = padded.match(/.{8}/g)!.map((byte) => Number.parseInt(byte, 2))
  return [(type << 3) | 2, bytes.length, ...bytes]
}

/** A lossless grey still of 64×64 samples up to its tile (AV1 §5.5.1 and §5.9.2), with what is asked for. */
function still(uses: { superres?: boolean; copy?: boolean }): Uint8Array {
  const flag = (is?: boolean) => (is ? '1' : '0')
  // Profile 0, a still with the reduced header, level 0, sizes of 6 bits, no tools but those, 8 bits, grey.
  const sequence = `000${'11'}${'00000'}${'0101'.repeat(2)}${'111111'.repeat(2)}${'000'}${flag(uses.superres)}00${'0100'}0`
  const frame = [
    '0',
    flag(uses.copy),
    uses.copy ? '1' : '',
    uses.superres ? '1000' : '',
    '0',
    uses.copy ? '1' : '',
    // One tile; base_q_idx 0 and no deltas, matrices or segments; the larger set of transforms.
    `1${'0'.repeat(8)}${'000'}0`,
  ].join('')
  return new Uint8Array([...unit(1, sequence), ...unit(3, frame)])
}

describe('refuses', () => {
  it.each([
    [{ superres: true }, 'super-resolution'],
    [{ copy: true }, 'intra block copy'],
    [{}, null],
  ])('%j: %s', (uses, name) => {
    expect(openAv1().refuses!(still(uses))).toBe(name)
  })

  it('names what it refuses where it is opened all the same', () => {
    expect(() => openAv1().open(itemOf(64, 64), still({ superres: true }), { chroma: true })).toThrow(
      'Expected no super-resolution in AVIF',
    )
  })
})

describe('damaged units', () => {
  // Streams of few blocks, so that many can be tried.
  const small = STREAMS.filter(({ units }) => units.length < 700)

  it('end in an error or in a picture, never in a trap', async () => {
    const random = makeRandom(1)
    const decoder = openAv1()
    const seen = new Map<string, number>()
    for (let i = 0; i < 6000; i++) {
      const { name, units } = small[i % small.length]!
      const bytes = mutate(units, random)
      let outcome = 'decoded'
      try {
        const picture = await decoder.open(named(name).item, bytes, { chroma: true })
        while (picture.nextRows()) {}
        picture.close()
      } catch (error) {
        // A trap is an error with a cause.
        expect(error, `mutation ${i} of ${name}`).toMatchObject({ name: 'ImageError' })
        expect((error as Error).cause, `mutation ${i} of ${name}`).toBeUndefined()
        outcome = (error as { kind: string }).kind
      }
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
    }
    for (const outcome of ['decoded', 'corrupt', 'truncated']) expect(seen.get(outcome)).toBeGreaterThan(100)
  })
})
