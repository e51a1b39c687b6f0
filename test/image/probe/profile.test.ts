// What headers say of embedded profiles: sizes of tables, for the planner, and tones of grey.
import { expect, it } from 'vitest'
import { greyProfile, greyProfileBytes, profileBytes } from '../../../src/image/colour/build-profile'
import { embedMetadata } from '../../../src/image/metadata'
import { probe } from '../../../src/image/probe'
import { lutTag, profileOf } from '../../support/lut'
import { type Call, encoded } from '../../support/oracle'

const table = lutTag(2, { channels: 3, side: 5, node: (r, g, b) => [r!, g!, b!] })
const tables = profileOf('RGB ', 'XYZ ', 2, { A2B0: table, B2A0: new Uint8Array(70_000) })
const sized = { bytes: tables.length, tables: table.length }

const file = async (...calls: Call[]) =>
  (await encoded(null, calls, { create: { width: 9, height: 9, channels: 3, background: '#c06040' } })).data

it.each(['jpg', 'png', 'webp', 'avif'] as const)('a %s says how large the tables are', async (format) => {
  const bare = await file([format === 'jpg' ? 'jpeg' : format, {}])
  expect(probe(bare).profile).toBeUndefined()
  expect(probe(embedMetadata(format, bare, { icc: tables })).profile).toEqual(sized)
  expect(probe(embedMetadata(format, bare, { icc: profileBytes('p3') })).profile).toBeUndefined()
})

it('takes a profile whose parts are out of order for one of tables', async () => {
  const whole = embedMetadata('jpg', await file(['jpeg', {}]), { icc: tables })
  // Two segments: the second is written before the first.
  const start = (from: number) => String.fromCharCode(...whole).indexOf('ICC_PROFILE', from) - 4
  const first = start(0)
  const second = start(first + 20)
  const end = second + 2 + whole[second + 2]! * 256 + whole[second + 3]!
  const turned = whole.slice()
  turned.set(whole.subarray(second, end), first)
  turned.set(whole.subarray(first, second), first + end - second)
  expect(probe(whole).profile).toEqual(sized)
  expect(probe(turned).profile).toEqual({ bytes: tables.length, tables: tables.length })
})

it('knows tones of grey that are not those of sRGB', async () => {
  const bare = await file(['toColourspace', 'b-w'], ['png'])
  const toned = (icc?: Uint8Array) => probe(icc ? embedMetadata('png', bare, { icc }) : bare).toned ?? false
  expect(toned()).toBe(false)
  expect(toned(greyProfileBytes())).toBe(false)
  expect(toned(greyProfile('2.2', { kind: 'gamma', gamma: 2.2 }))).toBe(true)
  expect(toned(greyProfile('1', { kind: 'gamma', gamma: 1 }))).toBe(true)
  const lightness = greyProfileBytes().slice()
  lightness.set([0x4c, 0x61, 0x62, 0x20], 20)
  expect(toned(lightness)).toBe(true)
  // Of another kind than the pixels: it counts as none.
  expect(probe(embedMetadata('png', await file(['png']), { icc: greyProfileBytes() })).toned).toBeUndefined()
})
