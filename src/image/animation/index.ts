// Animations in and out, for the formats that can hold them.
import type { Engine } from '../engine'
import { ImageError } from '../error'
import { FORMATS, type Format } from '../formats'
import type { ByteSource } from '../header'
import { embedMetadata } from '../metadata'
import type { AnimationFrame, AnimationOptions, AnimationWriter } from './animation'
import { gifFrames } from './gif-frames'
import { makeGifAnimation } from './gif-writer'
import { webpFrames } from './webp-frames'
import { makeWebpAnimation } from './webp-writer'

export type { AnimationFrame, AnimationWriter }

/**
 * Opens an animation: composited frames of the canvas's size, one at a time. Delays are as
 * browsers show them. Stopping early closes the source.
 */
export function openAnimation(
  engine: Engine,
  source: ByteSource,
  header: { readonly format: Format },
): AsyncIterable<AnimationFrame> {
  if (header.format === 'gif') return gifFrames(engine, source)
  if (header.format === 'webp') return webpFrames(engine, source)
  throw new ImageError('unsupported', `${FORMATS[header.format].mime} has no frames`)
}

/** Makes a writer of frames; all its arena memory is taken here. GIF ignores quality. */
export function makeAnimationWriter(
  engine: Engine,
  format: Format,
  options: AnimationOptions,
): AnimationWriter {
  if (format === 'gif') {
    const writer = makeGifAnimation(engine, options)
    return {
      ...writer,
      finish: async () => embedMetadata('gif', await writer.finish(), options.metadata ?? {}),
    }
  }
  if (format === 'webp') return makeWebpAnimation(engine, options)
  throw new ImageError('unsupported', `${FORMATS[format].mime} can't hold frames`)
}
