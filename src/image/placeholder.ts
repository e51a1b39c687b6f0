// Placeholders of an output: its small rendition as it will be seen, upright and in sRGB, for neither
// BlurHash nor ThumbHash can say that it is otherwise.
import { lutDevice } from './colour/device'
import { IccScan } from './colour/icc-scan'
import { evaluateCurve } from './colour/icc-tags'
import { apply, invert, multiply, type Vector } from './colour/matrix'
import { parseProfile, type TableProfile } from './colour/profile'
import { encodeSrgb, SPACES } from './colour/spaces'
import { type Size, turned, turnOfOrientation } from './geometry'
import type { Orientation } from './header'
import { type Lqip, type LqipKind, makeLqip } from './lqip'

/** Straight RGBA, at most 100 pixels a side. */
export type Small = Size & { readonly rgba: Uint8Array }

/**
 * Placeholders of a picture by its small rendition.
 * @param output what the file says of its pixels: their Orientation, and their profile if they have one
 */
export function placeholdersOf(
  small: Small,
  output: { readonly orientation: Orientation; readonly icc: Uint8Array | null },
  kinds: readonly LqipKind[],
): Lqip {
  const { rgba, width, height } = upright(small, output.orientation)
  return makeLqip(output.icc === null ? rgba : inSrgb(rgba, output.icc), width, height, kinds)
}

function upright(small: Small, orientation: Orientation): Small {
  const turn = turnOfOrientation(orientation)
  if (turn === 0) return small
  const { width, height } = turned(small, turn)
  const pixels = new Uint32Array(small.rgba.slice().buffer)
  const out = new Uint32Array(pixels.length)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      // Backwards through the turn: mirrored columns and rows, then transposed.
      const column = turn & 1 ? width - 1 - x : x
      const row = turn & 2 ? height - 1 - y : y
      out[y * width + x] = pixels[turn & 4 ? column * small.width + row : row * small.width + column]!
    }
  }
  return { width, height, rgba: new Uint8Array(out.buffer) }
}

function inSrgb(rgba: Uint8Array, icc: Uint8Array): Uint8Array {
  const scan = new IccScan()
  scan.push(icc)
  if (scan.knownSpace === 'srgb') return rgba
  const profile = parseProfile(icc)
  if (profile === null) return rgba
  if (profile.kind === 'lut') return byTables(rgba, profile)
  const curves = profile.kind === 'grey' ? [profile.curve, profile.curve, profile.curve] : profile.curves
  const linear = curves.map((curve) =>
    Float64Array.from({ length: 256 }, (_, value) => evaluateCurve(curve, value / 255)),
  )
  const matrix = profile.kind === 'grey' ? null : multiply(invert(SPACES.srgb.toPcs)!, profile.toPcs)
  const out = rgba.slice()
  for (let i = 0; i < out.length; i += 4) {
    const light = linear.map((table, band) => table[rgba[i + band]!]!)
    for (let band = 0; band < 3; band++) {
      const row = matrix?.[band as 0 | 1 | 2]
      const value = row ? row[0] * light[0]! + row[1] * light[1]! + row[2] * light[2]! : light[band]!
      out[i + band] = encodeSrgb(value)
    }
  }
  return out
}

/** Colour by colour: so few are not worth a grid. */
function byTables(rgba: Uint8Array, { space, lut, version }: TableProfile): Uint8Array {
  if (space !== 'RGB') return rgba
  const { before, toXyz } = lutDevice(lut, version)
  const matrix = invert(SPACES.srgb.toPcs)!
  const out = rgba.slice()
  const xyz = new Float64Array(3)
  for (let i = 0; i < out.length; i += 4) {
    toXyz(
      Float64Array.from(before, (curve, band) => evaluateCurve(curve, rgba[i + band]! / 255)),
      xyz,
    )
    const linear = apply(matrix, xyz as unknown as Vector)
    for (let band = 0; band < 3; band++) out[i + band] = encodeSrgb(linear[band as 0 | 1 | 2])
  }
  return out
}
