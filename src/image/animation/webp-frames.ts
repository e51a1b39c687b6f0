// The frames of an animated WebP, composited as browsers do (RFC 9649 §2.7.1.1): the background
// is transparent whatever the file asks for.
import { Ranges } from '../codecs/ranges'
import { type Chunk, readAnimationFrame, u24, u32, type WebpFrame } from '../codecs/riff'
import type { Engine } from '../engine'
import { ImageError } from '../error'
import { latin1 } from '../feed'
import type { ByteSource } from '../header'
import { type AnimationFrame, shownDelay } from './animation'
import { Canvas } from './canvas'

/** Rows of a frame that are drawn at once. */
const STRIP = 16

/**
 * Most bytes of a frame's chunk, whatever the file says: a frame is read whole, and twice what its pixels take as
 * they are is no picture's.
 */
export function mostFrameBytes(width: number, height: number): number {
  return 65_536 + 8 * width * height
}

/** Bytes of the arena that reading takes. */
export function webpAnimationBytes(width: number, height: number): number {
  return Canvas.bytes(width, height) + STRIP * width * 4 + 3 * 80
}

/** The chunks of a file one by one; those before the first frame, and what breaks off, are left out. */
async function* frameChunks(ranges: Ranges, most: number): AsyncGenerator<Chunk> {
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
      yield { code: 'ANMF', payload: await ranges.read(offset, length), offset }
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
    const size = { width: u24(head, 24) + 1, height: u24(head, 27) + 1 }
    const canvas = new Canvas(engine, size.width, size.height)
    const strip = engine.alloc(STRIP * size.width * 4)
    const { openWebpDecoder } = await import('../codecs/webp-decode')
    const decode = await openWebpDecoder()
    const draw = (frame: WebpFrame): void =>
      decode(frame, (rgba) => {
        const line = frame.width * 4
        for (let row = 0; row < frame.height; row += STRIP) {
          const count = Math.min(STRIP, frame.height - row)
          engine.bytes.set(rgba.subarray(row * line, (row + count) * line), strip)
          const [x, y] = [frame.x, frame.y + row]
          engine.call(
            'diffDraw',
            strip,
            frame.width,
            count,
            canvas.pointer,
            canvas.width,
            x,
            y,
            frame.blend ? 1 : 0,
          )
        }
      })
    let index = 0
    for await (const chunk of frameChunks(ranges, mostFrameBytes(size.width, size.height))) {
      const frame = drawn(chunk, size, index++, draw)
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

/** Draws a chunk's frame; null where a later frame is broken, with which the animation ends. */
function drawn(
  chunk: Chunk,
  canvas: { width: number; height: number },
  index: number,
  draw: (frame: WebpFrame) => void,
): WebpFrame | null {
  try {
    const frame = readAnimationFrame(chunk, canvas)
    draw(frame)
    return frame
  } catch (error) {
    if (index > 0 && error instanceof ImageError) return null
    throw error
  }
}
