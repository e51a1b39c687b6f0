// Tables of ICC profiles that lead from a device's colours to the connection space: lut8Type, lut16Type and
// lutAToBType (ICC.1:2022 §10.10 to §10.12). Nothing is copied out of the profile: a grid may have megabytes.
import { latin1, u16be, u32be } from '../feed'
import { type Curve, parseCurve, s15Fixed16 } from './icc-tags'

/** How the three numbers of a table's end stand for colours of the connection space (§6.3.4.2). */
export type PcsEncoding = 'xyz' | 'lab' | 'lab-legacy'

/** Colours at the nodes of a grid. */
export interface Nodes {
  /** Nodes along each channel; the last varies fastest. */
  readonly sides: readonly number[]
  /** Three numbers a node, of as many bytes, big-endian. */
  readonly table: Uint8Array
  readonly width: 1 | 2
}

/** From device colour to connection space: `before`, the grid, `middle`, `matrix`, `after`; what is null is left out. */
export interface Lut {
  readonly channels: number
  /** A curve for each channel of the device. */
  readonly before: readonly Curve[]
  readonly nodes: Nodes
  readonly middle: readonly Curve[] | null
  /** Three rows of three, then three offsets. */
  readonly matrix: readonly number[] | null
  readonly after: readonly Curve[]
  readonly encoding: PcsEncoding
}

const IDENTITY: Curve = { kind: 'gamma', gamma: 1 }

/** Three channels as they are: each number is 0 at the one end of its channel, all at the other. */
const SAME: Nodes = {
  sides: [2, 2, 2],
  table: Uint8Array.from({ length: 24 }, (_, i) => ((Math.floor(i / 3) >> (2 - (i % 3))) & 1) * 255),
  width: 1,
}

/**
 * Reads a tag of one of the three types.
 * @param channels of the device
 * @param pcs the profile's connection space: `Lab ` or `XYZ `
 * @returns null where it is damaged, of another type, or of another number of channels
 */
export function parseLut(tag: Uint8Array, channels: number, pcs: string): Lut | null {
  if (tag.length < 32 || tag[8] !== channels || tag[9] !== 3) return null
  const lab = pcs === 'Lab '
  if (!lab && pcs !== 'XYZ ') return null
  const type = latin1(tag, 0, 4)
  if (type === 'mft1') return parseTables(tag, channels, 1, lab ? 'lab' : 'xyz')
  // In lut16Type, Lab stands as it did in version 2 (§10.10).
  if (type === 'mft2') return parseTables(tag, channels, 2, lab ? 'lab-legacy' : 'xyz')
  return type === 'mAB ' ? parseAToB(tag, channels, lab ? 'lab' : 'xyz') : null
}

/** lut8Type (§10.11) and lut16Type (§10.10). Their matrix is for devices of XYZ alone. */
function parseTables(tag: Uint8Array, channels: number, width: 1 | 2, encoding: PcsEncoding): Lut | null {
  const side = tag[10]!
  const [entries, exits] = width === 1 ? [256, 256] : [u16be(tag, 48), u16be(tag, 50)]
  if (side < 2 || entries < 2 || exits < 2 || entries > 4096 || exits > 4096) return null
  const start = width === 1 ? 48 : 52
  const grid = start + channels * entries * width
  const end = grid + side ** channels * 3 * width
  if (end + 3 * exits * width > tag.length) return null
  const tables = (at: number, count: number, length: number) =>
    Array.from({ length: count }, (_, i) => tableCurve(tag, at + i * length * width, length, width))
  return {
    channels,
    before: tables(start, channels, entries),
    nodes: { sides: new Array<number>(channels).fill(side), table: tag.subarray(grid, end), width },
    middle: null,
    matrix: null,
    after: tables(end, 3, exits),
    encoding,
  }
}

function tableCurve(tag: Uint8Array, at: number, length: number, width: 1 | 2): Curve {
  const value = (i: number) => (width === 1 ? tag[at + i]! * 257 : u16be(tag, at + i * 2))
  return { kind: 'table', values: Uint16Array.from({ length }, (_, i) => value(i)) }
}

/** lutAToBType (§10.12): A curves, grid, M curves, matrix, B curves, of which all but the last may be missing. */
function parseAToB(tag: Uint8Array, channels: number, encoding: PcsEncoding): Lut | null {
  const [b, matrixAt, m, grid, a] = [12, 16, 20, 24, 28].map((at) => u32be(tag, at)) as [
    number,
    number,
    number,
    number,
    number,
  ]
  if (b === 0 || (grid === 0 && channels !== 3)) return null
  const nodes = grid === 0 ? SAME : parseGrid(tag, grid, channels)
  const before =
    a === 0 || grid === 0 ? new Array<Curve>(channels).fill(IDENTITY) : curvesAt(tag, a, channels)
  const middle = m === 0 ? null : curvesAt(tag, m, 3)
  const after = curvesAt(tag, b, 3)
  if (nodes === null || before === null || (m !== 0 && middle === null) || after === null) return null
  if (matrixAt !== 0 && matrixAt + 48 > tag.length) return null
  const matrix = Array.from({ length: matrixAt === 0 ? 0 : 12 }, (_, i) => s15Fixed16(tag, matrixAt + i * 4))
  return { channels, before, nodes, middle, matrix: matrixAt === 0 ? null : matrix, after, encoding }
}

function parseGrid(tag: Uint8Array, at: number, channels: number): Nodes | null {
  if (at + 20 > tag.length) return null
  const sides = Array.from(tag.subarray(at, at + channels))
  const width = tag[at + 16]
  if (sides.some((side) => side < 2) || (width !== 1 && width !== 2)) return null
  const end = at + 20 + sides.reduce((product, side) => product * side, 3 * width)
  return end > tag.length ? null : { sides, table: tag.subarray(at + 20, end), width }
}

/** Curves that follow each other, each from a multiple of four (§10.12.2). */
function curvesAt(tag: Uint8Array, at: number, count: number): Curve[] | null {
  const curves: Curve[] = []
  for (let i = 0; i < count; i++) {
    if (at + 12 > tag.length) return null
    const curve = parseCurve(tag.subarray(at))
    if (curve === null) return null
    curves.push(curve)
    at += (curveBytes(tag, at) + 3) & ~3
  }
  return curves
}

function curveBytes(tag: Uint8Array, at: number): number {
  if (latin1(tag, at, 4) === 'curv') return 12 + 2 * u32be(tag, at + 8)
  return 12 + 4 * [1, 3, 4, 5, 7][u16be(tag, at + 8)]!
}
