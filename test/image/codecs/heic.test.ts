// HEIC files are made by hand of PCM blocks (test/support/hevc.ts), so that what should come out is
// known to the sample: nothing at hand writes HEVC, and libvips here does not read it.
import { describe, expect, it } from 'vitest'
import { openHeic } from '../../../src/image/codecs/heic'
import { heifStripBytes } from '../../../src/image/codecs/heif-rows'
import { Engine } from '../../../src/image/engine'
import { ImageError } from '../../../src/image/error'
import { type HandPicture, handHeif, irot } from '../../support/heif'
import type { HevcPlanes } from '../../support/hevc'
import { maxDiff, pixelsOf, random, sourceOf } from '../../support/rows'

const LIMIT = 8 * 1024 * 1024
const SUB = { '4:0:0': [0, 0], '4:2:0': [2, 2], '4:2:2': [2, 1], '4:4:4': [1, 1] } as const

type Chroma = keyof typeof SUB

/** A smooth picture's planes; `x0`, `y0` place a tile in a larger picture. */
function planes(
  width: number,
  height: number,
  chroma: Chroma,
  more: Partial<HevcPlanes> = {},
  x0 = 0,
  y0 = 0,
) {
  const depth = more.depth ?? 8
  const scale = 2 ** (depth - 8)
  const [sx, sy] = SUB[chroma]
  const make = (w: number, h: number, at: (x: number, y: number) => number): number[] =>
    Array.from({ length: w * h }, (_, i) => Math.round(at(i % w, Math.floor(i / w)) * scale))
  const luma = make(width, height, (x, y) => 120 + 60 * Math.sin((x + x0) / 9) + 40 * Math.cos((y + y0) / 7))
  const colour = (phase: number): number[] =>
    make(
      width / sx,
      height / sy,
      (x, y) => 128 + 50 * Math.sin((x * sx + x0) / 21 + phase) + 20 * Math.cos((y * sy + y0) / 17),
    )
  const all = chroma === '4:0:0' ? [luma] : [luma, colour(0), colour(2)]
  return { width, height, chroma, planes: all, ...more } satisfies HevcPlanes
}

const single = (tile: HevcPlanes, width = tile.width, height = tile.height): HandPicture => ({
  width,
  height,
  columns: 1,
  tiles: [tile],
})

function grid(
  width: number,
  height: number,
  size: number,
  chroma: Chroma,
  more: Partial<HevcPlanes> = {},
): HandPicture {
  const [columns, rows] = [Math.ceil(width / size), Math.ceil(height / size)]
  const tiles = Array.from({ length: columns * rows }, (_, i) =>
    planes(size, size, chroma, more, (i % columns) * size, Math.floor(i / columns) * size),
  )
  return { width, height, columns, tiles }
}

/** H.273 §8.3 in floating point, chroma by the triangle filter. */
function expected(picture: HandPicture, matrix: readonly [number, number], fullRange: boolean): Uint8Array {
  const { width, height, columns, tiles } = picture
  const { chroma, depth = 8, width: tw, height: th } = tiles[0]!
  const [sx, sy] = SUB[chroma]
  const scale = 2 ** (depth - 8)
  const narrow = (value: number): number => Math.min(255, Math.round(value / scale))
  const sample = (plane: number, x: number, y: number, w: number, h: number): number => {
    const tile = tiles[Math.floor(y / h) * columns + Math.floor(x / w)]!
    return narrow(tile.planes[plane]![(y % h) * w + (x % w)]!)
  }
  const tap = (at: number, first: number, last: number): [number, number] => {
    const near = at >> 1
    return [near, Math.min(Math.max(near + ((at & 1) * 2 - 1), first), last)]
  }
  const colour = (plane: number, x: number, y: number): number => {
    if (chroma === '4:0:0') return 128
    const [w, h] = [tw / sx, th / sy]
    const cols = sx === 2 ? tap(x, 0, Math.ceil(width / 2) - 1) : [x, x]
    const rows = sy === 2 ? tap(y, 0, Math.ceil(height / 2) - 1) : [y, y]
    const blend = (a: number, b: number): number => (3 * a + b) / 4
    const line = (row: number): number =>
      blend(sample(plane, cols[0]!, row, w, h), sample(plane, cols[1]!, row, w, h))
    return blend(line(rows[0]!), line(rows[1]!))
  }
  const [kr, kb] = matrix
  const [lumaScale, chromaScale] = fullRange ? [1, 1] : [255 / 219, 255 / 224]
  const out = new Uint8ClampedArray(width * height * 3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const l = (sample(0, x, y, tw, th) - (fullRange ? 0 : 16)) * lumaScale
      const [cb, cr] = [(colour(1, x, y) - 128) * chromaScale, (colour(2, x, y) - 128) * chromaScale]
      const [r, b] = [l + 2 * (1 - kr) * cr, l + 2 * (1 - kb) * cb]
      out.set([r, (l - kr * r - kb * b) / (1 - kr - kb), b], (y * width + x) * 3)
    }
  }
  return new Uint8Array(out.buffer)
}

async function read(file: Uint8Array, alpha = false, chunk?: number): Promise<Uint8Array> {
  const engine = new Engine(LIMIT)
  return pixelsOf(engine, await openHeic(engine, sourceOf(file, chunk), { alpha }))
}

const BT601 = [0.299, 0.114] as const

describe('openHeic', () => {
  it.each(['4:0:0', '4:2:0', '4:2:2', '4:4:4'] as const)('reads pictures of %s', async (chroma) => {
    const picture = single(planes(48, 32, chroma))
    expect(maxDiff(await read(handHeif(picture)), expected(picture, BT601, true))).toBeLessThanOrEqual(2)
  })

  it('reads 10 bits, limited range and other matrices', async () => {
    for (const [matrix, weights] of [
      [1, [0.2126, 0.0722]],
      [9, [0.2627, 0.0593]],
      [6, BT601],
    ] as const) {
      for (const fullRange of [false, true]) {
        const picture = single(planes(32, 32, '4:2:0', { depth: 10, matrix, fullRange }))
        const pixels = await read(handHeif(picture))
        expect(
          maxDiff(pixels, expected(picture, weights, fullRange)),
          `${matrix} ${fullRange}`,
        ).toBeLessThanOrEqual(3)
      }
    }
  })

  it.each([
    [80, 64, 32, 7],
    [75, 61, 32, 1000],
    [33, 17, 16, 65536],
    [64, 128, 64, 300],
  ])('reads grids: %i×%i of tiles of %i, in chunks of %i bytes', async (width, height, size, chunk) => {
    const picture = grid(width, height, size, '4:2:0')
    expect(
      maxDiff(await read(handHeif(picture), false, chunk), expected(picture, BT601, true)),
    ).toBeLessThanOrEqual(2)
  })

  it('reads alpha, single and in grids', async () => {
    for (const colour of [single(planes(48, 32, '4:2:0')), grid(70, 40, 32, '4:2:0')]) {
      const alpha = { ...colour, tiles: colour.tiles.map((tile) => planes(tile.width, tile.height, '4:0:0')) }
      const pixels = await read(handHeif(colour, { alpha }), true)
      const rgb = expected(colour, BT601, true)
      const opacity = expected(alpha, BT601, true)
      expect(
        maxDiff(
          pixels.filter((_, i) => i % 4 === 3),
          opacity.filter((_, i) => i % 3 === 0),
        ),
      ).toBe(0)
      expect(
        maxDiff(
          pixels.filter((_, i) => i % 4 !== 3),
          rgb,
        ),
      ).toBeLessThanOrEqual(2)
    }
  })

  it('gives stored pixels: turning is left to who reads the header', async () => {
    const picture = single(planes(48, 32, '4:4:4'))
    const turned = await read(handHeif(picture, { properties: [irot(1)] }))
    expect(maxDiff(turned, await read(handHeif(picture)))).toBe(0)
  })

  it('takes of the arena what it says, whatever the height', async () => {
    const used = async (height: number): Promise<number> => {
      const engine = new Engine(LIMIT)
      const before = engine.call('arenaUsed')
      await openHeic(engine, sourceOf(handHeif(grid(96, height, 32, '4:2:0'))), { alpha: false })
      return engine.call('arenaUsed') - before
    }
    expect(await used(32)).toBe(await used(160))
    expect(await used(32)).toBeLessThanOrEqual(heifStripBytes(96, false, 1))
  })

  it('names what is wrong with a file', async () => {
    const file = handHeif(grid(40, 40, 32, '4:2:0'))
    await expect(read(file.slice(0, 100))).rejects.toMatchObject({ kind: 'truncated' })
    await expect(read(file.slice(0, file.length - 2000))).rejects.toMatchObject({ kind: 'truncated' })
    await expect(read(new Uint8Array(64).fill(7))).rejects.toMatchObject({ kind: 'truncated' })
    await expect(read(new Uint8Array([0, 0, 0, 4, 1, 1, 1, 1, 1]))).rejects.toMatchObject({
      kind: 'corrupt',
      offset: 0,
    })
    const av1 = file.slice()
    for (let at = 0; at < 700; at++)
      if (String.fromCharCode(...av1.subarray(at, at + 4)) === 'grid') av1[at] = 0x78
    await expect(read(av1)).rejects.toMatchObject({
      kind: 'unsupported',
      message: expect.stringContaining('xrid'),
    })
  })

  it('never traps or hangs on mutated files', async () => {
    const next = random(31)
    const file = handHeif(grid(40, 40, 32, '4:2:0'), { alpha: grid(40, 40, 32, '4:0:0') })
    for (let round = 0; round < 80; round++) {
      const bytes = file.slice(0, next(6) === 0 ? next(file.length) : file.length)
      // Mostly boxes, sometimes the coded pictures.
      for (let i = 0; i <= next(3); i++)
        bytes[next(next(3) > 0 ? Math.min(bytes.length, 900) : bytes.length)] = next(256)
      try {
        await read(bytes, next(2) === 1)
      } catch (error) {
        expect(error).toBeInstanceOf(ImageError)
      }
    }
  })
})
