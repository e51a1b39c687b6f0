// Conversions of rows: one for each kind of profile.
import type { Engine } from '../engine'
import type { Bands } from '../rows'
import type { ColorSpaceChoice } from '../transformation'
import { cmykTerms } from './cmyk'
import { makeGrid } from './grid'
import { type HdrTransfer, hdrTables } from './hdr'
import type { Curve } from './icc-tags'
import { multiply } from './matrix'
import type { Profile, TableProfile } from './profile'
import { SPACES, type SpaceName } from './spaces'
import { curveTable, isShared, matrixTables, matrixTables16 } from './tables'
import { fromPcs } from './target'

function placed(engine: Engine, bytes: Uint8Array): number {
  const at = engine.alloc(bytes.length)
  engine.bytes.set(bytes, at)
  return at
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
  const matrix = multiply(fromPcs(to), profile.toPcs)
  if (depth === 8) {
    const tables = placed(engine, matrixTables(profile.curves, matrix))
    const kernel = engine.kernel('colourMatrix')
    return (at, target, pixels) => {
      kernel(at, from, target, bands, pixels, tables)
    }
  }
  const tables = placed(engine, matrixTables16(profile.curves, matrix))
  const size = isShared(profile.curves) ? 0 : 65536 * 4
  const columns = tables + 2 * size + 65536 * 4
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
  const tables = placed(engine, hdrTables(transfer, multiply(fromPcs(to), toPcs), toPcs[1]))
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

/** A named space as a profile. */
export function namedProfile(space: SpaceName): Profile & { kind: 'matrix' } {
  const { toPcs, curve } = SPACES[space]
  return { kind: 'matrix', toPcs, curves: [curve, curve, curve] }
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
  const further = matrixConverter(engine, { profile: namedProfile('srgb'), depth: 8, to, from: 3, bands })
  return (at, target, pixels) => {
    kernel(at, row, pixels, terms)
    further(row, target, pixels)
  }
}

export interface GridOptions {
  readonly profile: TableProfile
  readonly depth: 8 | 16
  readonly to: ColorSpaceChoice
  /** Of the rows before and after. */
  readonly from: Bands
  readonly bands: Bands
}

/** By a profile's tables, as a grid in the engine. */
export function gridConverter(
  engine: Engine,
  { profile, depth, to, from, bands }: GridOptions,
): RowConverter {
  const grid = makeGrid(engine, profile, to)
  if (profile.space === 'CMYK') {
    const kernel = engine.kernel('colourInks')
    return (at, target, pixels) => {
      kernel(at, target, bands, pixels, grid)
    }
  }
  const kernel = engine.kernel(depth === 8 ? 'colourLights' : 'colourLights16')
  return (at, target, pixels) => {
    kernel(at, from, target, bands, pixels, grid)
  }
}
