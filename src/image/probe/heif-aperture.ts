// What a clap property leaves of a picture (ISO/IEC 14496-12 §12.1.4): encoders code whole blocks, or an even
// number of samples, and say here how many of them are the picture.
import { u32be } from '../feed'
import type { Window } from '../geometry'

/**
 * Samples that may be cut off a side's length. More is no encoder's padding, and would make decoding take more
 * memory than the picture's size lets expect.
 */
export const MOST_CUT = 63

/**
 * The window that a clap property's body shows of a picture. null where it shows all, is malformed, or cuts
 * more than MOST_CUT: the picture is then shown whole.
 */
export function apertureOf(body: Uint8Array, width: number, height: number): Window | null {
  if (body.length < 32) return null
  const ratio = (at: number): number => (u32be(body, at) | 0) / u32be(body, at + 4)
  const across = cut(ratio(0), ratio(16), width)
  const down = cut(ratio(8), ratio(24), height)
  if (across === null || down === null) return null
  if (across.length === width && down.length === height) return null
  return { left: across.first, top: down.first, width: across.length, height: down.length }
}

/** A run of `size` samples whose middle lies `offset` off that of `whole`. */
function cut(size: number, offset: number, whole: number): { first: number; length: number } | null {
  const length = Math.round(size)
  const first = Math.round(offset + (whole - length) / 2)
  const sound = length >= 1 && first >= 0 && first + length <= whole && whole - length <= MOST_CUT
  return sound ? { first, length } : null
}
