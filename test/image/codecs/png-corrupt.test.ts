// Files that are wrong on purpose, one test for each way, and the place where they are.
import { deflateRawSync, deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { openPng } from '../../../src/image/codecs/png-decode'
import { Engine } from '../../../src/image/engine'
import type { ByteSource } from '../../../src/image/header'
import { makeRandom } from '../../support/mutate'
import { chunk, concat, filtered, idats, ihdr, type PlainPng, SIGNATURE } from '../../support/png'
import { pixelsOf, sourceOf } from '../../support/rows'

const LIMIT = 3 << 20
const random = makeRandom(5)
const picture: PlainPng = {
  width: 40,
  height: 30,
  bitDepth: 8,
  colorType: 2,
  samples: Uint16Array.from({ length: 3600 }, () => random() * 256),
}
const head = ihdr(40, 30, 8, 2)
const rows = filtered(picture)
const tail = chunk('IEND')

async function decode(file: Uint8Array) {
  const engine = new Engine(LIMIT)
  const reader = await openPng(engine, sourceOf(file))
  return { pixels: await pixelsOf(engine, reader), reader }
}

/** Expects decoding to fail so; `at` is the offset in the message, where it is known. */
async function fails(file: Uint8Array, kind: string, message: RegExp, at?: number) {
  const error = await decode(file).then(
    () => 'a picture',
    (thrown: unknown) => thrown,
  )
  expect(error).toMatchObject({ name: 'ImageError', kind, message: expect.stringMatching(message) })
  if (at !== undefined) expect((error as { offset?: number }).offset).toBe(at)
}

const file = (...parts: Uint8Array[]) => concat(SIGNATURE, ...parts)
const withBytes = (bytes: Uint8Array, at: number, ...values: number[]) => {
  const copy = bytes.slice()
  copy.set(values, at)
  return copy
}

describe('headers', () => {
  it('not a PNG', () => fails(new Uint8Array(50), 'corrupt', /Not a PNG/, 0))
  it('nothing', () => fails(new Uint8Array(), 'truncated', /signature/, 0))
  it('signature alone', () => fails(file(), 'truncated', /header/, 8))
  it('no IHDR', () => fails(file(chunk('tEXt'), head), 'corrupt', /Expected IHDR .* received tEXt/, 8))
  it('IHDR of 12 bytes', () => fails(file(chunk('IHDR', new Uint8Array(12))), 'corrupt', /12 bytes/, 8))
  it('IHDR with a wrong CRC', () => fails(withBytes(file(head), 20, 1), 'corrupt', /CRC .* IHDR/, 8))
  it.each([
    [0, 5],
    [5, 0],
    [0x80000000, 5],
  ])('sides %i×%i', (width, height) =>
    fails(file(ihdr(width, height, 8, 2)), 'corrupt', /Expected sides from 1/, 8),
  )
  it.each([
    [3, 0],
    [2, 2],
    [16, 3],
    [4, 6],
    [8, 1],
    [8, 7],
  ])('%i bits of colour type %i', (bits, type) =>
    fails(file(ihdr(5, 5, bits, type)), 'corrupt', /can't have/, 8),
  )
  it.each([10, 11, 12])('an unknown method at byte %i', (at) => {
    const data = head.slice(8, 21)
    data[at] = 2
    return fails(file(chunk('IHDR', data)), 'unsupported', /methods/, 8)
  })
  it('two headers', () => fails(file(head, head), 'corrupt', /IHDR before its image data/, 33))
  it('no image data', () => fails(file(head, tail), 'corrupt', /IEND before its image data/, 33))
  it("Apple's CgBI", () => fails(file(head, chunk('CgBI', new Uint8Array(4))), 'unsupported', /CgBI/, 33))
  it('a chunk of 4 GB', () =>
    fails(file(head, withBytes(chunk('tEXt'), 0, 255, 255, 255, 255)), 'corrupt', /4294967295 bytes/, 33))
  it('a palette of 5 bytes', () =>
    fails(file(ihdr(5, 5, 8, 3), chunk('PLTE', new Uint8Array(5))), 'corrupt', /PLTE/, 33))
  it('a palette of 257 colours', () =>
    fails(file(ihdr(5, 5, 8, 3), chunk('PLTE', new Uint8Array(771))), 'corrupt', /PLTE/, 33))
  it('indices without a palette', () =>
    fails(file(ihdr(5, 5, 8, 3), idats(deflateSync(new Uint8Array(30)))), 'corrupt', /no palette/, 33))
  it('a palette with a wrong CRC', () =>
    fails(
      file(ihdr(5, 5, 8, 3), withBytes(chunk('PLTE', new Uint8Array(6)), 8, 1)),
      'corrupt',
      /CRC .* PLTE/,
    ))
})

describe('image data', () => {
  const data = deflateSync(rows)
  const start = 33
  it('a wrong CRC', () => {
    const bytes = file(head, idats(data), tail)
    return fails(withBytes(bytes, bytes.length - 13, bytes.at(-13)! ^ 1), 'corrupt', /CRC of an IDAT/)
  })
  it('a wrong CRC of the first of many', () => {
    const bytes = file(head, idats(data, 500), tail)
    return fails(
      withBytes(bytes, start + 508, bytes[start + 508]! ^ 1),
      'corrupt',
      /CRC of an IDAT/,
      start + 512,
    )
  })
  it('not zlib', () => fails(file(head, idats(Uint8Array.of(1, 2, 3, 4))), 'corrupt', /not a zlib/))
  it('a preset dictionary', () =>
    fails(file(head, idats(Uint8Array.of(0x78, 0xbb, 0, 0, 0, 0))), 'corrupt', /not a zlib/))
  it('a block of type 3', () => fails(file(head, idats(Uint8Array.of(0x78, 0x9c, 7))), 'corrupt', /block/))
  it('a stored block whose lengths disagree', () =>
    fails(file(head, idats(Uint8Array.of(0x78, 0x9c, 1, 5, 0, 5, 0))), 'corrupt', /block/))
  it('a distance before the start', () => {
    // Fixed codes: literal 0, length 3 at distance 4.
    const bits = `1 01 ${'00110000'} ${'0000001'} ${'00011'} 0000000`.replaceAll(' ', '')
    const bytes = [0x78, 0x9c]
    const lsbFirst = `1${'10'}${bits.slice(3)}`
    for (let i = 0; i < lsbFirst.length; i += 8) {
      bytes.push(Number.parseInt([...lsbFirst.slice(i, i + 8).padEnd(8, '0')].reverse().join(''), 2))
    }
    return fails(file(head, idats(Uint8Array.from(bytes))), 'corrupt', /before their start/)
  })
  it('over-subscribed codes', () => {
    // A dynamic block whose 19 code length codes all have one bit.
    const bits = `1${'01'}${'00000'}${'00000'}${'1111'}${'100'.repeat(19)}`
    const bytes = [0x78, 0x9c]
    for (let i = 0; i < bits.length; i += 8) {
      bytes.push(Number.parseInt([...bits.slice(i, i + 8).padEnd(8, '0')].reverse().join(''), 2))
    }
    return fails(file(head, idats(Uint8Array.from(bytes))), 'corrupt', /Huffman codes/)
  })
  it('an unknown filter', () => {
    const wrong = rows.slice()
    wrong[121 * 3] = 5
    return fails(file(head, idats(deflateSync(wrong)), tail), 'corrupt', /filter/)
  })
  it('an IDAT of 3 GB', () =>
    fails(file(head, withBytes(idats(data), 0, 0xc0)), 'corrupt', /chunk of 3221\d+ bytes/))

  it('too few rows, then the end: what there is', async () => {
    const { reader, pixels } = await decode(file(head, idats(deflateSync(rows.subarray(0, 121 * 10))), tail))
    expect(reader.truncated).toBe(true)
    expect(pixels.subarray(120 * 10).every((v) => v === 0)).toBe(true)
    expect(pixels.subarray(0, 1200)).toEqual(Uint8Array.from(picture.samples.subarray(0, 1200)))
  })
  it('another chunk between, then the rest: what came before it', async () => {
    const parts = file(head, idats(data.subarray(0, 700)), chunk('tEXt'), idats(data.subarray(700)), tail)
    expect((await decode(parts)).reader.truncated).toBe(true)
  })
  it('empty chunks between: the picture', async () => {
    const empty = Array.from({ length: 500 }, () => chunk('IDAT'))
    const parts = file(head, ...empty, idats(data.subarray(0, 9)), ...empty, idats(data.subarray(9)), tail)
    const { reader, pixels } = await decode(parts)
    expect([reader.truncated, pixels]).toEqual([false, Uint8Array.from(picture.samples)])
  })
  it('a wrong Adler-32, or none: the picture', async () => {
    const noEnd = concat(Uint8Array.of(0x78, 0x9c), deflateRawSync(rows))
    const { reader, pixels } = await decode(file(head, idats(noEnd), tail))
    expect([reader.truncated, pixels]).toEqual([false, Uint8Array.from(picture.samples)])
  })
})

describe('bombs', () => {
  /** A source that counts what is taken from it. */
  function counted(bytes: Uint8Array): ByteSource & { taken: number } {
    const source = {
      size: bytes.length,
      taken: 0,
      open: async (offset = 0) => {
        let at = offset
        return new ReadableStream<Uint8Array>({
          pull(controller) {
            if (at >= bytes.length) return controller.close()
            controller.enqueue(bytes.slice(at, (at += 65536)))
            source.taken = Math.max(source.taken, at)
          },
        })
      },
    }
    return source
  }

  it.each([
    [0x7fffffff, 0x7fffffff, false],
    [0x7fffffff, 1, false],
    [0x7fffffff, 1, true],
    [0x7fffffff, 0x7fffffff, true],
    [1 << 22, 1 << 22, true],
    [1 << 26, 1 << 26, true],
    [1 << 28, 2, true],
  ])('%i×%i pixels, interlaced %s', (width, height, interlaced) =>
    fails(
      file(ihdr(width, height, 16, 6, interlaced), idats(deflateSync(rows))),
      'too-large',
      /needs more than/,
    ),
  )

  it('image data that inflate to 200 times the picture are left alone', async () => {
    const bomb = deflateSync(concat(rows, new Uint8Array(50 << 20)))
    const stored = deflateSync(concat(rows, new Uint8Array(4 << 20)), { level: 0 })
    for (const data of [bomb, stored]) {
      const source = counted(file(head, idats(data), tail))
      const engine = new Engine(LIMIT)
      const reader = await openPng(engine, source)
      expect(await pixelsOf(engine, reader)).toEqual(Uint8Array.from(picture.samples))
      expect(source.taken).toBeLessThan(600_000)
    }
  })

  it('thousands of chunks before the image', () => {
    const many = Array.from({ length: 5000 }, () => chunk('tEXt'))
    return fails(file(head, ...many, idats(deflateSync(rows)), tail), 'corrupt', /more than 4096 chunks/)
  })

  it('a huge chunk before the image is passed over, compressed text never inflated', async () => {
    const text = chunk('zTXt', concat(Uint8Array.of(65, 0, 0), deflateSync(new Uint8Array(20 << 20))))
    const huge = chunk('teSt', new Uint8Array(8 << 20))
    const engine = new Engine(LIMIT)
    const reader = await openPng(engine, sourceOf(file(head, text, huge, idats(deflateSync(rows)), tail)))
    expect(await pixelsOf(engine, reader)).toEqual(Uint8Array.from(picture.samples))
    expect(engine.memory.buffer.byteLength).toBeLessThan(LIMIT)
  })

  it('empty deflate blocks cost little: tables of the fixed codes are made once', async () => {
    // Four blocks of ten bits, each of them not the last, of fixed codes, and at its end.
    const four = Uint8Array.of(0b00000010, 0b00001000, 0b00100000, 0b10000000, 0b00000000)
    const empty = new Uint8Array(5 * 50_000).map((_, i) => four[i % 5]!)
    const start = deflateSync(rows).subarray(0, 2)
    const bomb = concat(start, empty, deflateRawSync(rows))
    const engine = new Engine(LIMIT)
    const reader = await openPng(engine, sourceOf(file(head, idats(bomb), tail)))
    expect(await pixelsOf(engine, reader)).toEqual(Uint8Array.from(picture.samples))
    expect(engine.call('pngDecWork')).toBeLessThan(2 * rows.length + 10_000)
  })

  it('a file of empty IDAT chunks ends', async () => {
    const empty = Array.from({ length: 20000 }, () => chunk('IDAT'))
    expect((await decode(file(head, ...empty, tail))).reader.truncated).toBe(true)
  })
})
