// JPEG header (ITU T.81 annex B; JFIF; Exif 2.32 §4.5; ICC.1:2022 annex B.4): segments up to SOS.

import { IccScan } from '../colour/icc-scan'
import { ImageError } from '../error'
import { type Feed, latin1, type Step, u16be } from '../feed'
import { readExifFacts } from '../metadata/exif'
import { type Draft, setColour, setSize } from './draft'

const SOF0 = 0xc0
const SOF2 = 0xc2
const EOI = 0xd9
const SOS = 0xda
const DNL = 0xdc
const APP1 = 0xe1
const APP2 = 0xe2

/** Reads the segments up to the first scan; past it only where DNL must tell the height. */
export function* probeJpeg(feed: Feed, draft: Draft): Step {
  const header = draft.header
  const icc = new IccScan()
  /** Numbers of the profile's parts, as they come. */
  const parts: number[] = []
  let profileBytes = 0
  let exifSpace: string | null = null
  let framed = false
  yield* feed.skip(2)
  for (;;) {
    const marker = yield* nextMarker(feed)
    if (marker === EOI)
      throw new ImageError('corrupt', 'Expected a JPEG frame (SOF) but received EOI', feed.offset)
    // Stand-alone markers (RSTn, TEM, a repeated SOI) have no length.
    if ((marker >= 0xd0 && marker <= 0xd8) || marker === 0x01) continue
    const at = feed.offset
    const length = u16be(yield* feed.take(2, 'JPEG segment length'), 0) - 2
    if (length < 0)
      throw new ImageError(
        'corrupt',
        `Expected a JPEG segment length of at least 2 but received ${length + 2}`,
        at,
      )
    if (isFrame(marker)) {
      readFrame(marker, yield* feed.take(length, 'JPEG frame header'), draft, at)
      framed = true
    } else if (marker === APP1) {
      const facts = exifFacts(yield* feed.take(length, 'JPEG APP1 segment'))
      if (facts !== null) {
        if (facts.orientation !== null) header.orientation = facts.orientation
        exifSpace = facts.colorSpace ?? exifSpace
      }
    } else if (marker === APP2) {
      const body = yield* feed.take(length, 'JPEG APP2 segment')
      if (length > 14 && latin1(body, 0, 12) === 'ICC_PROFILE\0') {
        icc.push(body.subarray(14))
        parts.push(body[12]!)
        profileBytes += length - 14
      }
    } else if (marker === SOS) {
      // A first scan without all components: the others come in scans of their own.
      const count = (yield* feed.take(1, 'JPEG scan header'))[0]!
      if (count < header.components) header.interlaced = true
      break
    } else if (!(yield* feed.skip(length))) {
      throw new ImageError('truncated', 'Expected a JPEG scan (SOS) but the file ended', feed.offset)
    }
    if (framed) {
      setColour(draft, icc, exifSpace ?? 'srgb')
      // Parts out of order can't be looked into here, and will be joined all the same.
      if (parts.some((part, i) => i > 0 && part !== parts[i - 1]! + 1))
        header.profile = { bytes: profileBytes, tables: profileBytes }
      // A frame without a height waits for DNL behind the first scan (T.81 B.2.5).
      draft.known = header.height > 0
    }
  }
  if (!framed)
    throw new ImageError(
      'corrupt',
      'Expected a JPEG frame (SOF) before the first scan but received SOS',
      feed.offset,
    )
  if (header.height === 0) yield* readDnl(feed, draft)
}

/** Whether a marker is a SOFn: C0–CF without DHT (C4), JPG (C8) and DAC (CC). */
function isFrame(marker: number): boolean {
  return marker >= SOF0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
}

/** The next marker's code; bytes that are none are passed over, as libjpeg does. */
function* nextMarker(feed: Feed): Step<number> {
  let previous = 0
  for (;;) {
    const byte = (yield* feed.take(1, 'a JPEG marker'))[0]!
    if (previous === 0xff && byte !== 0xff && byte !== 0) return byte
    previous = byte
  }
}

function readFrame(marker: number, body: Uint8Array, draft: Draft, at: number): void {
  const header = draft.header
  if (body.length < 6)
    throw new ImageError(
      'corrupt',
      `Expected a JPEG frame header of at least 6 bytes but received ${body.length}`,
      at,
    )
  if (marker > SOF2) {
    const coding =
      marker >= 0xc9
        ? 'arithmetic coding'
        : marker === 0xc3 || marker === 0xc7
          ? 'lossless coding'
          : 'hierarchical coding'
    throw new ImageError(
      'unsupported',
      `Expected a baseline, extended or progressive Huffman-coded JPEG but received ${coding}`,
      at,
    )
  }
  if (body[0] !== 8)
    throw new ImageError('unsupported', `Expected a JPEG with 8 bits per sample but received ${body[0]}`, at)
  const components = body[5]!
  if (components !== 1 && components !== 3 && components !== 4) {
    throw new ImageError(
      'unsupported',
      `Expected a JPEG with 1, 3 or 4 components but received ${components}`,
      at,
    )
  }
  header.components = components
  header.interlaced = marker === SOF2
  const height = u16be(body, 1)
  setSize(draft, u16be(body, 3), height === 0 ? 1 : height, at)
  header.height = height
}

/** Looks through the entropy-coded data for DNL, which gives the number of lines. */
function* readDnl(feed: Feed, draft: Draft): Step {
  for (;;) {
    const marker = yield* nextMarker(feed)
    if (marker === DNL) {
      const body = yield* feed.take(4, 'JPEG DNL segment')
      setSize(draft, draft.header.width, u16be(body, 2), feed.offset)
      draft.known = true
      return
    }
    if (marker === EOI)
      throw new ImageError(
        'corrupt',
        'Expected a JPEG height in SOF or DNL but received neither',
        feed.offset,
      )
  }
}

function exifFacts(body: Uint8Array): ReturnType<typeof readExifFacts> {
  return latin1(body, 0, 6) === 'Exif\0\0' ? readExifFacts(body.subarray(6)) : null
}
