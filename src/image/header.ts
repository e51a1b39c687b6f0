// What is known of a picture without decoding it, and where its bytes come from.
import type { Format } from './formats'

/** EXIF Orientation, 1–8 (TIFF 6.0 §8, tag 274): how stored pixels are turned to be upright. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8

/** The facts of a picture's header. Immutable: an asset's content never changes. */
export interface ImageHeader {
  readonly format: Format
  /** Pixels as decoders give them, before `orientation` is applied; JPEG XL's give theirs upright. */
  readonly width: number
  readonly height: number
  /**
   * Of EXIF; in AVIF and HEIC of `irot` and `imir`, which viewers go by instead. JPEG XL: told by its decoder, with width and
   * height as stored, where that gives the picture unturned (retold.ts).
   */
  readonly orientation: Orientation
  readonly alpha: boolean
  /** Bits per sample as stored. */
  readonly bitDepth: number
  /** Frames; 1 for a still. */
  readonly pageCount: number
  /** Times an animation is played; 0 for a still, -1 endless. */
  readonly loop: number
  /** `srgb`, `p3`, `adobe_rgb`, `cmyk`, `grayscale`, the ICC profile's description, or `unknown`. */
  readonly colorSpace: string
  /**
   * JPEG: in several scans (progressive, or not interleaved). PNG: Adam7. WebP: made of frames; AVIF and HEIC: one coded
   * picture rather than a grid of them: frames, where others come by rows. JPEG XL: told by
   * its decoder (retold.ts) of what is left to libjxl. All need more memory to decode.
   */
  readonly interlaced: boolean
  /**
   * WebP: whether it is coded without loss, which takes other memory to decode. JPEG XL: told by its decoder of what holds
   * no picture of an eighth of its size.
   */
  readonly lossless?: boolean
  /** Whether it is grey with a profile whose tones are not those of sRGB. */
  readonly toned?: boolean
  /** Of an embedded profile with tables (ICC.1:2022 §10.10 to §10.12): its bytes, and those of its tables. */
  readonly profile?: { readonly bytes: number; readonly tables: number }
  /** Colour components as stored: 1 grey, 3 colour, 4 CMYK/YCCK; alpha is not counted. */
  readonly components: number
}

/** Compressed bytes that can be read more than once, such as an object in R2. */
export interface ByteSource {
  readonly size: number
  /** Opens the bytes from `offset` (default 0) to the end. Each call is a fresh read. */
  open(offset?: number): Promise<ReadableStream<Uint8Array>>
}
