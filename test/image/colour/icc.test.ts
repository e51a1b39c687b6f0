import { describe, expect, it } from 'vitest'
import { greyProfileBytes, profileBytes, rgbProfile } from '../../../src/image/colour/build-profile'
import { colorSpaceOf, IccScan } from '../../../src/image/colour/icc-scan'
import { evaluateCurve, parseCurve, parseDescription } from '../../../src/image/colour/icc-tags'
import { apply, D50, D65, invert, multiply, rgbToPcs, xyzOf } from '../../../src/image/colour/matrix'
import { parseProfile } from '../../../src/image/colour/profile'
import { encodeSrgb, SPACES, SRGB_CURVE } from '../../../src/image/colour/spaces'
import { embedMetadata } from '../../../src/image/metadata'
import { be16, be32, join } from '../../support/bmff'
import { makeRandom, mutate } from '../../support/mutate'
import { encoded, metadata, raw } from '../../support/oracle'

function scanned(profile: Uint8Array, size = profile.length): IccScan {
  const scan = new IccScan()
  for (let at = 0; at < profile.length; at += size) scan.push(profile.subarray(at, at + size))
  return scan
}
const named = (profile: Uint8Array, components = 3) => colorSpaceOf(components, scanned(profile), 'none')

const wide = rgbProfile({
  description: 'Wide Test',
  toPcs: rgbToPcs([0.7347, 0.2653], [0.1596, 0.8404], [0.0366, 0.0001], [0.3457, 0.3585]),
  curve: { kind: 'gamma', gamma: 1.8 },
})

describe('the name of a colour space', () => {
  it('goes by colorants and curve, else by the description', () => {
    expect(named(profileBytes('srgb'))).toBe('srgb')
    expect(named(profileBytes('p3'))).toBe('p3')
    expect(named(profileBytes('adobe_rgb'))).toBe('adobe_rgb')
    expect(named(wide)).toBe('Wide Test')
    expect(named(greyProfileBytes())).toBe('grayscale')
    expect(
      named(rgbProfile({ ...SPACES.srgb, description: 'Linear sRGB', curve: { kind: 'gamma', gamma: 1 } })),
    ).toBe('Linear sRGB')
    expect(named(wide, 1)).toBe('grayscale')
    expect(named(wide, 4)).toBe('cmyk')
  })

  it('is the same when the profile comes in pieces', () => {
    for (const size of [1, 7, 131, 132, 133, 200]) {
      expect(scanned(wide, size).description).toBe('Wide Test')
      expect(scanned(profileBytes('p3'), size).knownSpace).toBe('p3')
    }
  })

  it('is unknown where the profile says nothing, and the fallback where there is none', () => {
    const nameless = wide.slice()
    // The first tag of the table is the description.
    nameless.set([0x78, 0x78, 0x78, 0x78], 132)
    expect(named(nameless)).toBe('unknown')
    expect(named(new Uint8Array(50))).toBe('none')
  })
})

it('reads descriptions of all three kinds', () => {
  expect(parseDescription(join('desc', be32(0), be32(5), 'Test\0', 'ignored'))).toBe('Test')
  expect(parseDescription(join('text', be32(0), 'Plain\0'))).toBe('Plain')
  expect(
    parseDescription(join('mluc', be32(0), be32(1), be32(12), 'enUS', be32(4), be32(28), [0, 0x41, 0, 0x42])),
  ).toBe('AB')
  expect(
    parseDescription(join('mluc', be32(0), be32(1), be32(12), 'enUS', be32(400), be32(28), [0, 0x41])),
  ).toBeNull()
  expect(parseDescription(join('desc', be32(0), be32(3), '\x01\x02\0'))).toBeNull()
})

it('reads curves of all kinds', () => {
  const at = (tag: Uint8Array, x: number) => evaluateCurve(parseCurve(tag)!, x)
  const para = (form: number, ...values: number[]) =>
    join('para', be32(0), be16(form), be16(0), ...values.map((v) => be32(Math.round(v * 65536))))
  expect(at(join('curv', be32(0), be32(0)), 0.3)).toBe(0.3)
  expect(at(join('curv', be32(0), be32(1), be16(512)), 0.5)).toBe(0.25)
  expect(at(join('curv', be32(0), be32(3), be16(0), be16(13107), be16(65535)), 0.25)).toBeCloseTo(0.1, 4)
  expect(at(para(0, 2), 0.5)).toBe(0.25)
  // y = (ax + b)^g from x = -b/a on, else 0.
  expect(at(para(1, 2, 2, -0.5), 0.5)).toBeCloseTo(0.25, 4)
  expect(at(para(1, 2, 2, -0.5), 0.2)).toBe(0)
  expect(at(para(2, 2, 1, 0, 0.125), 0.5)).toBeCloseTo(0.375, 4)
  expect(at(para(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045), 0.02)).toBeCloseTo(0.02 / 12.92, 4)
  expect(at(para(4, 1, 1, 0, 1, 0, 0.25, 0), 0.5)).toBeCloseTo(0.75, 4)
  expect(parseCurve(para(5, 1))).toBeNull()
  expect(parseCurve(join('curv', be32(0), be32(1000), be16(1)))).toBeNull()
})

it('knows the matrices of the spaces it names', () => {
  // IEC 61966-2-1 adapted to D50, as every sRGB profile has it.
  const expected = [0.4361, 0.3851, 0.1431, 0.2225, 0.7169, 0.0606, 0.0139, 0.0971, 0.7141]
  SPACES.srgb.toPcs.flat().forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i]!, 3)
  })
  apply(SPACES.p3.toPcs, [1, 1, 1]).forEach((value, i) => {
    expect(value).toBeCloseTo(D50[i]!, 3)
  })
  const unit = multiply(invert(SPACES.adobe_rgb.toPcs)!, SPACES.adobe_rgb.toPcs)
  expect(unit.flat().map((v) => Math.round(v * 1e6) / 1e6 + 0)).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1])
  expect(xyzOf(D65)[0]).toBeCloseTo(0.9505, 3)
  expect(
    invert([
      [1, 2, 3],
      [2, 4, 6],
      [0, 0, 1],
    ]),
  ).toBeNull()
})

it('encodes what its curve decodes', () => {
  for (let i = 0; i < 256; i++) expect(encodeSrgb(evaluateCurve(SRGB_CURVE, i / 255))).toBe(i)
})

it('makes profiles that libvips takes', async () => {
  const grey = { create: { width: 4, height: 4, channels: 3, background: '#c06040' } }
  const { data } = await encoded(null, [['png']], grey)
  for (const space of ['srgb', 'p3', 'adobe_rgb'] as const) {
    const file = embedMetadata('png', data, { icc: profileBytes(space) })
    expect(await metadata(file)).toMatchObject({ hasProfile: true })
    const shown = [...(await raw(file)).data.subarray(0, 3)]
    if (space === 'srgb') expect(shown).toEqual([0xc0, 0x60, 0x40])
    else expect(shown[0]).toBeGreaterThan(0xc0)
  }
})

it('survives damaged profiles', () => {
  const random = makeRandom(5)
  for (let i = 0; i < 3000; i++) {
    const damaged = mutate(i % 2 === 0 ? wide : profileBytes('p3'), random)
    expect(typeof named(damaged)).toBe('string')
    const profile = parseProfile(damaged)
    if (profile?.kind === 'matrix')
      for (const curve of profile.curves) expect(evaluateCurve(curve, 0.7)).toBeLessThanOrEqual(1)
  }
})
