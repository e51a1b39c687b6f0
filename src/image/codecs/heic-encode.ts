// HEIC by the engine's own HEVC encoder (src/engine/hevc-encode.ts), from rows.
import { breathe } from '../breathe'
import type { Engine } from '../engine'
import { ImageError } from '../error'
import type { Bands, Rows, RowWriter } from '../rows'
import { writeHeic } from './heic-container'
import { type HevcColour, hevcConfiguration, sliceStart } from './hevc-headers'

export interface HeicEncodeOptions {
  readonly width: number
  readonly height: number
  readonly bands: Bands
  /** 1–100. */
  readonly quality: number
  /** Whether the file gets a profile, so that the numbers of a colour space are not said here. */
  readonly profiled?: boolean
  /** For tests that compare samples: decoders leave the edges of blocks as they are. */
  readonly deblocking?: boolean
}

/** Side of a grid's tiles: as phones write them. */
const TILE = 512
/** Larger pictures are grids: what a decoder of level 5 takes, and graphics hardware. */
const MOST_PIXELS = 8_912_896
const MOST_SIDE = 4096
/** Coding tree units that are coded at once, and the work that each is (breathe.ts): some 150 µs. */
const UNITS_AT_ONCE = 32
const UNIT_WORK = 19_000

/** What src/engine/hevc-encode.ts holds beside its planes. */
const OUT_BYTES = 65536
const CODER_BYTES = 160
const UNIT = 32

const up = (value: number, to: number): number => Math.ceil(value / to) * to

interface Layout {
  readonly tileWidth: number
  readonly tileHeight: number
  readonly columns: number
  readonly rows: number
}

/** How a picture is cut into coded ones. */
export function heicLayout(width: number, height: number): Layout {
  const whole = { tileWidth: up(width, 8), tileHeight: up(height, 8), columns: 1, rows: 1 }
  const { tileWidth, tileHeight } = whole
  if (tileWidth * tileHeight <= MOST_PIXELS && Math.max(tileWidth, tileHeight) <= MOST_SIDE) return whole
  const [columns, rows] = [Math.ceil(width / TILE), Math.ceil(height / TILE)]
  return { tileWidth: TILE, tileHeight: TILE, columns, rows }
}

/** Bytes of the engine's arena that `makeHeicWriter` takes; the file itself is in JavaScript's memory. */
export function heicEncodeBytes(width: number, height: number, bands: Bands): number {
  const { tileWidth, columns } = heicLayout(width, height)
  const coded = tileWidth * columns
  const row = up(coded, 32) + 64
  const planes = row * UNIT + 2 * (row / 2) * (UNIT / 2)
  const lines = row + 2 * (row / 2)
  const picture = 2 * planes + lines + up((coded + 63) >> 3, 16) + columns * CODER_BYTES
  return up(up(picture, 16) * (bands % 2 === 0 ? 2 : 1) + row * 8 + OUT_BYTES + 64, 16)
}

/**
 * The quantiser that a quality stands for: what gives the error of AVIF at the same quality
 * (docs/decisions.md, "HEIC's quality"), and from 90, where AVIF keeps chroma whole, down to steps of 1.
 */
export function qpOf(quality: number): number {
  return Math.round(quality < 90 ? 50 - 0.38 * quality : 15 - 1.1 * (quality - 90))
}

/** sRGB, and BT.601's matrix, as HEIF files of photographs have it; a profile says the rest better. */
function colourOf(profiled: boolean): HevcColour {
  return profiled ? { primaries: 2, transfer: 2, matrix: 6 } : { primaries: 1, transfer: 13, matrix: 6 }
}

/** Makes a writer of one HEIC file. Throws ImageError `too-large` where the arena lacks room. */
export function makeHeicWriter(engine: Engine, options: HeicEncodeOptions): RowWriter {
  const { width, height, bands, quality, profiled = false, deblocking = true } = options
  const layout = heicLayout(width, height)
  const { tileWidth, tileHeight, columns, rows } = layout
  const qp = qpOf(quality)
  if (engine.call('hevcEncStart', width, height, bands, qp, tileWidth, tileHeight) < 0) {
    throw new ImageError('too-large', `The picture needs more than the ${engine.limit} bytes planned for it`)
  }
  const output = engine.call('hevcEncOutput') >>> 0
  const pictures = bands % 2 === 0 ? 2 : 1
  /** Slice data by tile: the colours' of all rows, then alpha's. */
  const tiles: Uint8Array[][] = Array.from({ length: pictures * columns * rows }, () => [])
  let taken = 0
  let tileRow = 0

  /** Codes the row of units that waits. */
  const drain = async (): Promise<void> => {
    let ended = false
    while (engine.call('hevcEncWaits') === 1) {
      const bytes = engine.call('hevcEncDrain', UNITS_AT_ONCE)
      const part = engine.call('hevcEncPart')
      const [picture, column] = [Math.floor(part / columns), part % columns]
      const tile = tiles[(picture * rows + tileRow) * columns + column]!
      if (bytes > 0) tile.push(engine.bytes.slice(output, output + bytes))
      ended = engine.call('hevcEncEnded') === 1
      if (ended && part === pictures * columns - 1) tileRow++
      await breathe(UNITS_AT_ONCE * UNIT_WORK)
    }
  }

  return {
    async write({ pointer, count, stride }: Rows) {
      if (taken + count > height) {
        throw new RangeError(`Expected ${height} rows for a HEIC but received ${taken + count}`)
      }
      taken += count
      for (let done = 0; done < count; ) {
        done += engine.call('hevcEncRows', pointer + done * stride, count - done, stride)
        await drain()
      }
    },
    finish() {
      if (taken !== height) throw new RangeError(`Expected ${height} rows for a HEIC but received ${taken}`)
      const sizes = tiles.map((chunks) => chunks.reduce((sum, { length }) => sum + length, 0))
      const single = columns * rows === 1
      const shown = single
        ? { width: width + (width & 1), height: height + (height & 1) }
        : { width: TILE, height: TILE }
      const colour = colourOf(profiled)
      const configuration = hevcConfiguration({
        codedWidth: tileWidth,
        codedHeight: tileHeight,
        ...shown,
        qp,
        bytes: Math.max(...sizes),
        colour,
        deblocking,
      })
      return writeHeic({
        width,
        height,
        columns,
        rows,
        tileWidth: shown.width,
        tileHeight: shown.height,
        tiles: tiles.map((chunks, i) => [Uint8Array.from(sliceStart(sizes[i]!)), ...chunks]),
        configuration,
        colour,
      })
    },
  }
}
