// Conversions of rows: one for each kind of profile.
import type { Engine } from '../engine'
import type { Bands, RowReader } from '../rows'
import { mapRows } from '../steps/rows'
import type { ColorSpaceChoice } from '../transformation'
import { greyProfileBytes, profileBytes } from './build-profile'
import { cmykTerms } from './cmyk'
import { type HdrTransfer, hdrTables } from './hdr'
import type { Curve } from './icc-tags'
import { openLcms } from './lcms'
import { invert, type Matrix, multiply, type Vector } from './matrix'
import type { Profile } from './profile'
import { SPACES, type SpaceName } from './spaces'
import { curveTable, matrixTables, matrixTables16 } from './tables'

/** Luminance of linear sRGB (IEC 61966-2-1): its Y. */
const LUMINANCE: Vector = [0.2126, 0.7152, 0.0722]

function placed(engine: Engine, bytes: Uint8Array): number {
  const at = engine.alloc(bytes.length)
  engine.bytes.set(bytes, at)
  return at
}

/** Linear light of a profile to that of the target; grey is one row three times. */
function conversion(toPcs: Matrix, to: ColorSpaceChoice): Matrix {
  const target = to === 'p3' ? SPACES.p3 : SPACES.srgb
  const matrix = multiply(invert(target.toPcs)!, toPcs)
  if (to !== 'grayscale') return matrix
  const [row] = multiply([LUMINANCE, LUMINANCE, LUMINANCE], matrix)
  return [row, row, row]
}

/** Converts one row between addresses of the engine's memory. */
export type RowConverter = (from: number, to: number, pixels: number) => void

export interface MatrixOptions {
  readonly profile: Profile & { kind: 'matrix' }
  readonly depth: 8 | 16
  readonly to: ColorSpaceChoice
  /** Of the rows before and after. */
  readonly from: Bands
  readonly bands: Bands
}

/** By curves and a matrix, in the engine. */
export function matrixConverter(
  engine: Engine,
  { profile, depth, to, from, bands }: MatrixOptions,
): RowConverter {
  const matrix = conversion(profile.toPcs, to)
  if (depth === 8) {
    const tables = placed(engine, matrixTables(profile.curves, matrix))
    const kernel = engine.kernel('colourMatrix')
    return (at, target, pixels) => {
      kernel(at, from, target, bands, pixels, tables)
    }
  }
  const tables = placed(engine, matrixTables16(profile.curves, matrix))
  const size = 65536 * 4
  const columns = tables + 3 * size
  const kernel = engine.kernel('colourMatrix16')
  return (at, target, pixels) => {
    kernel(at, from, target, bands, pixels, tables, tables + size, tables + 2 * size, columns, columns + 48)
  }
}

/** Of high dynamic range, to that of displays. */
export function hdrConverter(
  engine: Engine,
  transfer: HdrTransfer,
  { profile, depth, to, from, bands }: MatrixOptions,
): RowConverter {
  const { toPcs } = profile
  const tables = placed(engine, hdrTables(transfer, conversion(toPcs, to), toPcs[1]))
  const kernel = engine.kernel('colourHdr')
  return (at, target, pixels) => {
    kernel(at, from, depth, target, bands, pixels, tables)
  }
}

/** Grey with a curve to grey with that of sRGB. */
export function greyConverter(engine: Engine, curve: Curve, depth: 8 | 16, bands: Bands): RowConverter {
  const table = placed(engine, curveTable(curve, depth === 8 ? 256 : 65536))
  const kernel = engine.kernel(depth === 8 ? 'colourCurve' : 'colourCurve16')
  return (at, target, pixels) => {
    kernel(at, bands, target, pixels, table)
  }
}

/** The same colours in 8 bits. */
export function narrowConverter(engine: Engine, bands: Bands): RowConverter {
  const kernel = engine.kernel('colourNarrow')
  return (at, target, pixels) => {
    kernel(at, target, pixels * bands)
  }
}

/** CMYK without a profile. */
export function cmykConverter(
  engine: Engine,
  to: ColorSpaceChoice,
  bands: Bands,
  width: number,
): RowConverter {
  const terms = placed(engine, cmykTerms())
  const kernel = engine.kernel('colourCmyk')
  if (to === 'origin' || to === 'srgb') {
    return (at, target, pixels) => {
      kernel(at, target, pixels, terms)
    }
  }
  const row = engine.alloc(width * 3)
  const further = matrixConverter(engine, { profile: SRGB, depth: 8, to, from: 3, bands })
  return (at, target, pixels) => {
    kernel(at, row, pixels, terms)
    further(row, target, pixels)
  }
}

/** A named space as a profile. */
export function namedProfile(space: SpaceName): Profile & { kind: 'matrix' } {
  const { toPcs, curve } = SPACES[space]
  return { kind: 'matrix', toPcs, curves: [curve, curve, curve] }
}

const SRGB = namedProfile('srgb')

export interface LutOptions {
  readonly icc: Uint8Array
  readonly space: 'RGB' | 'CMYK'
  readonly depth: 8 | 16
  readonly to: ColorSpaceChoice
  readonly bands: Bands
}

/** Rows by lcms, which is loaded before the first strip. A profile that it refuses counts as none. */
export function lutRows(engine: Engine, reader: RowReader, options: LutOptions): RowReader {
  const { icc, space, depth, to, bands } = options
  let convert: RowConverter | null = null
  const alpha = space !== 'CMYK' && reader.bands % 2 === 0
  const rows = mapRows(engine, reader, bands, (from, at, pixels) => {
    convert?.(from, at, pixels)
  })
  const target = bands <= 2 ? greyProfileBytes() : profileBytes(to === 'p3' ? 'p3' : 'srgb')
  const from = { space, alpha, depth }
  return {
    ...rows,
    async read() {
      convert ??=
        (await openLcms(engine, { icc, from, target, bands, width: reader.width })) ??
        withoutProfile(engine, reader, options)
      return rows.read()
    },
  }
}

/** What rows are without their profile: CMYK of offset paper, or sRGB. */
function withoutProfile(
  engine: Engine,
  reader: RowReader,
  { space, depth, to, bands }: LutOptions,
): RowConverter {
  return space === 'CMYK'
    ? cmykConverter(engine, to, bands, reader.width)
    : matrixConverter(engine, { profile: SRGB, depth, to, from: reader.bands, bands })
}
