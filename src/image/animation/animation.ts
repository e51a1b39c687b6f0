// Animations as whole frames, one after the other.
import type { Effort } from '../codecs/webp'
import type { Metadata } from '../metadata'
import type { RowReader } from '../rows'

/** A frame as it is shown: composited, of the canvas's size. */
export interface AnimationFrame {
  /** RGBA rows; to be read before the next frame is asked for. */
  readonly reader: RowReader
  readonly delayMs: number
  /** The source's palette, where all frames have one: red, green, blue. */
  readonly palette?: Uint8Array | undefined
}

/** What is to be written. */
export interface AnimationOptions {
  readonly width: number
  readonly height: number
  /** Times it is played, -1 for ever. */
  readonly loop: number
  readonly quality: number
  readonly effort: Effort
  readonly lossless?: boolean
  /** Of GIF: mean squared error up to which colours may be merged (src/image/merge.ts). */
  readonly merge?: number
  readonly metadata?: Metadata
}

/** An encoder of animations; frames come one by one and are not held once they are encoded. */
export interface AnimationWriter {
  /** Reads the frame's rows (4 bands, or 3 where nothing is transparent) and encodes what changed. */
  addFrame(frame: RowReader, delayMs: number, palette?: Uint8Array): Promise<void>
  /** The file, after the last frame. */
  finish(): Promise<Uint8Array>
}

/**
 * How long browsers show a frame: what asks for 10 ms or less gets 100 ms, in GIF and WebP alike
 * (Blink, WebKit and Gecko agree on it).
 */
export function shownDelay(delayMs: number): number {
  return delayMs <= 10 ? 100 : delayMs
}
