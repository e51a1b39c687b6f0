// Files made to do harm: refused, or read at a cost that is bounded. jpeg-decode-mutations.test.ts has damage
// by chance.
import { describe, expect, it } from 'vitest'
import { openJpeg } from '../../src/image/codecs/jpeg-decode'
import { Engine } from '../../src/image/engine'
import { ImageError } from '../../src/image/error'
import { be16, join, type Part } from '../support/bmff'
import { LIMIT } from '../support/jpeg'
import { encoded } from '../support/oracle'
import { scene, sourceOf } from '../support/rows'

const GUARD = 4096

/** Decodes between two guard blocks; a damaged file may claim any size, so rows are bounded. */
async function survives(file: Uint8Array, shrink: 1 | 2 | 4 | 8, chunk: number): Promise<string> {
  const engine = new Engine(LIMIT)
  const before = engine.alloc(GUARD)
  engine.bytes.fill(0xa5, before, before + GUARD)
  const isWhole = (pointer: number) =>
    engine.bytes.subarray(pointer, pointer + GUARD).every((byte) => byte === 0xa5)
  let outcome = 'picture'
  let after = 0
  try {
    const reader = await openJpeg(engine, sourceOf(file, chunk), { shrink, bandBytes: 1 << 16 })
    after = engine.alloc(GUARD)
    engine.bytes.fill(0xa5, after, after + GUARD)
    for (let strips = 0; strips < 200 && (await reader.read()); strips++);
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

/** The header of a file, and a change to the frame's height and width. */
async function claiming(width: number, height: number, progressive: boolean): Promise<Uint8Array> {
  const input = { raw: { width: 61, height: 45, channels: 3 } }
  const file = (await encoded(scene(61, 45, 3), [['jpeg', { progressive }]], input)).data
  const sof = file.findIndex((byte, i) => byte === 0xff && file[i + 1] === (progressive ? 0xc2 : 0xc0))
  const copy = file.slice()
  copy.set([height >> 8, height & 255, width >> 8, width & 255], sof + 5)
  return copy
}

it('refuses a progressive picture of 65,535 × 65,535 for its memory', async () => {
  expect(await survives(await claiming(65535, 65535, true), 1, 65536)).toBe('too-large')
})

it('reads a baseline picture of 65,535 × 65,535 within a few rows', async () => {
  expect(await survives(await claiming(65535, 65535, false), 8, 65536)).toBe('picture')
})

it('refuses thousands of scans', async () => {
  const input = { raw: { width: 61, height: 45, channels: 3 } }
  const file = (await encoded(scene(61, 45, 3), [['jpeg', { progressive: true }]], input)).data
  const sos = file.findIndex((byte, i) => byte === 0xff && file[i + 1] === 0xda)
  // A scan of all DC coefficients that ends at once.
  const length = 2 + ((file[sos + 2]! << 8) | file[sos + 3]!)
  const scan = file.subarray(sos, sos + length)
  const bomb = [...file.subarray(0, sos), ...Array.from({ length: 3000 }, () => [...scan]).flat()]
  expect(await survives(Uint8Array.from(bomb), 1, 65536)).toBe('too-large')
})

const segment = (marker: number, ...body: Part[]) => {
  const bytes = join(...body)
  return join([0xff, marker], be16(bytes.length + 2), bytes)
}
const dqt = (table = 0) => segment(0xdb, table, new Uint8Array(64).fill(1))
/** A table of one code, of one bit. */
const oneCode = (head: number, symbol: number) => join(head, 1, new Uint8Array(15), symbol)
const dht = (head: number, symbol: number) => segment(0xc4, oneCode(head, symbol))
const frame = (marker: number, side: number, components: number) =>
  segment(
    ...([marker, 8, be16(side), be16(side), components] as const),
    ...Array.from({ length: components }, (_, i) => [i + 1, 0x11, 0]),
  )
const scan = (start: number, end: number, approximation: number) =>
  segment(0xda, 1, 1, 0, start, end, approximation)
const EOI = [0xff, 0xd9]

/** All rows, and what decoding took. */
async function read(file: Uint8Array, shrink: 1 | 2 | 4 | 8) {
  const engine = new Engine(64 << 20)
  const reader = await openJpeg(engine, sourceOf(file), { shrink })
  let rows = 0
  for (let strip = await reader.read(); strip; strip = await reader.read()) rows += strip.count
  return {
    rows,
    flaws: reader.damaged || reader.truncated,
    work: engine.call('jpegDecWork'),
    tables: engine.call('jpegDecTablesMade'),
    bytes: engine.memory.buffer.byteLength,
  }
}

describe('200 scans over 100 megapixels, in 38 KB', () => {
  const side = 10_000
  const blocks = Math.ceil(side / 8) ** 2
  /** A scan of ends of blocks alone, each a zero and 14 bits of zeros: 16,384 blocks. */
  const bits = new Uint8Array(Math.ceil((15 * Math.ceil(blocks / 16_384)) / 8))
  const ends = (approximation: number) => join(scan(1, 63, approximation), bits)
  const file = (first: Uint8Array, count: number, others: Uint8Array) =>
    join(
      ...([[0xff, 0xd8], dqt(), frame(0xc2, side, 3), dht(0x00, 0), dht(0x10, 0xe0), first] as const),
      ...Array.from({ length: count }, () => others),
      EOI,
    )

  it.each([
    ['first scans', ends(0x00), 199, ends(0x00)],
    ['refinements', ends(0x01), 199, ends(0x10)],
  ])('of %s take each block once a scan', async (_name, first, count, others) => {
    const whole = await read(file(first, count, others), 1)
    expect(whole).toMatchObject({ rows: side, flaws: false })
    expect(whole.work).toBeLessThanOrEqual(200 * blocks)
    expect(whole.bytes).toBeLessThanOrEqual(24_000_000)
    // Of an eighth only the first coefficient is needed: scans of others are passed over.
    expect(await read(file(first, count, others), 8)).toMatchObject({ rows: side / 8, work: 0 })
  })

  it('and one more are refused', async () => {
    await expect(read(file(ends(0x01), 200, ends(0x10)), 1)).rejects.toMatchObject({
      kind: 'too-large',
      message: expect.stringContaining('fewer scans'),
    })
  })
})

describe('thousands of tables', () => {
  const rest = [frame(0xc0, 64, 1), scan(0, 63, 0), new Uint8Array(40), EOI]
  const tables = (...more: Uint8Array[]) =>
    join([0xff, 0xd8], dqt(), dht(0x00, 0), dht(0x10, 0), ...more, ...rest)

  it('of codes: only those of a scan are made', async () => {
    const many = segment(0xc4, ...Array.from({ length: 3600 }, (_, i) => oneCode((i & 1) << 4, 0)))
    const { rows, flaws, tables: made } = await read(tables(...Array.from({ length: 30 }, () => many)), 1)
    expect({ rows, flaws, made }).toEqual({ rows: 64, flaws: false, made: 2 })
  })

  it('of quantisers, and segments without anything', async () => {
    const many = segment(
      0xdb,
      ...Array.from({ length: 1000 }, (_, i) => [i & 3, ...new Array<number>(64).fill(1)]),
    )
    for (const more of [many, join(...Array.from({ length: 10_000 }, () => segment(0xfe)))]) {
      const { rows, flaws } = await read(tables(...Array.from({ length: 30 }, () => more)), 1)
      expect({ rows, flaws }).toEqual({ rows: 64, flaws: false })
    }
  })

  it('that are cut, or have more codes than fit, are refused', async () => {
    for (const bad of [
      segment(0xc4, oneCode(0x00, 0).subarray(0, 17)),
      segment(0xc4, 0x00, 3, new Uint8Array(18)),
      segment(0xc4, oneCode(0x04, 0)),
      segment(0xdb, 0, new Uint8Array(63)),
      segment(0xdb, 0x20, new Uint8Array(64)),
    ]) {
      await expect(read(tables(bad), 1)).rejects.toMatchObject({ kind: 'corrupt' })
    }
  })
})
