// PQ and HLG as SDR: the curve by its fixed points, and AVIF files whose container says what their values mean.
import { beforeAll, describe, expect, it } from 'vitest'
import { MemoryBudget } from '../../../src/image/budget'
import { HLG_GAMMA, hlgScene, pqLight, pqValue, toneMapped } from '../../../src/image/colour/hdr'
import { apply, invert, multiply, rgbToPcs, type Vector } from '../../../src/image/colour/matrix'
import { encodeSrgb, SPACES } from '../../../src/image/colour/spaces'
import { normalise } from '../../../src/image/normalise'
import { probe } from '../../../src/image/probe'
import type { Transformation } from '../../../src/image/transformation'
import { codedAv1, encodeAvif } from '../../support/avif-encode'
import { type CodedTile, handHeif, nclx } from '../../support/heif'
import { metadata, raw } from '../../support/oracle'
import { render } from '../../support/render'
import { sourceOf } from '../../support/rows'

const budget = new MemoryBudget({ bytes: 80_000_000, queue: 1, waitMs: 1000 })
const PATCH = 16
const BT2020 = rgbToPcs([0.708, 0.292], [0.17, 0.797], [0.131, 0.046], [0.3127, 0.329])

/** Stored values of the patches. */
const COLOURS: Vector[] = [
  [0, 0, 0],
  [40, 40, 40],
  [100, 100, 100],
  [148, 148, 148],
  [192, 192, 192],
  [255, 255, 255],
  [160, 130, 90],
  [90, 150, 120],
]

let tile: CodedTile

beforeAll(async () => {
  const [width, height] = [COLOURS.length * PATCH, PATCH]
  const data = new Uint8Array(width * height * 3)
  for (let i = 0; i < width * height; i++) data.set(COLOURS[Math.floor((i % width) / PATCH)]!, i * 3)
  tile = (await codedAv1(await encodeAvif({ width, height, bands: 3, data }, { quality: 100 }))).colour
})

/** A file whose values mean what the numbers say; the matrix is that of what libvips encodes. */
function file(primaries: number, transfer: number): Uint8Array {
  const picture = { width: tile.width, height: tile.height, columns: 1, tiles: [tile] }
  return handHeif(picture, { codec: 'av01', properties: [nclx(primaries, transfer, 6)] })
}

/** The patches' middles in an output, and the output. */
async function patches(bytes: Uint8Array, wanted: Transformation) {
  const header = probe(bytes)
  const made = await render(sourceOf(bytes), header, normalise({ format: 'png', ...wanted }, header), {
    budget,
    effort: 'interactive',
  })
  const { data, info } = await raw(made.bytes, [], { ignoreIcc: true })
  const colours = COLOURS.map((_, i) => {
    const at = ((PATCH / 2) * info.width + i * PATCH + PATCH / 2) * info.channels
    return [...data.subarray(at, at + info.channels)]
  })
  return { colours, made }
}

/** What should come out: light in units of 203 cd/m² of red, green and blue, in another space. */
function shown(light: Vector, source: Parameters<typeof multiply>[1], target: 'srgb' | 'p3'): number[] {
  const most = Math.max(...light)
  const kept = most === 0 ? 0 : toneMapped(203 * most) / 203 / most
  const toTarget = multiply(invert(SPACES[target].toPcs)!, source)
  return apply(toTarget, light.map((value) => value * kept) as unknown as Vector).map(encodeSrgb)
}

/** A step of PQ's 8 bits is up to three of sRGB's, and coding may be off by one. */
const near = (ours: number[][], expected: number[][]) => {
  for (const [i, colour] of ours.entries())
    for (const [band, value] of colour.entries())
      expect(
        Math.abs(value - expected[i]![band]!),
        `patch ${i}: ${colour} for ${expected[i]}`,
      ).toBeLessThanOrEqual(4)
}

describe('the curve', () => {
  it('keeps what is dark, and shows 1,000 cd/m² as white', () => {
    for (const light of [0, 1, 20, 85]) expect(toneMapped(light)).toBe(light)
    expect(toneMapped(1000)).toBeCloseTo(203, 3)
    expect(toneMapped(4000)).toBeCloseTo(203, 3)
    // Diffuse white stays bright, with room above it.
    expect(toneMapped(203)).toBeGreaterThan(150)
    expect(toneMapped(203)).toBeLessThan(185)
    for (let light = 1; light < 1000; light++)
      expect(toneMapped(light + 1)).toBeGreaterThan(toneMapped(light))
  })

  it('goes by the values of ST 2084 and BT.2100', () => {
    expect(pqLight(0)).toBe(0)
    expect(pqLight(1)).toBeCloseTo(1, 9)
    // 100 and 203 cd/m² are 51% and 58% of PQ; 203 are 75% of HLG on a display of 1,000.
    expect(pqValue(0.01)).toBeCloseTo(0.508, 3)
    expect(pqValue(0.0203)).toBeCloseTo(0.581, 3)
    expect(1000 * hlgScene(0.75) ** HLG_GAMMA).toBeCloseTo(203, 0)
    expect(hlgScene(1)).toBeCloseTo(1, 5)
  })
})

describe('pictures', () => {
  it('in PQ become sRGB', async () => {
    const bytes = file(9, 16)
    expect(probe(bytes).colorSpace).toBe('Rec. ITU-R BT.2020, PQ')
    const { colours, made } = await patches(bytes, { colorSpace: 'srgb' })
    const light = (value: number) => (pqLight(value / 255) * 10000) / 203
    near(
      colours,
      COLOURS.map((colour) => shown(colour.map(light) as unknown as Vector, BT2020, 'srgb')),
    )
    expect(made.header.colorSpace).toBe('srgb')
    expect(colours[5]).toEqual([255, 255, 255])
  })

  it('in PQ are Display P3 where nothing is asked', async () => {
    const { colours, made } = await patches(file(9, 16), {})
    const light = (value: number) => (pqLight(value / 255) * 10000) / 203
    near(
      colours,
      COLOURS.map((colour) => shown(colour.map(light) as unknown as Vector, BT2020, 'p3')),
    )
    expect(made.header.colorSpace).toBe('p3')
    expect(probe(made.bytes).colorSpace).toBe('p3')
    // GIF holds no profile.
    const gif = await patches(file(9, 16), { format: 'gif' })
    expect(gif.made.header.colorSpace).toBe('srgb')
  })

  it('in HLG become sRGB, with the brightness of a display of 1,000 cd/m²', async () => {
    const { colours } = await patches(file(9, 18), { colorSpace: 'srgb' })
    near(
      colours,
      COLOURS.map((colour) => {
        const scene = colour.map((value) => hlgScene(value / 255)) as unknown as Vector
        const luminance = 0.2627 * scene[0] + 0.678 * scene[1] + 0.0593 * scene[2]
        const display = luminance === 0 ? 0 : luminance ** (HLG_GAMMA - 1) * (1000 / 203)
        return shown(scene.map((value) => value * display) as unknown as Vector, BT2020, 'srgb')
      }),
    )
  })

  it('in PQ become grey', async () => {
    const { colours } = await patches(file(9, 16), { colorSpace: 'grayscale' })
    const light = (value: number) => (pqLight(value / 255) * 10000) / 203
    for (const [i, [value]] of colours.entries()) {
      if (i > 5) break
      const [expected] = shown(COLOURS[i]!.map(light) as unknown as Vector, BT2020, 'srgb')
      expect(Math.abs(value! - expected!)).toBeLessThanOrEqual(2)
    }
  })

  it('in BT.2020 of standard range keep their colours and state their space', async () => {
    const bytes = file(9, 14)
    expect(probe(bytes).colorSpace).toBe('Rec. ITU-R BT.2020')
    const { colours } = await patches(bytes, { colorSpace: 'srgb' })
    const linear = (value: number) =>
      value <= 0.04045 * 255 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4
    const toSrgb = multiply(invert(SPACES.srgb.toPcs)!, BT2020)
    near(
      colours,
      COLOURS.map((colour) => apply(toSrgb, colour.map(linear) as unknown as Vector).map(encodeSrgb)),
    )
    const origin = await patches(bytes, {})
    expect(origin.made.header.colorSpace).toBe('Rec. ITU-R BT.2020')
    expect(await metadata(origin.made.bytes)).toMatchObject({ hasProfile: true })
    near(
      origin.colours,
      COLOURS.map((colour) => [...colour]),
    )
  })

  it('in the curves of television are sRGB', async () => {
    const bytes = file(1, 1)
    expect(probe(bytes).colorSpace).toBe('srgb')
    near(
      (await patches(bytes, {})).colours,
      COLOURS.map((colour) => [...colour]),
    )
  })
})
