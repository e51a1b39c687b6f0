// Files made to do harm: refused, or read at a cost that is bounded. jpeg-decode-mutations.test.ts has damage
// by chance.
import { expect, it } from 'vitest'
import { openJpeg } from '../../src/image/codecs/jpeg-decode'
import { Engine } from '../../src/image/engine'
import { ImageError } from '../../src/image/error'
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

// Bytes that once broke the decoder, by what was wrong.
it.each([
  // A 0xFF as the window's last byte was taken for a marker with the byte behind it.
  ['marker at the end of the window', [0xff, 0xd8, ...new Array<number>(40).fill(0x11), 0xff], 'truncated'],
  ['no bytes', [], 'corrupt'],
  ['a scan without a frame', [0xff, 0xd8, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0], 'corrupt'],
  ['a segment shorter than its length', [0xff, 0xd8, 0xff, 0xdb, 0xff, 0xff, 0, 0], 'truncated'],
  ['a segment of length 0', [0xff, 0xd8, 0xff, 0xdb, 0, 0, 0, 0], 'corrupt'],
  [
    'a Huffman table with too many codes',
    [0xff, 0xd8, 0xff, 0xc4, 0, 22, 0, 3, ...new Array<number>(18).fill(0)],
    'corrupt',
  ],
] as const)('regression: %s', async (_name, file, kind) => {
  for (const chunk of [1, 65536]) expect(await survives(Uint8Array.from(file), 1, chunk)).toBe(kind)
})
