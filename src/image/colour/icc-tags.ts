// Single tags of ICC profiles (ICC.1:2022 §10): descriptions, colorants and tone curves.
import { latin1, u16be, u32be } from '../feed'

/** A tone curve: device value to linear light, both 0–1. */
export type Curve =
  | { readonly kind: 'gamma'; readonly gamma: number }
  | { readonly kind: 'table'; readonly values: Uint16Array }
  /** ICC.1 table 68: Y = (aX + b)^g + e where X ≥ d, else cX + f. */
  | ({ readonly kind: 'parametric'; readonly g: number; readonly a: number; readonly b: number } & {
      readonly c: number
      readonly d: number
      readonly e: number
      readonly f: number
    })

/** A signed 16.16 number. */
export const s15Fixed16 = (b: Uint8Array, at: number): number => (u32be(b, at) | 0) / 65536

/** The text of a `desc` tag, whichever of its three encodings a profile's version uses; null if unreadable. */
export function parseDescription(tag: Uint8Array): string | null {
  const type = latin1(tag, 0, 4)
  if (type === 'mluc' && tag.length >= 28) {
    const length = u32be(tag, 20)
    const offset = u32be(tag, 24)
    if (offset + length > tag.length) return null
    return clean(new TextDecoder('utf-16be').decode(tag.subarray(offset, offset + (length & ~1))))
  }
  if (type === 'desc' && tag.length >= 12)
    return clean(latin1(tag, 12, Math.min(u32be(tag, 8), tag.length - 12)))
  return type === 'text' ? clean(latin1(tag, 8)) : null
}

/** Text up to its first zero, without control characters, at most 128 characters. */
function clean(text: string): string | null {
  const end = text.indexOf('\0')
  const plain = (end < 0 ? text : text.slice(0, end)).replace(/\p{C}/gu, '').trim()
  return plain === '' ? null : plain.slice(0, 128)
}

/** An `XYZ ` tag's first triple, or null. */
export function parseXyz(tag: Uint8Array): readonly [number, number, number] | null {
  if (tag.length < 20 || latin1(tag, 0, 4) !== 'XYZ ') return null
  return [s15Fixed16(tag, 8), s15Fixed16(tag, 12), s15Fixed16(tag, 16)]
}

/** A `curv` or `para` tag, or null where it is damaged. */
export function parseCurve(tag: Uint8Array): Curve | null {
  if (tag.length < 12) return null
  const type = latin1(tag, 0, 4)
  if (type === 'curv') {
    const count = u32be(tag, 8)
    if (count === 0) return { kind: 'gamma', gamma: 1 }
    if (12 + count * 2 > tag.length) return null
    if (count === 1) return { kind: 'gamma', gamma: u16be(tag, 12) / 256 }
    return { kind: 'table', values: Uint16Array.from({ length: count }, (_, i) => u16be(tag, 12 + i * 2)) }
  }
  if (type !== 'para') return null
  const form = u16be(tag, 8)
  const counts = [1, 3, 4, 5, 7]
  const count = counts[form]
  if (count === undefined || 12 + count * 4 > tag.length) return null
  const p = Array.from({ length: 7 }, (_, i) => (i < count ? s15Fixed16(tag, 12 + i * 4) : 0))
  const [g, a, b, c, d, e, f] = p as [number, number, number, number, number, number, number]
  const base = { kind: 'parametric', g, a, b } as const
  if (form === 0) return { kind: 'gamma', gamma: g }
  if (form === 1) return { ...base, c: 0, d: a === 0 ? 0 : -b / a, e: 0, f: 0 }
  if (form === 2) return { ...base, c: 0, d: a === 0 ? 0 : -b / a, e: c, f: c }
  return { ...base, c, d, e: form === 4 ? e : 0, f: form === 4 ? f : 0 }
}

/** A curve's value at `x`, 0–1; clipped to 0–1. */
export function evaluateCurve(curve: Curve, x: number): number {
  let y: number
  if (curve.kind === 'gamma') {
    y = x ** curve.gamma
  } else if (curve.kind === 'table') {
    const place = x * (curve.values.length - 1)
    const below = Math.floor(place)
    const low = curve.values[below]!
    y = (low + ((curve.values[below + 1] ?? low) - low) * (place - below)) / 65535
  } else if (x >= curve.d) {
    y = Math.max(0, curve.a * x + curve.b) ** curve.g + curve.e
  } else {
    y = curve.c * x + curve.f
  }
  return Number.isFinite(y) ? Math.min(1, Math.max(0, y)) : 0
}
