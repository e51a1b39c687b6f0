// ICC profiles with tables, made from numbers (ICC.1:2022 §7, §10.10 to §10.12).
import { be16, be32, join } from './bmff'

const fixed = (value: number) => be32(Math.round(value * 65536))
const pad = (bytes: Uint8Array) => join(bytes, new Uint8Array(-bytes.length & 3))

const D50 = [0.9642, 1, 0.8249].flatMap(fixed)

/** A profile that holds nothing but what it converts by. */
export function profileOf(
  space: 'RGB ' | 'CMYK' | 'GRAY',
  pcs: 'Lab ' | 'XYZ ',
  version: 2 | 4,
  tags: Record<string, Uint8Array>,
): Uint8Array {
  const wtpt = join('XYZ ', be32(0), D50)
  const entries = Object.entries({ wtpt, ...tags })
  let at = 132 + 12 * entries.length
  const table = entries.map(([name, body]) => {
    const entry = join(name, be32(at), be32(body.length))
    at += pad(body).length
    return entry
  })
  const head = new Uint8Array(128)
  head.set(join(be32(at), be32(0), [version, version === 4 ? 0x30 : 0x20, 0, 0], 'prtr', space, pcs))
  head.set(join('acsp'), 36)
  head.set(D50, 68)
  return join(head, be32(entries.length), ...table, ...entries.map(([, body]) => pad(body)))
}

/** Numbers of 0–1 in so many bytes. */
const numbers = (values: readonly number[], width: 1 | 2) =>
  values.flatMap((value) => (width === 1 ? [Math.round(value * 255)] : be16(Math.round(value * 65535))))

/** What a table is made of, each number 0–1. */
export interface TableParts {
  readonly channels: number
  readonly side: number
  /** A node's three numbers by its place, 0–1 along each channel. */
  readonly node: (...place: number[]) => number[]
  /** Of the curve before the grid, and of that behind it. */
  readonly before?: (x: number) => number
  readonly after?: (x: number) => number
}

function nodesOf({ channels, side, node }: TableParts): number[] {
  return Array.from({ length: side ** channels }, (_, i) =>
    node(
      ...Array.from(
        { length: channels },
        (_, c) => (Math.floor(i / side ** (channels - 1 - c)) % side) / (side - 1),
      ),
    ),
  ).flat()
}

/** lut8Type or lut16Type. */
export function lutTag(width: 1 | 2, parts: TableParts, entries = 256): Uint8Array {
  const { channels, side, before = (x) => x, after = (x) => x } = parts
  const curve = (f: (x: number) => number) =>
    numbers(
      Array.from({ length: entries }, (_, i) => f(i / (entries - 1))),
      width,
    )
  const identity = [1, 0, 0, 0, 1, 0, 0, 0, 1].flatMap(fixed)
  return join(
    width === 1 ? 'mft1' : 'mft2',
    be32(0),
    [channels, 3, side, 0],
    identity,
    width === 1 ? [] : [...be16(entries), ...be16(entries)],
    ...Array.from({ length: channels }, () => curve(before)),
    numbers(nodesOf(parts), width),
    ...Array.from({ length: 3 }, () => curve(after)),
  )
}

/** A parametric curve of one exponent. */
const gamma = (value: number) => join('para', be32(0), be16(0), be16(0), fixed(value))

/** What lutAToBType is made of; `grid` and the A curves go together. */
export interface AToBParts {
  readonly grid?: TableParts & { readonly width: 1 | 2 }
  /** Exponents of the A, M and B curves. */
  readonly a?: number
  readonly m?: number
  readonly b: number
  /** Three rows of three and three numbers that are added. */
  readonly matrix?: readonly number[]
}

/** lutAToBType. */
export function aToBTag({ grid, a, m, b, matrix }: AToBParts, channels = 3): Uint8Array {
  const parts: Uint8Array[] = []
  let at = 32
  const place = (part: Uint8Array | null): number[] => {
    if (part === null) return be32(0)
    const own = at
    parts.push(pad(part))
    at += pad(part).length
    return be32(own)
  }
  const curves = (count: number, value: number) => join(...Array.from({ length: count }, () => gamma(value)))
  const sides = new Array<number>(16).fill(0).map((_, i) => (grid && i < channels ? grid.side : 0))
  const offsets = [
    place(curves(3, b)),
    place(matrix ? join(matrix.flatMap(fixed)) : null),
    place(m === undefined ? null : curves(3, m)),
    place(grid ? join(sides, [grid.width, 0, 0, 0], numbers(nodesOf(grid), grid.width)) : null),
    place(grid && a !== undefined ? curves(channels, a) : null),
  ]
  return join('mAB ', be32(0), [channels, 3, 0, 0], ...offsets, ...parts)
}
