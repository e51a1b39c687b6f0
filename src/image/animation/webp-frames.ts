// The frames of an animated WebP, composited as browsers do (RFC 9649 §2.7.1.1): the background
// is transparent whatever the file asks for.
import { Ranges } from '../codecs/ranges'
import { FRAME_HEADER, readFrameHeader, u24, u32, type WebpFrame } from '../codecs/riff'
import { findPicture, openPicture, webpRowBytes } from '../codecs/webp-rows'
import type { Engine } from '../engine'
import { ImageError } from '../error'
import { latin1 } from '../feed'
import type { ByteSource } from '../header'
import { type AnimationFrame, shownDelay } from './animation'
import { Canvas } from './canvas'

/**
 * Most bytes of a frame's chunk, whatever the file says: twice what its pixels take as they are is no picture's.
 */
export function mostFrameBytes(width: number, height: number): number {
  return 65_536 + 8 * width * height
}

/** Compressed bytes a pixel of a lossy frame, at most: those of noise with alpha. Lossless ones are not held. */
const HELD_BYTES = 2.5

/** Bytes of the arena that reading takes: the canvas, and the decoder of one frame, of either kind. */
export function webpAnimationBytes(width: number, height: number, fileSize: number): number {
  const size = { width, height, alpha: true }
  const file = Math.min(fileSize, HELD_BYTES * width * height + 65536)
  const lossy = webpRowBytes({ ...size, lossless: false }, file)
  const lossless = webpRowBytes({ ...size, lossless: true }, fileSize)
  return Canvas.bytes(width, height) + Math.max(lossy, lossless) + SMALL_BLOCKS * 80
}

/** Blocks of the arena that a frame's decoder takes, with what lies behind each. */
const SMALL_BLOCKS = 40

/** Where the frames of a file lie, one by one; what breaks off is left out. */
async function* frameChunks(
  ranges: Ranges,
  most: number,
): AsyncGenerator<{ offset: number; length: number }> {
  const { size } = ranges.source
  let index = 0
  for (let at = 12; at + 8 <= size; ) {
    const head = await ranges.read(at, 8)
    const length = u32(head, 4)
    const offset = at + 8
    if (offset + length > size) return
    if (latin1(head, 0, 4) === 'ANMF') {
      if (length > most && index === 0) {
        throw new ImageError(
          'corrupt',
          `Expected a WebP frame of at most ${most} bytes but received ${length}`,
          at,
        )
      }
      if (length > most) return
      index++
      yield { offset, length }
    }
    at = offset + length + (length & 1)
  }
}

/**
 * Streams an animated WebP's frames. A file that breaks after its first frame ends there; one
 * without a frame is an ImageError.
 */
export async function* webpFrames(engine: Engine, source: ByteSource): AsyncGenerator<AnimationFrame> {
  const ranges = new Ranges(source)
  try {
    const head = await ranges.read(0, 30)
    const extended = latin1(head, 0, 4) === 'RIFF' && latin1(head, 8, 8) === 'WEBPVP8X'
    if (!extended) throw new ImageError('corrupt', 'Expected an extended WebP file', 0)
    const canvas = new Canvas(engine, u24(head, 24) + 1, u24(head, 27) + 1)
    let index = 0
    for await (const chunk of frameChunks(ranges, mostFrameBytes(canvas.width, canvas.height))) {
      const frame = await drawn(engine, ranges, chunk, canvas, index++)
      if (!frame) return
      yield { reader: canvas.reader(), delayMs: shownDelay(frame.durationMs) }
      const { x, y, width, height } = frame
      if (frame.dispose)
        engine.call('gifClear', canvas.pointer, canvas.width, canvas.height, x, y, width, height)
    }
    if (index === 0) throw new ImageError('truncated', 'The WebP animation has no frames', source.size)
  } finally {
    await ranges.close()
  }
}

type Placed = Omit<WebpFrame, 'chunks'>

/** Draws a chunk's frame; null where a later frame is broken, with which the animation ends. */
async function drawn(
  engine: Engine,
  ranges: Ranges,
  chunk: { offset: number; length: number },
  canvas: Canvas,
  index: number,
): Promise<Placed | null> {
  const mark = engine.call('arenaMark')
  try {
    return await draw(engine, ranges, chunk, canvas)
  } catch (error) {
    if (index > 0 && error instanceof ImageError) return null
    throw error
  } finally {
    engine.call('arenaRelease', mark)
  }
}

async function draw(
  engine: Engine,
  ranges: Ranges,
  { offset, length }: { offset: number; length: number },
  canvas: Canvas,
): Promise<Placed> {
  const header = await ranges.read(offset, Math.min(FRAME_HEADER, length))
  const frame = readFrameHeader(header, offset, canvas)
  const picture = await findPicture(ranges, offset + FRAME_HEADER, offset + length)
  if (!picture) throw new ImageError('corrupt', 'A WebP frame holds an animation', offset)
  const rows = await openPicture(engine, ranges, picture, { bands: 4, scale: 1 })
  if (rows.width !== frame.width || rows.height !== frame.height) {
    throw new ImageError('corrupt', 'A WebP frame does not fit its canvas', offset)
  }
  const blends = frame.blend ? 1 : 0
  const { pointer, width } = canvas
  let y = frame.y
  for (let strip = await rows.read(); strip; strip = await rows.read()) {
    engine.call('diffDraw', strip.pointer, frame.width, strip.count, pointer, width, frame.x, y, blends)
    y += strip.count
  }
  return frame
}
