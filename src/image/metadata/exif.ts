// EXIF blocks, which are TIFF files (TIFF 6.0 §2; Exif 2.32 §4.6): the few tags that the service
// reads or writes. Everything else travels untouched.
import { latin1, u16be, u16le, u32be, u32le } from '../feed'
import type { Orientation } from '../header'
import { iptcOf } from './iptc'

const ORIENTATION = 0x0112
const EXIF_IFD = 0x8769
const COLOR_SPACE = 0xa001
const INTEROP_IFD = 0xa005
const INTEROP_INDEX = 0x0001
const PIXEL_X = 0xa002
const PIXEL_Y = 0xa003
/** TIFF/EP and Adobe's TIFF notes. */
const IPTC_NAA = 0x83bb
const PHOTOSHOP_RESOURCES = 0x8649
const THUMBNAIL_OFFSET = 0x0201
const THUMBNAIL_LENGTH = 0x0202

/** What a header needs of EXIF: null where the tag is absent or nonsense. */
export interface ExifFacts {
  readonly orientation: Orientation | null
  readonly colorSpace: 'srgb' | 'adobe_rgb' | null
}

/** A directory entry: where it lies, and its type. */
interface Entry {
  readonly at: number
  readonly type: number
}

/** A TIFF block with its byte order. */
class Tiff {
  readonly #little: boolean

  constructor(readonly bytes: Uint8Array) {
    this.#little = bytes[0] === 0x49
  }

  u16(at: number): number {
    return this.#little ? u16le(this.bytes, at) : u16be(this.bytes, at)
  }

  u32(at: number): number {
    return this.#little ? u32le(this.bytes, at) : u32be(this.bytes, at)
  }

  setU16(at: number, value: number): void {
    this.bytes[at + (this.#little ? 0 : 1)] = value & 255
    this.bytes[at + (this.#little ? 1 : 0)] = value >>> 8
  }

  setU32(at: number, value: number): void {
    this.setU16(at + (this.#little ? 0 : 2), value & 0xffff)
    this.setU16(at + (this.#little ? 2 : 0), value >>> 16)
  }

  /** Writes an entry of one SHORT. */
  setEntry(at: number, tag: number, value: number): void {
    this.setU16(at, tag)
    this.setU16(at + 2, 3)
    this.setU32(at + 4, 1)
    this.setU16(at + 8, value)
    this.setU16(at + 10, 0)
  }

  /** Changes the number that stands in an entry: SHORT where it fits, else LONG. */
  setValue(entry: Entry | null, value: number): void {
    if (entry === null || (entry.type !== 3 && entry.type !== 4)) return
    const long = entry.type === 4 || value > 0xffff
    this.setU16(entry.at + 2, long ? 4 : 3)
    this.setU32(entry.at + 4, 1)
    if (long) this.setU32(entry.at + 8, value)
    else this.setU16(entry.at + 8, value)
  }

  /** The entry of a tag in the directory at `ifd`, or null. Bounded by the block's length. */
  find(ifd: number, tag: number): Entry | null {
    if (ifd < 8 || ifd + 2 > this.bytes.length) return null
    const count = Math.min(this.u16(ifd), Math.floor((this.bytes.length - ifd - 2) / 12))
    for (let i = 0; i < count; i++) {
      const at = ifd + 2 + i * 12
      if (this.u16(at) === tag) return { at, type: this.u16(at + 2) }
    }
    return null
  }

  /** A SHORT or LONG value that stands in its entry, or null. */
  value(entry: Entry | null): number | null {
    if (entry === null) return null
    if (entry.type === 3) return this.u16(entry.at + 8)
    return entry.type === 4 || entry.type === 13 ? this.u32(entry.at + 8) : null
  }
}

/** Opens a TIFF block; null where it is none. */
function openTiff(exif: Uint8Array): Tiff | null {
  if (exif.length < 14) return null
  const magic = latin1(exif, 0, 4)
  return magic === 'II*\0' || magic === 'MM\0*' ? new Tiff(exif) : null
}

/** A block without the `Exif\0\0` that some writers put before it (JPEG must, WebP may not). */
export function withoutExifPrefix(exif: Uint8Array): Uint8Array {
  return latin1(exif, 0, 6) === 'Exif\0\0' ? exif.subarray(6) : exif
}

/** Orientation and colour space of an EXIF block; null where it is no TIFF. */
export function readExifFacts(block: Uint8Array): ExifFacts | null {
  const tiff = openTiff(withoutExifPrefix(block))
  if (tiff === null) return null
  const ifd0 = tiff.u32(4)
  const orientation = tiff.value(tiff.find(ifd0, ORIENTATION))
  const known = orientation !== null && orientation >= 1 && orientation <= 8
  return { orientation: known ? (orientation as Orientation) : null, colorSpace: readColorSpace(tiff, ifd0) }
}

/** ColorSpace 1 is sRGB; 2 (a Nikon habit), or uncalibrated with interoperability R03, is Adobe RGB. */
function readColorSpace(tiff: Tiff, ifd0: number): ExifFacts['colorSpace'] {
  const ifd = tiff.value(tiff.find(ifd0, EXIF_IFD))
  if (ifd === null) return null
  const space = tiff.value(tiff.find(ifd, COLOR_SPACE))
  if (space === 1) return 'srgb'
  if (space === 2) return 'adobe_rgb'
  const interop = tiff.value(tiff.find(ifd, INTEROP_IFD))
  if (space !== 0xffff || interop === null) return null
  const index = tiff.find(interop, INTEROP_INDEX)
  return index !== null && latin1(tiff.bytes, index.at + 8, 3) === 'R03' ? 'adobe_rgb' : null
}

/** EXIF Orientation of a block, 1 where it says none. */
export function orientationOf(exif: Uint8Array): Orientation {
  return readExifFacts(exif)?.orientation ?? 1
}

/**
 * A copy of an EXIF block (without `Exif\0\0`) that states another Orientation: in place where the
 * tag is there, else in a new IFD0 behind the block (TIFF allows directories anywhere). What is no
 * TIFF becomes a block with nothing but the tag.
 */
export function setOrientation(exif: Uint8Array, orientation: Orientation): Uint8Array {
  const copy = withoutExifPrefix(exif).slice()
  const tiff = openTiff(copy)
  if (tiff === null) return makeExif(orientation)
  const ifd0 = tiff.u32(4)
  const entry = tiff.find(ifd0, ORIENTATION)
  if (entry !== null) {
    tiff.setEntry(entry.at, ORIENTATION, orientation)
    return copy
  }
  return orientation === 1 ? copy : insertOrientation(tiff, ifd0, orientation)
}

function insertOrientation(tiff: Tiff, ifd0: number, orientation: Orientation): Uint8Array {
  return (
    insertEntry(tiff, ifd0, ORIENTATION, 0, (grown, at) => grown.setEntry(at, ORIENTATION, orientation)) ??
    makeExif(orientation)
  )
}

/**
 * A block with one more entry in IFD0, which moves behind the rest, and `room` bytes behind that; null where
 * IFD0 is damaged.
 * @param write fills the 12 bytes of the entry at `at`; the room begins at `data`
 */
function insertEntry(
  tiff: Tiff,
  ifd0: number,
  tag: number,
  room: number,
  write: (grown: Tiff, at: number, data: number) => void,
): Uint8Array | null {
  const old = tiff.bytes
  if (ifd0 < 8 || ifd0 + 2 > old.length) return null
  const count = tiff.u16(ifd0)
  const end = ifd0 + 2 + count * 12
  if (end + 4 > old.length) return null
  const start = old.length + (old.length & 1)
  const data = start + 2 + (count + 1) * 12 + 4
  const bytes = new Uint8Array(data + room)
  bytes.set(old)
  const grown = new Tiff(bytes)
  grown.setU32(4, start)
  grown.setU16(start, count + 1)
  // Entries are sorted by tag (TIFF 6.0 §2).
  let before = 0
  while (before < count && tiff.u16(ifd0 + 2 + before * 12) < tag) before++
  const split = ifd0 + 2 + before * 12
  bytes.set(old.subarray(ifd0 + 2, split), start + 2)
  write(grown, start + 2 + before * 12, data)
  bytes.set(old.subarray(split, end + 4), start + 2 + (before + 1) * 12)
  return bytes
}

/** The Orientation of upright pixels. */
export function resetOrientation(exif: Uint8Array): Uint8Array {
  return setOrientation(exif, 1)
}

/**
 * A copy of an EXIF block that describes another rendition: its Orientation, PixelXDimension and
 * PixelYDimension (where they are stated), and no thumbnail, which would show the picture before the change.
 */
export function describePicture(
  exif: Uint8Array,
  picture: { readonly orientation: Orientation; readonly width: number; readonly height: number },
): Uint8Array {
  const bytes = setOrientation(exif, picture.orientation)
  const tiff = openTiff(bytes)
  if (tiff === null) return bytes
  const ifd0 = tiff.u32(4)
  const ifd = tiff.value(tiff.find(ifd0, EXIF_IFD))
  if (ifd !== null) {
    tiff.setValue(tiff.find(ifd, PIXEL_X), picture.width)
    tiff.setValue(tiff.find(ifd, PIXEL_Y), picture.height)
  }
  return withoutThumbnail(tiff, ifd0)
}

/** Unlinks IFD1, blanks the thumbnail's bytes, and cuts them off where they end the block. */
function withoutThumbnail(tiff: Tiff, ifd0: number): Uint8Array {
  const bytes = tiff.bytes
  if (ifd0 < 8 || ifd0 + 2 > bytes.length) return bytes
  const next = ifd0 + 2 + tiff.u16(ifd0) * 12
  if (next + 4 > bytes.length) return bytes
  const ifd1 = tiff.u32(next)
  tiff.setU32(next, 0)
  const start = tiff.value(tiff.find(ifd1, THUMBNAIL_OFFSET))
  const length = tiff.value(tiff.find(ifd1, THUMBNAIL_LENGTH))
  // A thumbnail that claims to lie over the directories is none.
  if (start === null || length === null || start < next + 4 || start + length > bytes.length) return bytes
  bytes.fill(0, start, start + length)
  return start + length >= bytes.length - 4 ? bytes.subarray(0, start) : bytes
}

/** Bytes of a value by its type: BYTE, ASCII, SHORT, LONG, UNDEFINED. */
const SIZES: Record<number, number> = { 1: 1, 2: 1, 3: 2, 4: 4, 7: 1 }

/**
 * An EXIF block without the IPTC datasets that TIFF keeps in IFD0 (IPTC-NAA, or within Photoshop's resources), and
 * those datasets, where there are any. Their bytes are blanked.
 */
export function separateIptc(exif: Uint8Array): { exif: Uint8Array; iptc: Uint8Array | null } {
  const ifd0 = openTiff(exif)?.u32(4)
  let iptc: Uint8Array | null = null
  let bytes = exif
  for (const tag of [IPTC_NAA, PHOTOSHOP_RESOURCES]) {
    const tiff = openTiff(bytes)
    const entry = tiff?.find(ifd0!, tag) ?? null
    if (tiff === null || entry === null) continue
    const size = tiff.u32(entry.at + 4) * (SIZES[entry.type] ?? 0)
    const start = size > 4 ? tiff.u32(entry.at + 8) : entry.at + 8
    if (start + size > bytes.length) continue
    iptc ??= iptcOf(bytes.slice(start, start + size))
    bytes = withoutEntry(bytes, ifd0!, entry, start, size)
  }
  return { exif: bytes, iptc }
}

function withoutEntry(exif: Uint8Array, ifd0: number, entry: Entry, start: number, size: number): Uint8Array {
  const bytes = exif.slice()
  const tiff = new Tiff(bytes)
  const count = tiff.u16(ifd0)
  const end = ifd0 + 2 + count * 12
  // A value that claims to lie over the directory is not blanked.
  if (start >= end + 4 || start + size <= ifd0) bytes.fill(0, start, start + size)
  bytes.copyWithin(entry.at, entry.at + 12, end + 4)
  tiff.setU16(ifd0, count - 1)
  return start + size >= bytes.length - 1 && start >= end + 4 ? bytes.subarray(0, start) : bytes
}

/** An EXIF block with IPTC datasets in IFD0, as TIFF files have them: for containers without a place of their own. */
export function withIptc(exif: Uint8Array, iptc: Uint8Array): Uint8Array {
  const tiff = openTiff(exif)
  if (tiff === null) return exif
  const grown = insertEntry(tiff, tiff.u32(4), IPTC_NAA, iptc.length, (to, at, data) => {
    to.setU16(at, IPTC_NAA)
    to.setU16(at + 2, 7)
    to.setU32(at + 4, iptc.length)
    // Four bytes and fewer stand in the entry itself.
    if (iptc.length > 4) to.setU32(at + 8, data)
    to.bytes.set(iptc, iptc.length > 4 ? data : at + 8)
  })
  return grown ?? exif
}

/** The smallest EXIF block that states an Orientation: IFD0 with one entry. */
export function makeExif(orientation: Orientation): Uint8Array {
  // biome-ignore format: one line per field
  return new Uint8Array([
    0x4d, 0x4d, 0, 42, 0, 0, 0, 8,          // MM, 42, IFD0 at 8
    0, 1,                                   // one entry
    0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0,
    0, 0, 0, 0,                             // no next IFD
  ])
}
