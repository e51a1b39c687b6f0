// Whole frames of RGBA, which is what the npm codecs take and give, as rows in the engine's
// memory. A decoded frame stays in the codec's memory and is copied strip by strip.
import type { Engine } from '../engine'
import type { Bands, RowReader, Rows, RowWriter } from '../rows'

/** Rows per strip: few calls, little memory. */
const STRIP = 16

/** A decoded picture: RGBA, wherever it lies. */
export interface Frame {
  readonly width: number
  readonly height: number
  readonly pixels: Uint8Array | Uint8ClampedArray
  /** Bits per sample, 8 where it is not said: more in 16-bit numbers, little-endian, fewer in a byte. */
  readonly depth?: number
  /** Whether colours are multiplied by alpha. */
  readonly premultiplied?: boolean
}

/** The rows that are wanted of a frame. */
export interface FrameRows {
  readonly bands: Bands
  /** 16: samples as little-endian numbers, of a frame of more than 8 bits. */
  readonly depth?: 8 | 16
}

/** Bytes of the arena that a frame's reader or writer takes. */
export function frameStripBytes(width: number): number {
  return STRIP * width * 8 * 2
}

/**
 * Reads a frame from the top. One or two bands are of a grey frame.
 * @param release drops the frame; called once
 */
export function frameReader(
  engine: Engine,
  frame: Frame,
  { bands, depth: want = 8 }: FrameRows,
  release: () => void,
): RowReader {
  const { width, height, depth = 8, premultiplied = false } = frame
  const strip = Math.min(STRIP, height)
  const line = width * (depth > 8 ? 8 : 4)
  const stride = width * bands * (want / 8)
  const rgba = engine.alloc(strip * line)
  const packed = bands === 4 ? rgba : engine.alloc(strip * stride)
  let pixels: Frame['pixels'] | null = frame.pixels
  let row = 0
  const close = async (): Promise<void> => {
    if (pixels) release()
    pixels = null
  }
  return {
    width,
    height,
    bands,
    async read(): Promise<Rows | null> {
      if (!pixels || row >= height) return null
      const count = Math.min(strip, height - row)
      engine.bytes.set(pixels.subarray(row * line, (row + count) * line), rgba)
      if (want === 16 && depth < 16) engine.call('frameWiden', rgba, count * width * 4, depth)
      if (want === 8 && depth > 8) engine.call('frameNarrow', rgba, count * width * 4, depth)
      if (depth < 8) engine.call('frameStretch', rgba, count * width * 4, depth)
      if (premultiplied) engine.call('frameUnmultiply', rgba, count * width, want)
      if (bands === 3 && want === 8) engine.call('frameDropAlpha', rgba, packed, count * width)
      else if (bands !== 4) engine.call('framePick', rgba, packed, count * width, bands, want)
      row += count
      if (row >= height) await close()
      return { pointer: packed, count, stride }
    },
    close,
  }
}

/**
 * Takes rows of any bands and hands them on as RGBA.
 * @param put copies RGBA rows to where the codec wants them, `row` being the first one's number
 */
export function frameWriter(
  engine: Engine,
  width: number,
  bands: Bands,
  put: (rgba: Uint8Array, row: number) => void,
  finish: () => Uint8Array | Promise<Uint8Array>,
): RowWriter {
  const scratch = bands === 4 ? 0 : engine.alloc(STRIP * width * 4)
  let row = 0
  return {
    write(rows: Rows): void {
      const tight = rows.stride === width * bands
      for (let done = 0; done < rows.count; ) {
        const count = tight ? Math.min(bands === 4 ? rows.count : STRIP, rows.count - done) : 1
        const from = rows.pointer + done * rows.stride
        if (bands !== 4) engine.call('frameAddAlpha', from, bands, scratch, count * width)
        const at = bands === 4 ? from : scratch
        put(engine.bytes.subarray(at, at + count * width * 4), row)
        done += count
        row += count
      }
    },
    finish,
  }
}

/** Rows of 4 bands as rows of 3, in place. */
export function withoutAlpha(engine: Engine, reader: RowReader): RowReader {
  return {
    ...reader,
    bands: 3,
    async read() {
      const rows = await reader.read()
      if (!rows) return null
      engine.call('frameDropAlpha', rows.pointer, rows.pointer, rows.count * reader.width)
      return { ...rows, stride: reader.width * 3 }
    },
  }
}
