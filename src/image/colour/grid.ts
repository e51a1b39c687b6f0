// Grids of colours for src/engine/colour-grid.ts, made by src/engine/colour-nodes.ts from a profile's tables: as many
// nodes as Little CMS takes, so that what lies between them is the same too.
import type { Engine } from '../engine'
import type { ColorSpaceChoice } from '../transformation'
import { blackCompensation } from './device'
import { type Curve, evaluateCurve } from './icc-tags'
import type { Lut } from './lut'
import { CURVE_STEPS, pcsMatrix } from './lut-eval'
import { D50 } from './matrix'
import type { TableProfile } from './profile'
import { srgbEncoded } from './spaces'
import { fromPcs } from './target'

/** Nodes along each channel. */
const SIDE = { RGB: 33, CMYK: 17 } as const
/** What white is at a node, for the sums of the kernels. */
const WHITE = { RGB: 2 ** 14, CMYK: (255 * 2 ** 21) / 32512 } as const

/** Of a grid in the arena. */
export const GRID_BYTES = { RGB: 33 ** 3 * 8, CMYK: 16 * 17 ** 3 * 16 } as const

/** Of a curve in the arena: its steps, their end, and one to spare. */
const CURVE_ENTRIES = CURVE_STEPS + 2

/** Bytes that making a grid takes of the arena beside the tables of the profile. */
export const MAKING_BYTES = 7 * 4 * CURVE_ENTRIES + 4 * 33 * 8 + 2048

/**
 * Makes a profile's grid in the engine's memory.
 * @returns its address
 */
export function makeGrid(
  engine: Engine,
  { space, lut, version }: TableProfile,
  to: ColorSpaceChoice,
): number {
  const grid = engine.alloc(GRID_BYTES[space])
  const mark = engine.call('arenaMark')
  const { steps, strides, table } = placeTable(engine, lut, SIDE[space])
  const { matrix, cubed } = pcsMatrix(lut.encoding)
  const pipeline = Int32Array.of(
    lut.middle === null ? 0 : placeCurves(engine, lut.middle),
    lut.matrix === null ? 0 : placeMatrix(engine, lut.matrix),
    placeCurves(engine, lut.after),
    placeMatrix(engine, matrix),
    cubed ? 1 : 0,
    placeMatrix(engine, toLight(lut, version, to, cubed)),
    placeSteps(engine, [(root) => WHITE[space] * srgbEncoded(root * root)]),
  )
  const task = placed(engine, pipeline)
  const inks = space === 'CMYK' ? 1 : 0
  engine.call('colourNodes', grid, inks, steps, strides, table, lut.nodes.width - 1, task)
  engine.call('arenaRelease', mark)
  return grid
}

/** XYZ, or what of white it is where it was cubed, to the output's linear light, black compensated. */
function toLight(lut: Lut, version: number, to: ColorSpaceChoice, cubed: boolean): number[] {
  const { scale, offset } = blackCompensation(lut, version)
  const rows = fromPcs(to)
  const white = cubed ? D50 : [1, 1, 1]
  return [
    ...rows.flatMap((row) => row.map((value, i) => value * scale[i]! * white[i]!)),
    ...rows.map((row) => row.reduce((sum, value, i) => sum + value * offset[i]!, 0)),
  ]
}

/** The profile's table, and where the nodes of the grid lie in it along each channel. */
function placeTable(engine: Engine, { before, nodes }: Lut, side: number) {
  const { sides, table, width } = nodes
  // Cyan's numbers stay 0 where there is none.
  const none = 4 - sides.length
  const strides = new Int32Array(4)
  for (let i = sides.length - 1, stride = 3 * width; i >= 0; stride *= sides[i]!, i--)
    strides[none + i] = stride
  const steps = new ArrayBuffer(4 * side * 8)
  const [cells, places] = [new Int32Array(steps), new Float32Array(steps)]
  before.forEach((curve, channel) => {
    for (let i = 0; i < side; i++) {
      const place = evaluateCurve(curve, i / (side - 1)) * (sides[channel]! - 1)
      const cell = Math.min(Math.floor(place), sides[channel]! - 2)
      const at = ((none + channel) * side + i) * 2
      cells[at] = cell * strides[none + channel]!
      places[at + 1] = place - cell
    }
  })
  const at = engine.alloc(table.length + SPARE_BYTES)
  engine.bytes.set(table, at)
  return { steps: placed(engine, cells), strides: placed(engine, strides), table: at }
}

/** Behind a table, for the last node is read as four numbers. */
const SPARE_BYTES = 2

/** Curves one after the other, in equal steps. */
function placeCurves(engine: Engine, curves: readonly Curve[]): number {
  return placeSteps(
    engine,
    curves.map((curve) => (x: number) => evaluateCurve(curve, x)),
  )
}

function placeSteps(engine: Engine, curves: readonly ((x: number) => number)[]): number {
  const values = new Float32Array(curves.length * CURVE_ENTRIES)
  curves.forEach((curve, band) => {
    for (let i = 0; i < CURVE_ENTRIES; i++)
      values[band * CURVE_ENTRIES + i] = curve(Math.min(1, i / CURVE_STEPS))
  })
  return placed(engine, values)
}

/** Three rows of three and three numbers that are added, as columns of four. */
function placeMatrix(engine: Engine, m: readonly number[]): number {
  const columns = Array.from({ length: 16 }, (_, i) =>
    i % 4 === 3 ? 0 : m[i < 12 ? (i % 4) * 3 + (i >> 2) : 9 + (i % 4)]!,
  )
  return placed(engine, Float32Array.from(columns))
}

function placed(engine: Engine, values: Int32Array | Float32Array): number {
  const at = engine.alloc(values.byteLength)
  engine.bytes.set(new Uint8Array(values.buffer), at)
  return at
}
