// GIF stills as rows. Animations are read and written in src/image/animation.
import { Canvas } from '../animation/canvas'
import { gifFrames } from '../animation/gif-frames'
import type { Engine } from '../engine'
import { ImageError } from '../error'
import type { ByteSource } from '../header'
import type { Bands, RowReader, RowWriter } from '../rows'
import { joinBytes } from './bytes'
import { frameStripBytes, frameWriter, withoutAlpha } from './frame'
import { GifFrames } from './gif-encode'
import type { OpenOptions } from './webp'

/** Bytes of the arena that reading a GIF takes: the canvas, a strip, input, tables and a line. */
export function gifDecodeBytes(width: number, height: number): number {
  return Canvas.bytes(width, height) + 40_960 + width
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

/** Bytes of the arena that writing a still takes: the whole picture as RGBA, and its indices. */
export function gifEncodeBytes(width: number, height: number): number {
  return width * height * 5 + GifFrames.bytes(width, height, false) + frameStripBytes(width) + 4 * 80
}

/** Encodes a still of at most 256 colours, dithered where it has more. Throws ImageError. */
export function makeGifWriter(
  engine: Engine,
  options: {
    readonly width: number
    readonly height: number
    readonly bands: Bands
    readonly merge?: number
  },
): RowWriter {
  const { width, height, bands, merge } = options
  if (width > 65535 || height > 65535) {
    throw new ImageError(
      'too-large',
      `Expected at most 65535 pixels a side for GIF but received ${width}×${height}`,
    )
  }
  const frames = new GifFrames(engine, width, height, false, merge)
  const pixels = width * height
  const rgba = engine.alloc(pixels * 4)
  const mask = engine.alloc(pixels)
  const put = (rows: Uint8Array, row: number): void => engine.bytes.set(rows, rgba + row * width * 4)
  return frameWriter(engine, width, bands, put, () => {
    engine.call('diffThreshold', rgba, pixels)
    const left = engine.call('diffMask', rgba, pixels, mask)
    const at = { x: 0, y: 0, delayMs: 0, disposal: 1 } as const
    frames.gather(rgba, pixels, mask, left)
    const head = frames.begin(1)
    return joinBytes([head, ...frames.encode(rgba, options, mask, left, at, true), new Uint8Array([0x3b])])
  })
}
