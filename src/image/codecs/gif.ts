// GIF stills as rows. Animations are read and written in src/image/animation.
import { Canvas } from '../animation/canvas'
import { gifFrames } from '../animation/gif-frames'
import type { Engine } from '../engine'
import { ImageError } from '../error'
import type { ByteSource } from '../header'
import type { RowReader } from '../rows'
import type { OpenOptions } from './webp'

/** Bytes of the arena that reading a GIF takes: the canvas, a strip, tables and a line. */
export function gifDecodeBytes(width: number, height: number): number {
  return Canvas.bytes(width, height) + 65536
}

/** The first frame, on its canvas. Throws ImageError. */
export async function openGif(engine: Engine, source: ByteSource, options: OpenOptions): Promise<RowReader> {
  const frames = gifFrames(engine, source)
  const { value: first } = await frames.next()
  if (!first) throw new ImageError('truncated', 'The GIF file has no picture', 0)
  // Frames are only drawn when asked for: the rest of the file is never read.
  await frames.return(undefined)
  return options.alpha ? first.reader : withoutAlpha(engine, first.reader)
}

/** Rows of 4 bands as rows of 3. */
function withoutAlpha(engine: Engine, reader: RowReader): RowReader {
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
