// The colour encoding of JPEG XL (ISO/IEC 18181-1 §E.2): read, written, and as an ICC profile and back.
import { greyProfile, rgbProfile } from '../colour/build-profile'
import { HLG_GAMMA, hlgScene, PEAK, pqLight, WHITE } from '../colour/hdr'
import { type Curve, evaluateCurve } from '../colour/icc-tags'
import {
  adaptation,
  apply,
  D50,
  D65,
  multiply,
  rgbToPcs,
  transpose,
  type Vector,
  type Xy,
  xyzOf,
} from '../colour/matrix'
import { parseProfile } from '../colour/profile'
import { SRGB_CURVE } from '../colour/spaces'
import type { JxlBits, JxlBitWriter } from './bits'

/** Transfer functions: by number of ITU-T H.273, or a gamma (device value to light). */
export type Transfer =
  | 'srgb'
  | 'linear'
  | 'bt709'
  | 'pq'
  | 'hlg'
  | 'dci'
  | 'unknown'
  | { readonly gamma: number }

/** An enumerated encoding. Grey has no primaries of its own. */
export interface JxlColour {
  readonly space: 'rgb' | 'grey' | 'xyb' | 'unknown'
  readonly white: Xy
  readonly primaries: readonly [red: Xy, green: Xy, blue: Xy]
  readonly transfer: Transfer
}

export const SRGB_PRIMARIES: JxlColour['primaries'] = [
  [0.64, 0.33],
  [0.3, 0.6],
  [0.15, 0.06],
]

const WHITES: Record<number, Xy> = { 1: D65, 10: [1 / 3, 1 / 3], 11: [0.314, 0.351] }
const PRIMARIES: Record<number, JxlColour['primaries']> = {
  1: SRGB_PRIMARIES,
  9: [
    [0.708, 0.292],
    [0.17, 0.797],
    [0.131, 0.046],
  ],
  11: [
    [0.68, 0.32],
    [0.265, 0.69],
    [0.15, 0.06],
  ],
}
const CUSTOM = 2
const TRANSFERS: Record<number, Transfer> = {
  1: 'bt709',
  8: 'linear',
  13: 'srgb',
  16: 'pq',
  17: 'dci',
  18: 'hlg',
}
const SPACES = ['rgb', 'grey', 'xyb', 'unknown'] as const

export const SRGB: JxlColour = { space: 'rgb', white: D65, primaries: SRGB_PRIMARIES, transfer: 'srgb' }
export const DISPLAY_P3: JxlColour = { ...SRGB, primaries: PRIMARIES[11]! }

/** Reads a ColourEncoding; `profile` where an ICC profile follows the headers instead. */
export function readColour(bits: JxlBits): { colour: JxlColour; profile: boolean } {
  if (bits.bool()) return { colour: SRGB, profile: false }
  const profile = bits.bool()
  const space = SPACES[bits.enumerated()] ?? 'unknown'
  if (profile) return { colour: { ...SRGB, space }, profile }
  let { white, primaries, transfer } = SRGB
  if (space !== 'xyb') {
    const kind = bits.enumerated()
    white = kind === CUSTOM ? readXy(bits) : (WHITES[kind] ?? D65)
    if (space !== 'grey') {
      const set = bits.enumerated()
      primaries =
        set === CUSTOM ? [readXy(bits), readXy(bits), readXy(bits)] : (PRIMARIES[set] ?? SRGB_PRIMARIES)
    }
    // A gamma is stored as the exponent that encodes, times 10^7.
    transfer = bits.bool()
      ? { gamma: 1e7 / Math.max(1, bits.u(24)) }
      : (TRANSFERS[bits.enumerated()] ?? 'unknown')
  }
  bits.enumerated()
  return { colour: { space, white, primaries, transfer }, profile }
}

/** A coordinate is a signed number of millionths, its sign in the lowest bit. */
function readXy(bits: JxlBits): Xy {
  const one = () => {
    const packed = bits.u32([0, 19], [524288, 19], [1048576, 20], [2097152, 21])
    return ((packed & 1) === 1 ? -(packed + 1) / 2 : packed / 2) / 1e6
  }
  return [one(), one()]
}

/** Writes a ColourEncoding of colour or grey, its rendering intent relative. */
export function writeColour(bits: JxlBitWriter, { space, white, primaries, transfer }: JxlColour): void {
  bits
    .u(0, 1)
    .u(0, 1)
    .enumerated(space === 'grey' ? 1 : 0)
  const whiteKind = Object.entries(WHITES).find(([, xy]) => near(xy, white))?.[0]
  bits.enumerated(whiteKind === undefined ? CUSTOM : Number(whiteKind))
  if (whiteKind === undefined) writeXy(bits, white)
  if (space !== 'grey') {
    const set = Object.entries(PRIMARIES).find(([, xys]) =>
      xys.every((xy, i) => near(xy, primaries[i]!)),
    )?.[0]
    bits.enumerated(set === undefined ? CUSTOM : Number(set))
    if (set === undefined) for (const xy of primaries) writeXy(bits, xy)
  }
  if (typeof transfer === 'object') {
    bits.u(1, 1).u(Math.round(1e7 / transfer.gamma), 24)
  } else {
    const number = Object.entries(TRANSFERS).find(([, name]) => name === transfer)?.[0]
    bits.u(0, 1).enumerated(Number(number ?? CUSTOM))
  }
  bits.enumerated(1)
}

/** Profiles round their numbers, and writers of profiles do. */
const near = (a: Xy, b: Xy): boolean => Math.abs(a[0] - b[0]) < 0.0015 && Math.abs(a[1] - b[1]) < 0.0015

function writeXy(bits: JxlBitWriter, xy: Xy): void {
  for (const value of xy) {
    const millionths = Math.round(value * 1e6)
    const packed = millionths < 0 ? -2 * millionths - 1 : 2 * millionths
    if (packed < 524288) bits.u(0, 2).u(packed, 19)
    else if (packed < 1048576) bits.u(1, 2).u(packed - 524288, 19)
    else if (packed < 2097152) bits.u(2, 2).u(packed - 1048576, 20)
    else bits.u(3, 2).u(packed - 2097152, 21)
  }
}

/** Light of a picture's reference white in the units of PQ and of HLG's brightest light. */
const WHITE_IN_PQ = WHITE / 10000
const WHITE_IN_HLG = WHITE / PEAK

/** A curve as a table; what is brighter than white is white. */
function tabled(light: (value: number) => number): Curve {
  const entries = 1024
  return {
    kind: 'table',
    values: Uint16Array.from({ length: entries }, (_, i) =>
      Math.round(65535 * Math.min(1, light(i / (entries - 1)))),
    ),
  }
}

/** From stored values to light. */
export function curveOf(transfer: Transfer): Curve {
  if (typeof transfer === 'object') return { kind: 'gamma', gamma: transfer.gamma }
  switch (transfer) {
    case 'linear':
      return { kind: 'gamma', gamma: 1 }
    case 'dci':
      return { kind: 'gamma', gamma: 2.6 }
    case 'bt709':
      return {
        kind: 'parametric',
        g: 1 / 0.45,
        a: 1 / 1.099,
        b: 0.099 / 1.099,
        c: 1 / 4.5,
        d: 0.081,
        e: 0,
        f: 0,
      }
    case 'pq':
      return tabled((value) => pqLight(value) / WHITE_IN_PQ)
    case 'hlg':
      return tabled((value) => hlgScene(value) ** HLG_GAMMA / WHITE_IN_HLG)
    default:
      return SRGB_CURVE
  }
}

const NAMES: Record<string, string> = {
  linear: 'linear',
  bt709: 'BT.709 curve',
  pq: 'PQ',
  hlg: 'HLG',
  dci: 'DCI curve',
}

/** A name for people: `Display P3`, `Rec. ITU-R BT.2100 PQ`, … */
function describe({ white, primaries, transfer, space }: JxlColour): string {
  const is = (set: number) => near(white, D65) && PRIMARIES[set]!.every((xy, i) => near(xy, primaries[i]!))
  const name =
    space === 'grey' ? 'Grey' : is(1) ? 'sRGB' : is(9) ? 'Rec. ITU-R BT.2100' : is(11) ? 'Display P3' : 'RGB'
  const curve = typeof transfer === 'object' ? `gamma ${transfer.gamma.toFixed(2)}` : NAMES[transfer]
  return curve === undefined ? name : `${name}, ${curve}`
}

/**
 * The profile of an encoding; null for sRGB, and where the encoding says nothing. Of grey, the profile of
 * grey. PQ and HLG show the reference white of 203 cd/m² as white, and what is brighter too.
 */
export function profileOfColour(colour: JxlColour): Uint8Array | null {
  const { space, white, primaries, transfer } = colour
  if (space === 'xyb' || space === 'unknown' || transfer === 'unknown') return null
  const plain = transfer === 'srgb' && near(white, D65)
  if (plain && (space === 'grey' || primaries.every((xy, i) => near(xy, SRGB_PRIMARIES[i]!)))) return null
  const description = describe(colour)
  const curve = curveOf(transfer)
  if (space === 'grey') return greyProfile(description, curve)
  const toPcs = rgbToPcs(primaries[0], primaries[1], primaries[2], white)
  return rgbProfile({ description, curve, toPcs })
}

/**
 * The encoding whose colours are a profile's; null where it has tables, or curves that no encoding has.
 * A profile's colorants are adapted to D50. They are given back to D65, which is what most come from; those
 * that are nowhere then (ProPhoto's blue) stay as they are.
 */
export function colourOfProfile(icc: Uint8Array): JxlColour | null {
  const profile = parseProfile(icc)
  if (profile?.kind !== 'matrix') return null
  const transfer = transferOf(profile.curves[0])
  if (transfer === null || !profile.curves.every((curve) => sameCurve(curve, profile.curves[0]))) return null
  // Colorants that don't add up to the connection space's white are of no encoding.
  const sum = apply(profile.toPcs, [1, 1, 1])
  if (sum.some((value, i) => Math.abs(value - D50[i]!) > 0.004)) return null
  for (const [white, xyz] of [
    [D65, multiply(adaptation(D50, xyzOf(D65)), profile.toPcs)],
    [WHITE_D50, profile.toPcs],
  ] as const) {
    const primaries = transpose(xyz).map(xyOf)
    if (primaries.every((xy) => xy !== null)) {
      return { space: 'rgb', white, primaries: primaries as [Xy, Xy, Xy], transfer }
    }
  }
  return null
}

const WHITE_D50 = xyOf(D50)!

/** The chromaticity of a colour; null where no colour that can be stored has it. */
function xyOf([x, y, z]: Vector): Xy | null {
  const sum = x + y + z
  const xy: Xy = [x / sum, y / sum]
  return xy.every((value) => value > -1 && value < 2) && xy[1] > 0.00005 ? xy : null
}

/** Values where curves are compared. */
const PLACES = Array.from({ length: 33 }, (_, i) => i / 32)

function sameCurve(a: Curve, b: Curve): boolean {
  return PLACES.every((x) => Math.abs(evaluateCurve(a, x) - evaluateCurve(b, x)) < 0.002)
}

function transferOf(curve: Curve): Transfer | null {
  for (const transfer of ['srgb', 'linear', 'bt709'] as const) {
    if (sameCurve(curve, curveOf(transfer))) return transfer
  }
  const gamma = curve.kind === 'gamma' ? curve.gamma : Math.log(evaluateCurve(curve, 0.5)) / Math.log(0.5)
  // The format's field holds an exponent of at most 1.
  const fits = gamma >= 1 && gamma < 8 && sameCurve(curve, { kind: 'gamma', gamma })
  return fits ? { gamma } : null
}
