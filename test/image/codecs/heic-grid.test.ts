// HEIC as phones write it, of real HEVC: grids whose tiles the engine's encoder coded, with alpha, turned and
// cut by properties of the container.
import { beforeAll, describe, expect, it } from 'vitest'
import { MemoryBudget } from '../../../src/image/budget'
import { openHeic } from '../../../src/image/codecs/heic'
import { hevcConfiguration } from '../../../src/image/codecs/hevc-headers'
import { Engine } from '../../../src/image/engine'
import { turned, turnOfOrientation } from '../../../src/image/geometry'
import { normalise } from '../../../src/image/normalise'
import { probe } from '../../../src/image/probe'
import { codedTile, encodeHeic } from '../../support/heic-encode'
import { type CodedTile, clap, type HandPicture, handHeif, imir, irot } from '../../support/heif'
import { raw } from '../../support/oracle'
import { render } from '../../support/render'
import { pixelsOf, psnr, scene, sourceOf } from '../../support/rows'

const [WIDTH, HEIGHT] = [170, 90]
const TILE = { width: 64, height: 48 }
const COLUMNS = 3
const budget = new MemoryBudget({ bytes: 80_000_000, queue: 10, waitMs: 10_000 })

/** RGBA of the whole picture, which the tiles reach over. */
const all = { width: COLUMNS * TILE.width, height: 2 * TILE.height }
const whole = scene(all.width, all.height, 4)

/** A window of it, in bands of the colours (3) or of alpha as grey (1). */
function part(left: number, top: number, width: number, height: number, bands: 1 | 3 | 4): Uint8Array {
  const pixels = new Uint8Array(width * height * bands)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = ((top + y) * all.width + left + x) * 4
      const pixel = bands === 1 ? whole.subarray(at + 3, at + 4) : whole.subarray(at, at + bands)
      pixels.set(pixel, (y * width + x) * bands)
    }
  }
  return pixels
}

async function tilesOf(bands: 1 | 3): Promise<CodedTile[]> {
  const tiles: CodedTile[] = []
  for (let i = 0; i < COLUMNS * 2; i++) {
    const [left, top] = [(i % COLUMNS) * TILE.width, Math.floor(i / COLUMNS) * TILE.height]
    const data = part(left, top, TILE.width, TILE.height, bands)
    tiles.push(await codedTile((await encodeHeic({ ...TILE, bands, data }, { quality: 95 })).file))
  }
  return tiles
}

let colour: HandPicture<CodedTile>
let alpha: HandPicture<CodedTile>

beforeAll(async () => {
  const size = { width: WIDTH, height: HEIGHT, columns: COLUMNS }
  colour = { ...size, tiles: await tilesOf(3) }
  alpha = { ...size, tiles: await tilesOf(1) }
})

async function stored(file: Uint8Array, withAlpha = false): Promise<Uint8Array> {
  const engine = new Engine(8 << 20)
  return pixelsOf(engine, await openHeic(engine, sourceOf(file, 1000), { ...probe(file), alpha: withAlpha }))
}

describe('HEIC grids of real HEVC', () => {
  it('are read across their tiles, at an odd size, with alpha', async () => {
    const file = handHeif(colour, { alpha })
    expect(probe(file)).toMatchObject({ width: WIDTH, height: HEIGHT, alpha: true, interlaced: false })
    const pixels = await stored(file, true)
    expect(psnr(pixels, part(0, 0, WIDTH, HEIGHT, 4))).toBeGreaterThan(38)
    const uneven = { ...colour, width: 169, height: 89 }
    expect(psnr(await stored(handHeif(uneven)), part(0, 0, 169, 89, 3))).toBeGreaterThan(36)
  })

  it('are cut by clap, alpha too', async () => {
    for (const window of [
      { left: 0, top: 0, width: 169, height: 89 },
      { left: 1, top: 0, width: 169, height: 90 },
      { left: 7, top: 5, width: 150, height: 71 },
      { left: 33, top: 50, width: 120, height: 40 },
    ]) {
      const { left, top, width, height } = window
      const file = handHeif(colour, { alpha, properties: [clap(window, colour)] })
      expect(probe(file)).toMatchObject({ width, height })
      expect(
        psnr(await stored(file, true), part(left, top, width, height, 4)),
        `${left},${top}`,
      ).toBeGreaterThan(38)
    }
  })

  it('are shown whole where clap is senseless or cuts more than encoders pad', async () => {
    for (const window of [
      { left: -1, top: 0, width: 169, height: 90 },
      { left: 0, top: 0, width: 171, height: 90 },
      { left: 0, top: 0, width: 0, height: 90 },
      { left: 0, top: 0, width: 100, height: 90 },
    ]) {
      const file = handHeif(colour, { properties: [clap(window, colour)] })
      expect(probe(file)).toMatchObject({ width: WIDTH, height: HEIGHT })
      expect(await stored(file)).toHaveLength(WIDTH * HEIGHT * 3)
    }
  })

  it.each([
    ['irot 1', [irot(1)]],
    ['irot 3', [irot(3)]],
    ['imir 0', [imir(0)]],
    ['imir 1', [imir(1)]],
    ['irot 1, imir 0', [irot(1), imir(0)]],
    [
      'clap, irot 1',
      [clap({ left: 3, top: 2, width: 161, height: 87 }, { width: WIDTH, height: HEIGHT }), irot(1)],
    ],
  ] as const)('are turned upright in outputs that viewers do not turn: %s', async (name, properties) => {
    const file = handHeif(colour, { properties })
    const header = probe(file)
    const cut = name.startsWith('clap')
    const window = cut
      ? { left: 3, top: 2, width: 161, height: 87 }
      : { left: 0, top: 0, width: WIDTH, height: HEIGHT }
    const { left, top, width, height } = window
    const upright = turned({ width, height }, turnOfOrientation(header.orientation))
    const { bytes } = await render(sourceOf(file), header, normalise({ format: 'png' }, header), {
      budget,
      effort: 'interactive',
    })
    const shown = await raw(bytes)
    expect(shown.info).toMatchObject(upright)
    // libvips turns the same by hand: irot anticlockwise, imir after it.
    let expected = await raw(part(left, top, width, height, 3), [], { raw: { width, height, channels: 3 } })
    const turn = async (call: [string, ...unknown[]]): Promise<void> => {
      const { width, height } = expected.info
      expected = await raw(expected.data, [call], { raw: { width, height, channels: 3 } })
    }
    if (name.includes('irot 1')) await turn(['rotate', 270])
    if (name.includes('irot 3')) await turn(['rotate', 90])
    if (name.includes('imir 0')) await turn(['flip'])
    if (name.includes('imir 1')) await turn(['flop'])
    expect(psnr(shown.data, expected.data)).toBeGreaterThan(36)
  })
})

describe('a HEVC picture that is more than its item says', () => {
  const single = (tile: CodedTile): HandPicture<CodedTile> => ({ ...TILE, columns: 1, tiles: [tile] })
  const colours = { primaries: 1, transfer: 13, matrix: 6 }
  const facts = { width: 16_384, height: 16_384, codedWidth: 16_384, codedHeight: 16_384, qp: 30, bytes: 100 }
  const large = new Uint8Array(hevcConfiguration({ ...facts, colour: colours }))
  const refusal = {
    kind: 'corrupt',
    message: `Expected a HEVC picture of ${TILE.width}×${TILE.height} but received one of 16384×16384`,
  }

  it('is refused by its size before the decoder makes room for it', async () => {
    const tile = colour.tiles[0]!
    await expect(stored(handHeif(single({ ...tile, configuration: large })))).rejects.toMatchObject(refusal)
  })

  it('is refused where the parameter set is among the slices', async () => {
    const tile = colour.tiles[0]!
    // Behind hvcC's head the sets follow as type, count and length: video, sequence, picture.
    const video = large[26]! * 256 + large[27]!
    const at = 28 + video + 3
    const sequence = large.subarray(at + 2, at + 2 + large[at]! * 256 + large[at + 1]!)
    const data = new Uint8Array([0, 0, 0, sequence.length, ...sequence, ...tile.data])
    await expect(stored(handHeif(single({ ...tile, data })))).rejects.toMatchObject(refusal)
  })

  it('is its first picture where it holds several', async () => {
    const [first, second] = colour.tiles as [CodedTile, CodedTile]
    const data = new Uint8Array([...first.data, ...second.data])
    expect(await stored(handHeif(single({ ...first, data })))).toEqual(await stored(handHeif(single(first))))
  })
})
