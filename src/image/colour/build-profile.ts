// ICC profiles made from the numbers of spaces.ts (ICC.1:2022, version 4.3): what is embedded in outputs,
// and what colours are converted to.
import type { Curve } from './icc-tags'
import { adaptation, D50, D65, transpose, type Vector, xyzOf } from './matrix'
import { type RgbSpace, SPACES, type SpaceName, SRGB_CURVE } from './spaces'

const made = new Map<string, Uint8Array>()

/** The profile of a named space. Shared: not to be written to. */
export function profileBytes(space: SpaceName): Uint8Array {
  return once(space, () => rgbProfile(SPACES[space]))
}

/** A profile of any space with primaries and one curve. */
export function rgbProfile({ description, toPcs, curve }: RgbSpace): Uint8Array {
  const [red, green, blue] = transpose(toPcs)
  const tone = curveTag(curve)
  return build('RGB ', description, [
    ['rXYZ', xyzTag(red)],
    ['gXYZ', xyzTag(green)],
    ['bXYZ', xyzTag(blue)],
    ['rTRC', tone],
    ['gTRC', tone],
    ['bTRC', tone],
  ])
}

/** A grey profile with the curve of sRGB. Shared: not to be written to. */
export function greyProfileBytes(): Uint8Array {
  return once('grey', () => greyProfile('Gray with the sRGB curve', SRGB_CURVE))
}

/** A grey profile with any curve. */
export function greyProfile(description: string, curve: Curve): Uint8Array {
  return build('GRAY', description, [['kTRC', curveTag(curve)]])
}

function once(name: string, make: () => Uint8Array): Uint8Array {
  const profile = made.get(name) ?? make()
  made.set(name, profile)
  return profile
}

function build(space: string, description: string, tags: readonly [string, number[]][]): Uint8Array {
  const all: [string, number[]][] = [
    ['desc', textTag(description)],
    ['cprt', textTag('No copyright, use freely')],
    ['wtpt', xyzTag(D50)],
    ['chad', ['sf32', 0, adaptation(xyzOf(D65), D50).flat()].flatMap(encodePart)],
    ...tags,
  ]
  const table: number[] = u32(all.length)
  const data: number[] = []
  const start = 128 + 4 + all.length * 12
  const placed = new Map<number[], number>()
  for (const [name, body] of all) {
    // Equal curves are stored once.
    const at = placed.get(body) ?? start + data.length
    if (!placed.has(body)) {
      placed.set(body, at)
      data.push(...body, ...new Array<number>(-body.length & 3).fill(0))
    }
    table.push(...ascii(name), ...u32(at), ...u32(body.length))
  }
  return new Uint8Array([...header(space, start + data.length), ...table, ...data])
}

/** ICC.1 §7.2. */
function header(space: string, size: number): number[] {
  return [
    ...u32(size),
    ...u32(0),
    ...u32(0x04300000),
    ...ascii('mntr'),
    ...ascii(space),
    ...ascii('XYZ '),
    ...[2026, 1, 1, 0, 0, 0].flatMap((part) => [part >>> 8, part & 255]),
    ...ascii('acsp'),
    ...new Array<number>(28).fill(0),
    ...D50.flatMap(fixed),
    ...new Array<number>(48).fill(0),
  ]
}

/** A name, a zero or fixed-point numbers. */
const encodePart = (part: string | number | number[]): number[] =>
  typeof part === 'string' ? ascii(part) : typeof part === 'number' ? u32(part) : part.flatMap(fixed)

const xyzTag = (xyz: Vector): number[] => ['XYZ ', 0, [...xyz]].flatMap(encodePart)

/** multiLocalizedUnicode (§10.15) with one English text. */
function textTag(text: string): number[] {
  const utf16 = Array.from(text, (c) => [0, c.charCodeAt(0)]).flat()
  return [
    ...ascii('mluc'),
    ...u32(0),
    ...u32(1),
    ...u32(12),
    ...ascii('enUS'),
    ...u32(utf16.length),
    ...u32(28),
    ...utf16,
  ]
}

/** parametricCurve (§10.18), form 3 or 0; a table as curve (§10.6). */
function curveTag(curve: Curve): number[] {
  if (curve.kind === 'table') {
    const values = Array.from(curve.values, (value) => [value >>> 8, value & 255]).flat()
    return [...ascii('curv'), ...u32(0), ...u32(curve.values.length), ...values]
  }
  const [form, values] =
    curve.kind === 'gamma' ? [0, [curve.gamma]] : [3, [curve.g, curve.a, curve.b, curve.c, curve.d]]
  return [...ascii('para'), ...u32(0), 0, form, 0, 0, ...values.flatMap(fixed)]
}

const u32 = (value: number): number[] => [
  (value >>> 24) & 255,
  (value >>> 16) & 255,
  (value >>> 8) & 255,
  value & 255,
]
/** s15Fixed16Number. */
const fixed = (value: number): number[] => u32(Math.round(value * 65536))
const ascii = (text: string): number[] => Array.from(text, (c) => c.charCodeAt(0))
