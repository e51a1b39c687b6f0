// AVIF files put together by hand of AV1 that libvips has coded: grids, alpha, what properties say of colours and
// of what is shown. libvips reads them, too; 4:4:4, which nobody interpolates, has to come out as it does there.
import { beforeAll, describe, expect, it } from 'vitest'
import { MemoryBudget } from '../../../src/image/budget'
import { openAvif } from '../../../src/image/codecs/avif'
import { Engine } from '../../../src/image/engine'
import { normalise } from '../../../src/image/normalise'
import { probe } from '../../../src/image/probe'
import { codedAv1, encodeAvif } from '../../support/avif-encode'
import {
  type CodedTile,
  clap,
  type HandOptions,
  type HandPicture,
  handHeif,
  irot,
  nclx,
} from '../../support/heif'
import { raw } from '../../support/oracle'
import { render } from '../../support/render'
import { maxDiff, pixelsOf, psnr, scene, sourceOf } from '../../support/rows'

const LIMIT = 16 << 20
const TILE = { width: 64, height: 48 }
const [COLUMNS, ROWS] = [3, 2]
const [WIDTH, HEIGHT] = [170, 90]
const all = { width: COLUMNS * TILE.width, height: ROWS * TILE.height }
const whole = scene(all.width, all.height, 4)

/** A tile's window of the scene. */
function part(index: number, bands: 3 | 4): Uint8Array {
  const [left, top] = [(index % COLUMNS) * TILE.width, Math.floor(index / COLUMNS) * TILE.height]
  const pixels = new Uint8Array(TILE.width * TILE.height * bands)
  for (let i = 0; i < TILE.width * TILE.height; i++) {
    const at = ((top + Math.floor(i / TILE.width)) * all.width + left + (i % TILE.width)) * 4
    pixels.set(whole.subarray(at, at + bands), i * bands)
  }
  return pixels
}

let colour: HandPicture<CodedTile>
let halved: HandPicture<CodedTile>
let alpha: HandPicture<CodedTile>

beforeAll(async () => {
  const size = { width: WIDTH, height: HEIGHT, columns: COLUMNS }
  const tiles = async (options: object) => {
    const pairs = []
    for (let i = 0; i < COLUMNS * ROWS; i++)
      pairs.push(await codedAv1(await encodeAvif({ ...TILE, bands: 4, data: part(i, 4) }, options)))
    return pairs
  }
  const full = await tiles({ quality: 95 })
  colour = { ...size, tiles: full.map((pair) => pair.colour) }
  alpha = { ...size, tiles: full.map((pair) => pair.alpha!) }
  halved = { ...size, tiles: (await tiles({ chromaSubsampling: '4:2:0' })).map((pair) => pair.colour) }
})

const avif = (picture: HandPicture<CodedTile>, options: HandOptions = {}) =>
  handHeif(picture, { codec: 'av01', ...options })

async function stored(file: Uint8Array, withAlpha = false, chunk = 1000): Promise<Uint8Array> {
  const engine = new Engine(LIMIT)
  return pixelsOf(engine, await openAvif(engine, sourceOf(file, chunk), { ...probe(file), alpha: withAlpha }))
}

/** One tile as a picture of its own. */
const single = (tile: CodedTile, of: Partial<HandPicture<CodedTile>> = {}): HandPicture<CodedTile> => ({
  ...TILE,
  columns: 1,
  tiles: [tile],
  ...of,
})

describe('grids of AV1', () => {
  it.each([7, 1000, 65536])('are read as libvips reads them, in chunks of %i bytes', async (chunk) => {
    const file = avif(colour)
    expect(probe(file)).toMatchObject({ width: WIDTH, height: HEIGHT, interlaced: false })
    expect(maxDiff(await stored(file, false, chunk), (await raw(file)).data)).toBe(0)
  })

  it('have alpha beside them', async () => {
    const file = avif(colour, { alpha })
    const [ours, theirs] = [await stored(file, true), (await raw(file)).data]
    expect(maxDiff(ours, theirs)).toBeLessThanOrEqual(1)
  })

  it('interpolate chroma over the edges of tiles', async () => {
    const pixels = await stored(avif(halved))
    const at = (x: number, y: number): number => (y * WIDTH + x) * 3
    const original = (x: number, y: number): number => (y * all.width + x) * 4
    // Rows next to where tiles meet are as near to the picture as rows anywhere.
    const error = (y: number): number => {
      let sum = 0
      for (let x = 0; x < WIDTH; x++)
        for (let band = 0; band < 3; band++)
          sum += Math.abs(pixels[at(x, y) + band]! - whole[original(x, y) + band]!)
      return sum / WIDTH / 3
    }
    const inside = [20, 21, 22, 23, 24, 25].map(error).reduce((a, b) => a + b) / 6
    expect((error(47) + error(48)) / 2).toBeLessThan(2 * inside + 1)
    expect(psnr(pixels, (await raw(avif(halved))).data)).toBeGreaterThan(33)
  })

  it('are turned and cut', async () => {
    const window = { left: 3, top: 7, width: 150, height: 70 }
    const file = avif(colour, { properties: [clap(window, { width: WIDTH, height: HEIGHT }), irot(1)] })
    expect(probe(file)).toMatchObject({ width: 150, height: 70, orientation: 8 })
    const pixels = await stored(file)
    const plain = await stored(avif(colour))
    const cut = new Uint8Array(pixels.length)
    for (let y = 0; y < window.height; y++) {
      const from = ((window.top + y) * WIDTH + window.left) * 3
      cut.set(plain.subarray(from, from + window.width * 3), y * window.width * 3)
    }
    expect(maxDiff(pixels, cut)).toBe(0)
    const { data } = await raw(file)
    const budget = new MemoryBudget({ bytes: 80_000_000, queue: 1, waitMs: 1000 })
    const header = probe(file)
    const png = await render(sourceOf(file), header, normalise({ format: 'png' }, header), {
      budget,
      effort: 'interactive',
    })
    expect(png.header).toMatchObject({ width: 70, height: 150 })
    expect(maxDiff((await raw(png.bytes)).data, data)).toBe(0)
  })

  it('are refused where tiles are missing or differ', async () => {
    const lacking = { ...colour, tiles: colour.tiles.slice(0, 4), height: 80, columns: 2, width: 200 }
    await expect(stored(avif(lacking))).rejects.toMatchObject({ kind: 'corrupt' })
    const mixed = { ...colour, tiles: [...colour.tiles.slice(0, 5), halved.tiles[5]!] }
    await expect(stored(avif(mixed))).rejects.toMatchObject({ kind: 'corrupt' })
  })
})

describe('what a file says of its colours', () => {
  it.each([
    [1, 13, 1, true],
    [9, 16, 9, true],
    [1, 13, 6, false],
    [1, 1, 1, false],
    [1, 13, 0, true],
    [1, 13, 8, true],
  ] as const)(
    'primaries %i, transfer %i, matrix %i, full range %s',
    async (primaries, transfer, matrix, full) => {
      const file = avif(single(colour.tiles[1]!), { properties: [nclx(primaries, transfer, matrix, full)] })
      expect(maxDiff(await stored(file), (await raw(file)).data)).toBeLessThanOrEqual(1)
    },
  )

  it('refuses matrices that are not linear', async () => {
    const file = avif(single(colour.tiles[0]!), { properties: [nclx(9, 16, 14)] })
    await expect(stored(file)).rejects.toMatchObject({
      kind: 'unsupported',
      message: expect.stringContaining('14'),
    })
  })

  it('divides colours that were multiplied by alpha', async () => {
    const options = { alpha: single(alpha.tiles[1]!), premultiplied: true }
    const [as, divided] = [
      await stored(avif(single(colour.tiles[1]!), { ...options, premultiplied: false }), true),
      await stored(avif(single(colour.tiles[1]!), options), true),
    ]
    for (let i = 0; i < as.length; i += 4) {
      const opacity = as[i + 3]!
      expect(divided[i + 3]).toBe(opacity)
      if (opacity === 0) continue
      const expected = Math.min(255, (as[i]! * 255) / opacity)
      expect(Math.abs(divided[i]! - expected)).toBeLessThanOrEqual(0.51)
    }
  })
})

describe('coded pictures', () => {
  it('of grey', async () => {
    const data = scene(131, 70, 1)
    const file = await encodeAvif({ width: 131, height: 70, bands: 1, data })
    const pixels = await stored(file)
    const grey = pixels.filter((_, i) => i % 3 === 0)
    expect(psnr(grey, data)).toBeGreaterThan(38)
  })

  it('of halved chroma, odd in size, are interpolated', async () => {
    const hue = (i: number, phase: number) =>
      128 + 90 * Math.sin((i % 131) / 15 + phase) * Math.cos(Math.floor(i / 131) / 13 + phase)
    const data = Uint8Array.from({ length: 131 * 71 * 3 }, (_, i) => hue(Math.floor(i / 3), 2 * (i % 3)))
    const file = await encodeAvif({ width: 131, height: 71, bands: 3, data }, { chromaSubsampling: '4:2:0' })
    const theirs = (await raw(file)).data
    // libheif repeats chroma: where colours are smooth, interpolated ones are nearer to what was encoded.
    expect(psnr(await stored(file), data)).toBeGreaterThan(psnr(theirs, data))
  })

  it('larger than their item says are refused before they are decoded', async () => {
    const file = avif(single(colour.tiles[0]!, { width: 40, height: 30 }))
    await expect(stored(file)).rejects.toMatchObject({
      kind: 'corrupt',
      message: 'Expected an AV1 picture of 40×30 but received one of 64×48',
    })
  })

  it('are gone through again and again without more memory', async () => {
    const file = avif(colour, { alpha })
    const engine = new Engine(LIMIT)
    const reader = await openAvif(engine, sourceOf(file), probe(file))
    const used = engine.call('arenaUsed')
    while (await reader.read());
    expect(engine.call('arenaUsed')).toBe(used)
  })
})
