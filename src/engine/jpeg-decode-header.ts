// Marker segments (T.81 Annex B): frame, scan, tables, restart interval, and the application
// markers that say which colours the components are (JFIF, Adobe APP14).
import { noteEnd } from './jpeg-decode-bands'
import { AC_TABLE_BYTES, DC_TABLE_BYTES, buildTable } from './jpeg-decode-huffman'
import { inputOffset } from './jpeg-decode-input'
import {
  COLOUR_CMYK,
  COLOUR_GREY,
  COLOUR_RGB,
  COLOUR_YCC,
  COLOUR_YCCK,
  ERR_ARITHMETIC,
  ERR_COMPONENTS,
  ERR_CORRUPT,
  ERR_HEIGHT,
  ERR_LOSSLESS,
  ERR_NOT_JPEG,
  ERR_PRECISION,
  GO_ON,
  MAX_COMPONENTS,
  NEED_INPUT,
  component,
  d,
  scanned,
} from './jpeg-decode-state'
import { zigzag } from './jpeg-decode-tables'

const SOF0 = 0xc0
const SOF2 = 0xc2
const DHT = 0xc4
const JPG = 0xc8
const DAC = 0xcc
const RST0 = 0xd0
const SOI = 0xd8
const EOI = 0xd9
const SOS = 0xda
const DQT = 0xdb
const DRI = 0xdd
const APP0 = 0xe0
const APP14 = 0xee
const TEM = 0x01

/** What `readSegment` met. */
export const SEEN_SCAN = 10
export const SEEN_END = 11

export function dcTable(i: i32): usize {
  return d.tables + <usize>i * DC_TABLE_BYTES
}

export function acTable(i: i32): usize {
  return d.tables + 4 * DC_TABLE_BYTES + <usize>i * AC_TABLE_BYTES
}

export const TABLES_BYTES: usize = 4 * (DC_TABLE_BYTES + AC_TABLE_BYTES)

// @ts-ignore: decorator
@inline
function u16At(p: usize): i32 {
  return ((<i32>load<u8>(p)) << 8) | load<u8>(p, 1)
}

/**
 * Reads one marker segment, stray bytes before it included. A marker that ended an entropy-coded
 * segment is taken first. Answers GO_ON, NEED_INPUT, SEEN_SCAN, SEEN_END or an error.
 */
export function readSegment(): i32 {
  let marker = d.marker
  if (marker <= 0) {
    marker = findMarker()
    if (marker < 0) return d.eof ? SEEN_END : NEED_INPUT
    d.marker = marker
  }
  // Behind a scan, what no segment begins with is damage within its data.
  const belongs = marker == SOI || (marker >= RST0 && marker < SOI) || marker == TEM || (d.endWanted && marker < SOF0)
  if (d.endWanted && !belongs) noteEnd(inputOffset() - 2)
  if (marker == EOI) return SEEN_END
  if (belongs) {
    d.marker = 0
    return GO_ON
  }
  if (d.inEnd - d.inNext < 2) return d.eof ? SEEN_END : NEED_INPUT
  const length = u16At(d.inNext)
  if (length < 2) return ERR_CORRUPT
  const from = d.inNext + 2
  const wanted = isWanted(marker)
  if (<i32>(d.inEnd - d.inNext) < length) {
    if (d.eof) return SEEN_END
    // The window holds any segment whole; the host makes room when it brings more.
    return NEED_INPUT
  }
  d.inNext += length
  d.marker = 0
  if (!wanted) return GO_ON
  return readBody(marker, from, from + length - 2)
}

function isWanted(marker: i32): bool {
  return (marker >= SOF0 && marker <= 0xcf) || marker == SOS || marker == DQT || marker == DRI || marker == APP0 || marker == APP14
}

/** The next marker's code, or -1 where input runs out. Bytes that are no marker are skipped. */
function findMarker(): i32 {
  let p = d.inNext
  const end = d.inEnd
  const ff = i8x16.splat(-1)
  while (p + 1 < end) {
    while (p + 16 < end && !v128.any_true(i8x16.eq(v128.load(p), ff))) p += 16
    if (p + 1 >= end) break
    if (load<u8>(p) == 0xff) {
      const code = <i32>load<u8>(p, 1)
      if (code != 0 && code != 0xff) {
        d.inNext = p + 2
        return code
      }
      if (code == 0) p++
    }
    p++
  }
  d.inNext = p
  return -1
}

function readBody(marker: i32, p: usize, end: usize): i32 {
  if (marker == DQT) return readQuantisation(p, end)
  if (marker == DHT) return readHuffman(p, end)
  if (marker == SOS) return readScan(p, end)
  if (marker == DRI) {
    if (end - p < 2) return ERR_CORRUPT
    d.restartInterval = u16At(p)
    return GO_ON
  }
  if (marker == APP0) {
    if (end - p >= 5 && load<u32>(p) == 0x4649464a && load<u8>(p, 4) == 0) d.jfif = 1
    return GO_ON
  }
  if (marker == APP14) {
    if (end - p >= 12 && load<u32>(p) == 0x626f6441 && load<u8>(p, 4) == 0x65) {
      d.adobe = 1
      d.adobeTransform = load<u8>(p, 11)
    }
    return GO_ON
  }
  if (marker == DAC || (marker > JPG && marker <= 0xcf)) return ERR_ARITHMETIC
  if (marker > SOF2) return ERR_LOSSLESS
  return readFrame(marker, p, end)
}

function readQuantisation(p: usize, end: usize): i32 {
  while (p < end) {
    const head = <i32>load<u8>(p++)
    const wide = head >> 4
    const bytes: usize = wide ? 128 : 64
    if ((head & 15) > 3 || wide > 1 || end - p < bytes) return ERR_CORRUPT
    const table = d.quants + ((head & 15) << 7)
    for (let k: usize = 0; k < 64; k++) {
      const q = wide ? u16At(p + (k << 1)) : <i32>load<u8>(p + k)
      store<u16>(table + (<usize>load<u8>(zigzag + k) << 1), q)
    }
    p += bytes
  }
  return GO_ON
}

function readHuffman(p: usize, end: usize): i32 {
  while (p < end) {
    if (end - p < 17) return ERR_CORRUPT
    const head = <i32>load<u8>(p)
    let total = 0
    for (let i = 1; i <= 16; i++) total += load<u8>(p + i)
    if ((head & 15) > 3 || head >> 4 > 1 || total > 256 || <i32>(end - p) - 17 < total) return ERR_CORRUPT
    const dc = head >> 4 == 0
    const table = dc ? dcTable(head & 15) : acTable(head & 15)
    if (!buildTable(table, p + 1, p + 17, total, dc)) return ERR_CORRUPT
    p += 17 + total
  }
  return GO_ON
}

function readFrame(marker: i32, p: usize, end: usize): i32 {
  // In a later pass the frame is known.
  if (d.passes > 0) return GO_ON
  if (d.components != 0 || end - p < 6) return ERR_CORRUPT
  if (load<u8>(p) != 8) return ERR_PRECISION
  d.progressive = i32(marker == SOF2)
  d.height = u16At(p + 1)
  d.width = u16At(p + 3)
  const n = <i32>load<u8>(p, 5)
  if (d.height == 0) d.height = d.dnlHeight
  if (d.height == 0) return ERR_HEIGHT
  if (d.width == 0) return ERR_CORRUPT
  if (n != 1 && n != 3 && n != MAX_COMPONENTS) return ERR_COMPONENTS
  if (<i32>(end - p) < 6 + 3 * n) return ERR_CORRUPT
  d.hMax = 1
  d.vMax = 1
  for (let i = 0; i < n; i++) {
    const at = p + 6 + 3 * i
    const c = component(i)
    c.id = load<u8>(at)
    c.h = n == 1 ? 1 : load<u8>(at, 1) >> 4
    c.v = n == 1 ? 1 : load<u8>(at, 1) & 15
    c.tq = load<u8>(at, 2)
    if (c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 || c.tq > 3) return ERR_CORRUPT
    d.hMax = max(d.hMax, c.h)
    d.vMax = max(d.vMax, c.v)
  }
  d.components = n
  return GO_ON
}

function readScan(p: usize, end: usize): i32 {
  if (d.components == 0 || p >= end) return ERR_CORRUPT
  const n = <i32>load<u8>(p++)
  if (n < 1 || n > d.components || <i32>(end - p) < 2 * n + 3) return ERR_CORRUPT
  d.scanComponents = n
  let seen = 0
  for (let i = 0; i < n; i++, p += 2) {
    let index = 0
    while (index < d.components && (component(index).id != <i32>load<u8>(p) || ((seen >> index) & 1) != 0)) index++
    if (index == d.components) return ERR_CORRUPT
    seen |= 1 << index
    if (i == 0) d.scan0 = index
    else if (i == 1) d.scan1 = index
    else if (i == 2) d.scan2 = index
    else d.scan3 = index
    const tables = <i32>load<u8>(p, 1)
    if (tables >> 4 > 3 || (tables & 15) > 3) return ERR_CORRUPT
    const c = component(index)
    c.dc = dcTable(tables >> 4)
    c.ac = acTable(tables & 15)
    c.pred = 0
  }
  d.spectralStart = load<u8>(p)
  d.spectralEnd = load<u8>(p, 1)
  d.approxHigh = load<u8>(p, 2) >> 4
  d.approxLow = load<u8>(p, 2) & 15
  if (d.progressive) {
    if (d.spectralStart > d.spectralEnd || d.spectralEnd > 63 || d.approxLow > 13) return ERR_CORRUPT
    if (d.spectralStart == 0 ? d.spectralEnd != 0 : n != 1) return ERR_CORRUPT
  } else {
    d.spectralStart = 0
    d.spectralEnd = 63
    d.approxHigh = 0
    d.approxLow = 0
  }
  // A component's quantisation table is the one in force when its first scan begins.
  for (let i = 0; i < n; i++) {
    const c = scanned(i)
    if (c.hasQuant) continue
    c.hasQuant = 1
    memory.copy(c.quant, d.quants + (c.tq << 7), 128)
  }
  d.scans++
  return SEEN_SCAN
}

/** Which colours the components are: libjpeg's rules (`default_decompress_parms`). */
export function decideColour(): void {
  if (d.components == 1) d.colour = COLOUR_GREY
  else if (d.components == 4) d.colour = d.adobe && d.adobeTransform == 2 ? COLOUR_YCCK : COLOUR_CMYK
  else if (d.jfif) d.colour = COLOUR_YCC
  else if (d.adobe) d.colour = d.adobeTransform == 0 ? COLOUR_RGB : COLOUR_YCC
  else {
    const rgb = component(0).id == 82 && component(1).id == 71 && component(2).id == 66
    d.colour = rgb ? COLOUR_RGB : COLOUR_YCC
  }
}

/** The first two bytes: T.81 B.2.1. */
export function readStart(): i32 {
  if (d.inEnd - d.inNext < 2) return d.eof ? ERR_NOT_JPEG : NEED_INPUT
  if (u16At(d.inNext) != 0xffd8) return ERR_NOT_JPEG
  d.inNext += 2
  return GO_ON
}
