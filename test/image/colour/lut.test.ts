// Profiles with tables of all three types: what is read from them, their grids in the engine against the plain
// evaluator, and the colours of pictures against libvips.
import { describe, expect, it } from 'vitest'
import { colourStep } from '../../../src/image/colour'
import { lutDevice } from '../../../src/image/colour/device'
import { GRID_BYTES, makeGrid } from '../../../src/image/colour/grid'
import { evaluateCurve } from '../../../src/image/colour/icc-tags'
import { parseLut } from '../../../src/image/colour/lut'
import { evaluatorOf } from '../../../src/image/colour/lut-eval'
import { parseProfile, type TableProfile, withoutInverse } from '../../../src/image/colour/profile'
import { srgbEncoded } from '../../../src/image/colour/spaces'
import { fromPcs } from '../../../src/image/colour/target'
import { Engine } from '../../../src/image/engine'
import { embedMetadata, readMetadata } from '../../../src/image/metadata'
import { be16, be32, join } from '../../support/bmff'
import { aToBTag, lutTag, profileOf, type TableParts } from '../../support/lut'
import { makeRandom, mutate } from '../../support/mutate'
import { encoded, raw } from '../../support/oracle'
import { pixelsOf, psnr } from '../../support/rows'
import { cmykTiff } from '../../support/tiff'

/** Lab of ink, or light, as numbers of 0–1 of 16 bits in version 2: darker and more coloured the more of each. */
const inkLab = (c: number, m: number, y: number, k: number) => {
  const l = (1 - 0.4 * c) * (1 - 0.5 * m) * (1 - 0.1 * y) * (1 - 0.85 * k)
  const chroma = (1 - k) * 0.5
  const [a, b] = [(0.6 * m - 0.3 * c) * chroma, (0.8 * y - 0.4 * c - 0.1 * m) * chroma]
  return [(l * 65280) / 65535, (128 + 127 * a) / 255.996, (128 + 127 * b) / 255.996]
}
const ink = (side: number): TableParts => ({ channels: 4, side, node: inkLab as TableParts['node'] })
/** The same of light, without an ink's black. */
const light = (side: number): TableParts => ({
  channels: 3,
  side,
  node: (r, g, b) => inkLab(1 - r!, 1 - g!, 1 - b!, 0.9 * (1 - Math.max(r!, g!, b!))),
})
const bent = { before: (x: number) => x ** 0.8, after: (x: number) => x ** 1.1 }
const xyz: TableParts = {
  channels: 3,
  side: 9,
  node: (r, g, b) => [
    0.2 * r! + 0.15 * g! + 0.1 * b!,
    0.1 * r! + 0.35 * g! + 0.05 * b!,
    0.02 * r! + 0.05 * g! + 0.33 * b!,
  ],
}
const turn = [0.9, 0.1, 0, 0.05, 0.9, 0.05, 0, 0.1, 0.9, 0, 0.01, 0]

const PROFILES: Record<string, Uint8Array> = {
  'lut16, ink': profileOf('CMYK', 'Lab ', 2, { A2B0: lutTag(2, ink(9)) }),
  'lut16, ink, curves': profileOf('CMYK', 'Lab ', 2, {
    A2B0: lutTag(2, { ...ink(7), before: bent.before }, 300),
  }),
  'lut8, ink': profileOf('CMYK', 'Lab ', 2, { A2B0: lutTag(1, ink(5)) }),
  'lut16, ink, version 4': profileOf('CMYK', 'Lab ', 4, { A2B0: lutTag(2, ink(6)) }),
  'lutAToB, ink': profileOf('CMYK', 'Lab ', 4, {
    A2B0: aToBTag({ grid: { ...ink(8), width: 2 }, a: 1.2, b: 1 }, 4),
  }),
  'lut8, light': profileOf('RGB ', 'Lab ', 2, { A2B0: lutTag(1, { ...light(16), ...bent }) }),
  'lut16, light': profileOf('RGB ', 'Lab ', 2, { A2B0: lutTag(2, light(17)) }),
  'lut16, light to XYZ': profileOf('RGB ', 'XYZ ', 2, {
    A2B0: lutTag(2, { ...xyz, before: (x) => x ** 2.2 }),
  }),
  'lutAToB, light': profileOf('RGB ', 'Lab ', 4, {
    A2B0: aToBTag({ grid: { ...light(9), width: 2 }, a: 0.9, m: 1.1, matrix: turn, b: 1.05 }),
  }),
  'lutAToB of bytes, light': profileOf('RGB ', 'Lab ', 4, {
    A2B0: aToBTag({ grid: { ...light(12), width: 1 }, a: 1, b: 1 }),
  }),
  'lutAToB without a grid': profileOf('RGB ', 'XYZ ', 4, {
    A2B0: aToBTag({ m: 2.2, matrix: [0.22, 0.19, 0.07, 0.11, 0.36, 0.03, 0.01, 0.05, 0.36, 0, 0, 0], b: 1 }),
  }),
}

const tableOf = (name: string): TableProfile => {
  const profile = parseProfile(PROFILES[name]!)
  if (profile?.kind !== 'lut') throw new Error(`${name} has no tables`)
  return profile
}

it.each(Object.keys(PROFILES))('%s: nodes of the engine as the plain evaluator has them', (name) => {
  const profile = tableOf(name)
  const { space } = profile
  const engine = new Engine(8 << 20)
  for (const to of ['srgb', 'p3', 'grayscale'] as const) {
    const at = makeGrid(engine, profile, to)
    const grid = new Int16Array(engine.memory.buffer, at, GRID_BYTES[space] / 2).slice()
    const { before, toXyz } = lutDevice(profile.lut, profile.version)
    const [side, white] = space === 'RGB' ? [33, 2 ** 14] : [17, (255 * 2 ** 21) / 32512]
    const channels = before.length
    const random = makeRandom(3)
    let worst = 0
    for (let i = 0; i < 3000; i++) {
      const node = i < 200 ? i : Math.floor(random() * side ** channels)
      const place = before.map((_, c) => Math.floor(node / side ** (channels - 1 - c)) % side)
      const device = Float64Array.from(before, (curve, c) => evaluateCurve(curve, place[c]! / (side - 1)))
      const shown = new Float64Array(3)
      toXyz(device, shown)
      const expected = fromPcs(to).map(
        (row) => srgbEncoded(row[0] * shown[0]! + row[1] * shown[1]! + row[2] * shown[2]!) * white,
      )
      // A node of ink stands before its neighbour, and behind the one before.
      const found: number[][] = []
      if (space === 'RGB') found.push([0, 1, 2].map((k) => grid[node * 4 + k]!))
      if (space === 'CMYK' && place[0]! < 16) found.push([0, 2, 4].map((k) => grid[node * 8 + k]!))
      if (space === 'CMYK' && place[0]! > 0) found.push([1, 3, 5].map((k) => grid[(node - 17 ** 3) * 8 + k]!))
      for (const colours of found)
        colours.forEach((value, k) => {
          worst = Math.max(worst, Math.abs(value - expected[k]!))
        })
    }
    // Of 64 that a byte's step has: what 32 bits lose where light is nearly none.
    expect(worst, to).toBeLessThan(2)
  }
})

const [WIDTH, HEIGHT] = [61, 43]

/** Smooth colours with some noise. */
function picture(bands: number): Uint8Array {
  const random = makeRandom(bands)
  return Uint8Array.from({ length: WIDTH * HEIGHT * bands }, (_, i) => {
    const [x, y, band] = [Math.floor(i / bands) % WIDTH, Math.floor(i / bands / WIDTH), i % bands]
    const wave = 0.5 + 0.5 * Math.sin(x * (0.07 + 0.05 * band) + y * 0.11 * (band + 1))
    return 255 * Math.min(1, wave * 0.9 + random() * 0.1)
  })
}

/** A picture's colours by our step, and by libvips. */
async function both(icc: Uint8Array, pixels: Uint8Array, bands: 3 | 4, cmyk: boolean) {
  const engine = new Engine(8 << 20)
  const pointer = engine.alloc(pixels.length)
  engine.bytes.set(pixels, pointer)
  let done = false
  const reader = {
    width: WIDTH,
    height: HEIGHT,
    bands,
    async read() {
      if (done) return null
      done = true
      return { pointer, count: HEIGHT, stride: WIDTH * bands }
    },
    close: async () => {},
  }
  const from = { bands, depth: 8, cmyk } as const
  const ours = await pixelsOf(engine, colourStep(engine, reader, { icc, colorSpace: 'x', from, to: 'srgb' }))
  if (cmyk) return { ours, theirs: (await raw(cmykTiff(WIDTH, HEIGHT, pixels, icc))).data }
  const input = { raw: { width: WIDTH, height: HEIGHT, channels: bands } }
  const { data } = await encoded(pixels, [['png']], input)
  return { ours, theirs: (await raw(embedMetadata('png', data, { icc }))).data }
}

it.each(Object.keys(PROFILES))('%s: colours as libvips shows them', async (name) => {
  const cmyk = name.includes('ink')
  const bands = cmyk ? 4 : 3
  const { ours, theirs } = await both(PROFILES[name]!, picture(bands), bands, cmyk)
  expect(psnr(ours, theirs)).toBeGreaterThan(cmyk ? 60 : 48)
})

it('keeps alpha beside light', async () => {
  const pixels = picture(4)
  const { ours, theirs } = await both(PROFILES['lut16, light']!, pixels, 4, false)
  expect(psnr(ours, theirs)).toBeGreaterThan(48)
  expect(ours.filter((_, i) => i % 4 === 3)).toEqual(pixels.filter((_, i) => i % 4 === 3))
})

describe('reading', () => {
  const tag = lutTag(2, ink(5))
  const colour = (lut: Uint8Array, ...device: number[]) => {
    const xyz = new Float64Array(3)
    evaluatorOf(parseLut(lut, device.length, 'Lab ')!)(Float64Array.from(device), xyz)
    return [...xyz]
  }

  it('takes white for white, and what lies between nodes for what lies between them', () => {
    colour(tag, 0, 0, 0, 0).forEach((value, i) => {
      expect(value).toBeCloseTo([0.9642, 1, 0.8249][i]!, 3)
    })
    const y = (l: number) => ((l * 100 + 16) / 116) ** 3
    // L* falls along a line with black.
    expect(colour(tag, 0, 0, 0, 0.3)[1]).toBeCloseTo(y(1 - 0.85 * 0.3), 3)
    expect(colour(lutTag(1, ink(5)), 0, 0, 0, 0.5)[1]).toBeCloseTo(y((1 - 0.85 * 0.5) * (65280 / 65535)), 1)
  })

  it('refuses what is cut, of other channels, or of another type', () => {
    expect(parseLut(tag, 4, 'Lab ')).not.toBeNull()
    expect(parseLut(tag, 3, 'Lab ')).toBeNull()
    expect(parseLut(tag, 4, 'Luv ')).toBeNull()
    expect(parseLut(tag.subarray(0, tag.length - 1), 4, 'Lab ')).toBeNull()
    expect(parseLut(join4('mpet', tag), 4, 'Lab ')).toBeNull()
    const flat = tag.slice()
    flat[10] = 1
    expect(parseLut(flat, 4, 'Lab ')).toBeNull()
  })

  it('takes a profile whose tables are none for one without', () => {
    expect(parseProfile(profileOf('CMYK', 'Lab ', 2, { A2B0: tag.subarray(0, 90) }))).toBeNull()
    expect(parseProfile(profileOf('CMYK', 'Lab ', 2, { A2B1: tag }))?.kind).toBe('lut')
    expect(parseProfile(profileOf('RGB ', 'Lab ', 2, { A2B0: tag }))).toBeNull()
  })

  it('keeps of an ink profile what leads from ink', () => {
    const whole = profileOf('CMYK', 'Lab ', 2, { B2A0: new Uint8Array(50_000), A2B0: tag, A2B1: tag })
    const slim = withoutInverse(whole)
    expect(slim.length).toBe(tag.length + 144)
    expect(parseProfile(slim)).toEqual(parseProfile(whole))
    const other = PROFILES['lut16, light']!
    expect(withoutInverse(other)).toBe(other)
  })

  it('survives damage', () => {
    const random = makeRandom(8)
    const engine = new Engine(16 << 20)
    const mark = engine.call('arenaMark')
    for (let i = 0; i < 600; i++) {
      const whole = Object.values(PROFILES)[i % 11]!
      // Heads of tables are where damage hurts.
      const icc = whole.slice()
      icc.set(mutate(whole.subarray(0, 260), random).subarray(0, 260))
      const profile = parseProfile(icc)
      if (profile?.kind !== 'lut') continue
      makeGrid(engine, profile, 'srgb')
      engine.call('arenaRelease', mark)
    }
  })
})

function join4(type: string, tag: Uint8Array): Uint8Array {
  const other = tag.slice()
  for (let i = 0; i < 4; i++) other[i] = type.charCodeAt(i)
  return other
}

describe('grey', () => {
  const greys = Uint8Array.from({ length: 256 }, (_, i) => i)
  const shown = async (icc: Uint8Array) => {
    const engine = new Engine(4 << 20)
    const pointer = engine.alloc(256)
    engine.bytes.set(greys, pointer)
    let done = false
    const rows = {
      width: 256,
      height: 1,
      bands: 1 as const,
      async read() {
        if (done) return null
        done = true
        return { pointer, count: 1, stride: 256 }
      },
      close: async () => {},
    }
    const from = { bands: 1, depth: 8, cmyk: false } as const
    const ours = await pixelsOf(
      engine,
      colourStep(engine, rows, { icc, colorSpace: 'grayscale', from, to: 'srgb' }),
    )
    const { data } = await encoded(greys, [['toColourspace', 'b-w'], ['png']], {
      raw: { width: 256, height: 1, channels: 1 },
    })
    const theirs = (await raw(embedMetadata('png', data, { icc }))).data
    return { ours, theirs: theirs.length === 256 ? theirs : theirs.filter((_, i) => i % 3 === 0) }
  }

  it('by tables as libvips', async () => {
    const node = (x: number) => [((0.1 + 0.9 * x ** 1.3) * 65280) / 65535, 0.50001, 0.50001]
    const icc = profileOf('GRAY', 'Lab ', 2, {
      A2B0: lutTag(2, { channels: 1, side: 33, node: node as TableParts['node'] }),
    })
    expect(parseProfile(icc)?.kind).toBe('grey')
    const { ours, theirs } = await shown(icc)
    expect(psnr(ours, theirs)).toBeGreaterThan(45)
  })

  it('by a curve of L* as libvips', async () => {
    const kTRC = join('curv', be32(0), be32(1), be16(256))
    const icc = profileOf('GRAY', 'Lab ', 2, { kTRC })
    const { ours, theirs } = await shown(icc)
    expect(psnr(ours, theirs)).toBeGreaterThan(45)
  })
})

it('reads back the profile of a JPEG that libvips made', async () => {
  const { data } = await encoded(
    picture(3),
    [['toColourspace', 'cmyk'], ['withIccProfile', 'cmyk'], ['jpeg']],
    { raw: { width: WIDTH, height: HEIGHT, channels: 3 } },
  )
  const { icc } = readMetadata(data, 'jpg')
  const { ours, theirs } = await both(icc!, picture(4), 4, true)
  expect(psnr(ours, theirs)).toBeGreaterThan(60)
})
