// The frames of a GIF, composited as browsers do (GIF89a §23: disposal).
import { GifBlocks, type GifFrame } from '../codecs/gif-blocks'
import type { Engine } from '../engine'
import { ImageError } from '../error'
import type { ByteSource } from '../header'
import { type AnimationFrame, shownDelay } from './animation'
import { Canvas } from './canvas'

/** Sub-blocks are gathered to about this much before the engine is called. */
const FEED = 4096

function loadPalette(engine: Engine, at: number, frame: GifFrame): void {
  const words = new Uint32Array(256)
  // A file without any palette is drawn in grey, as a GIF's palette is only a default elsewhere.
  for (let i = 0; i < 256; i++) {
    const grey = frame.palette.length === 0
    const [r, g, b] = grey ? [i, i, i] : frame.palette.subarray(i * 3, i * 3 + 3)
    words[i] = b === undefined ? 0xff000000 : (r! | (g! << 8) | (b << 16) | 0xff000000) >>> 0
  }
  if (frame.transparent !== null) words[frame.transparent] = 0
  engine.bytes.set(new Uint8Array(words.buffer), at)
}

/**
 * Streams a GIF's frames. The arena takes the canvas, a strip and the decoder's tables. A file
 * that breaks after its first frame ends there; one without a frame is an ImageError.
 */
export async function* gifFrames(engine: Engine, source: ByteSource): AsyncGenerator<AnimationFrame> {
  const blocks = new GifBlocks(source)
  try {
    await blocks.open()
    const { width, height } = blocks.screen
    if (width === 0 || height === 0) throw new ImageError('corrupt', 'The GIF picture has no pixels', 6)
    const canvas = new Canvas(engine, width, height)
    const work = engine.alloc(engine.call('gifWorkBytes', width))
    const input = engine.alloc(FEED + 256)
    let undo: () => void = () => {}
    for (let index = 0; ; index++) {
      const frame = await nextFrame(blocks, index)
      if (!frame) break
      undo()
      const inside = frame.x < width && frame.y < height
      const { x, y } = frame
      undo = () => {}
      if (inside && frame.disposal === 2) {
        undo = () => engine.call('gifClear', canvas.pointer, width, height, x, y, frame.width, frame.height)
      } else if (inside && frame.disposal === 3) {
        const saved = canvas.save(x, y, frame.width, frame.height)
        undo = () => canvas.restore(saved, x, y, frame.width)
      }
      await draw(engine, blocks, frame, canvas, work, input, inside)
      const palette = frame.local ? undefined : frame.palette
      yield { reader: canvas.reader(), delayMs: shownDelay(frame.delayMs), palette }
    }
  } finally {
    await blocks.close()
  }
}

/** The next frame; a file cut within a later frame's header simply ends. */
async function nextFrame(blocks: GifBlocks, index: number): Promise<GifFrame | null> {
  try {
    const frame = await blocks.next()
    if (!frame && index === 0) throw new ImageError('truncated', 'The GIF file has no picture', blocks.offset)
    return frame
  } catch (error) {
    if (index > 0 && error instanceof ImageError) return null
    throw error
  }
}

async function draw(
  engine: Engine,
  blocks: GifBlocks,
  frame: GifFrame,
  canvas: Canvas,
  work: number,
  input: number,
  inside: boolean,
): Promise<void> {
  loadPalette(engine, engine.call('gifPalette', work), frame)
  const { x, y, width, height, codeSize } = frame
  const interlaced = frame.interlaced ? 1 : 0
  // Out of the canvas: the data is passed over.
  let status = inside
    ? engine.call(
        'gifFrameBegin',
        work,
        canvas.pointer,
        canvas.width,
        canvas.height,
        x,
        y,
        width,
        height,
        interlaced,
        codeSize,
      )
    : 1
  let filled = 0
  for (;;) {
    const block = await blocks.subBlock()
    if (block && status === 0) {
      engine.bytes.set(block, input + filled)
      filled += block.length
    }
    if (status === 0 && filled > 0 && (block === null || filled >= FEED)) {
      status = engine.call('gifFrameFeed', input, filled)
      filled = 0
    }
    if (block === null) return
  }
}
