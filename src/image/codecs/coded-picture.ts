// A coded picture of a HEIF file (AV1 in AVIF, HEVC in HEIC) that is being decoded, as the container's reader
// sees it: planes by rows, taken when they are wanted.
//
//   container ── bytes of an item ──▶ PictureDecoder.open ──▶ CodedPicture ── nextRows ──▶ planes ──▶ RGB(A)
//
// Several pictures are open at a time and are read in turn: the tiles of a grid's row, and alpha beside colours.
import type { HeifItem } from './isobmff'

/** How chroma is sampled: none, halved both ways, halved across, whole. */
export type ChromaLayout = '400' | '420' | '422' | '444'

/** How colours are coded, in numbers of ITU-T H.273; 2 is «not said». */
export interface CodedColour {
  readonly primaries: number
  readonly transfer: number
  readonly matrix: number
  readonly fullRange: boolean
}

/** Rows of one plane, from the strip's first. */
export interface PlaneRows {
  /** Of the first row's first sample in `memory`. */
  readonly pointer: number
  /** Bytes from a row to the next. */
  readonly stride: number
}

/** A strip of decoded rows, filtered and final. Valid until the picture is asked again or closed. */
export interface CodedRows {
  /** First row of luma; strips follow each other without gaps. */
  readonly top: number
  /** Rows of luma. Even but in a picture's last strip, so that rows of halved chroma pair up. */
  readonly count: number
  /** Luma, then Cb and Cr; of 4:2:0 those have `ceil(count / 2)` rows, from row `top / 2`. */
  readonly planes: readonly PlaneRows[]
}

/** One coded picture that is being decoded. */
export interface CodedPicture {
  /** Samples of luma as decoded (of AV1 after super-resolution), without padding. */
  readonly width: number
  readonly height: number
  /** 8 to 12. */
  readonly bitDepth: number
  /** Bytes of a sample in memory; numbers of two are little-endian and not shifted. */
  readonly sampleBytes: 1 | 2
  readonly layout: ChromaLayout
  /** As the bitstream says; the container's word goes before. */
  readonly colour: CodedColour
  /** What pointers point into. To be asked for after each call: it moves where it grows. */
  readonly memory: Uint8Array
  /** The next strip, of any height; null behind the last row. Throws ImageError `corrupt` or `truncated`. */
  nextRows(): CodedRows | null
  /** Gives back what it holds. Safe to repeat. */
  close(): void
}

export interface PictureOptions {
  /** Whether chroma is wanted: alpha has none that counts. Where not, only luma's rows are given. */
  readonly chroma: boolean
}

/** An instance of a decoder; it is dropped with its pictures. */
export interface PictureDecoder {
  /**
   * Begins a picture. Throws ImageError.
   * @param item its properties hold the codec's configuration (av1C, hvcC)
   * @param data the item's bytes, which may be held until the picture is closed: of AV1 one temporal unit of
   *   open bitstream units (AV1-ISOBMFF §2.4), of HEVC NAL units behind their lengths
   */
  open(item: HeifItem, data: Uint8Array, options: PictureOptions): CodedPicture | Promise<CodedPicture>
  /**
   * Reads headers alone: the name of what the picture uses and this decoder doesn't have ("film grain"); null
   * where it decodes it. What is malformed is not refused: opening or reading it throws. Not there: all is decoded.
   */
  refuses?(data: Uint8Array): string | null
}
