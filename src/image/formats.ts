// The facts about the seven formats, in one table. Nothing else in the service may branch on
// a format's name for something that could be a column here.

export type Format = 'jpg' | 'png' | 'webp' | 'avif' | 'jxl' | 'heic' | 'gif'

export interface FormatFacts {
  readonly mime: string
  /** Of stored objects and downloads, with its dot. */
  readonly extension: string
  readonly alpha: boolean
  /** Default `q`; null where the format has no quality. */
  readonly quality: number | null
  /** Whether one file may hold several frames. */
  readonly frames: boolean
  /** Largest side in pixels that the format (not our limits) can hold. */
  readonly maxSide: number
  /**
   * Which ICC profiles an output of this format can embed. `encodings`: those that say no more than primaries and
   * a curve, which are stated as numbers; JPEG XL could hold any, but its encoder at hand can't compress them.
   */
  readonly icc: 'all' | 'encodings' | 'none'
  /** Whether outputs have one component where the picture has, so that a grey profile fits them. */
  readonly grey: boolean
  /** Kinds of metadata that a file of this format can carry. */
  readonly metadata: readonly MetadataKind[]
  /** Whether IPTC has no place but the EXIF block (IPTC-NAA in its IFD0, as in TIFF files). */
  readonly iptcInExif: boolean
  /** Whether viewers turn the picture by its EXIF Orientation; where not, pixels are turned instead. */
  readonly viewersOrient: boolean
}

export type MetadataKind = 'exif' | 'iptc' | 'xmp'

const all: readonly MetadataKind[] = ['exif', 'iptc', 'xmp']
const texts: readonly MetadataKind[] = ['iptc', 'xmp']

/** One row per format; the order is that of preference where two are equally acceptable. */
export const FORMATS = {
  // biome-ignore format: a table reads best as one
  jpg:  { mime: 'image/jpeg', extension: '.jpeg', alpha: false, quality: 80,   frames: false, maxSide: 65535,      icc: 'all',       grey: true,  metadata: all,   iptcInExif: false, viewersOrient: true },
  // biome-ignore format: a table reads best as one
  png:  { mime: 'image/png',  extension: '.png',  alpha: true,  quality: null, frames: false, maxSide: 2147483647, icc: 'all',       grey: true,  metadata: all,   iptcInExif: false, viewersOrient: true },
  // biome-ignore format: a table reads best as one
  webp: { mime: 'image/webp', extension: '.webp', alpha: true,  quality: 80,   frames: true,  maxSide: 16383,      icc: 'all',       grey: false, metadata: all,   iptcInExif: true,  viewersOrient: true },
  // biome-ignore format: a table reads best as one
  avif: { mime: 'image/avif', extension: '.avif', alpha: true,  quality: 50,   frames: false, maxSide: 65536,      icc: 'all',       grey: false, metadata: all,   iptcInExif: true,  viewersOrient: false },
  // biome-ignore format: a table reads best as one
  jxl:  { mime: 'image/jxl',  extension: '.jxl',  alpha: true,  quality: 90,   frames: false, maxSide: 1073741823, icc: 'encodings', grey: false, metadata: all,   iptcInExif: true,  viewersOrient: false },
  // biome-ignore format: a table reads best as one
  heic: { mime: 'image/heic', extension: '.heic', alpha: true,  quality: 50,   frames: false, maxSide: 65535,      icc: 'all',       grey: false, metadata: all,   iptcInExif: true,  viewersOrient: false },
  // biome-ignore format: a table reads best as one
  gif:  { mime: 'image/gif',  extension: '.gif',  alpha: true,  quality: null, frames: true,  maxSide: 65535,      icc: 'none',      grey: false, metadata: texts, iptcInExif: false, viewersOrient: false },
} as const satisfies Record<Format, FormatFacts>

/** The formats in the table's order. */
export const FORMAT_NAMES = Object.keys(FORMATS) as Format[]

/** The format of a MIME type, or null. */
export function formatOfMime(mime: string): Format | null {
  return FORMAT_NAMES.find((name) => FORMATS[name].mime === mime.toLowerCase()) ?? null
}
