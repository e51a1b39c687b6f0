// JPEG XL stills (ISO/IEC 18181-1:2024) by rows: the file is held, and of the picture a row of groups of 256 pixels and the
// few rows that filters look at. Of VarDCT frames the picture of an eighth of the size may be had alone.
import { alloc } from './arena'
import { bits, bitsChecked, bitsOpen, flag } from './jxl-bits'
import { chromaRow, doubleRow, halvedDown, widenRow } from './jxl-chroma'
import { enlargeRow, enlargeStart } from './jxl-enlarge'
import { fail, fault, faultClear, NO_EIGHTH, TOO_LARGE } from './jxl-fault'
import { epfRow, epfStart, gaborRow } from './jxl-filters'
import { colourChannels, downHalves, enlarging, epfRounds, extraChannels, gaborish, groupsAcross, groupShift, groupSection, height, hfSection, imageHeight, imageWidth, isModular, isSubsampled, isXyb, lfGroupsAcross, lfGroupsDown, lfSection, openSection, passes, readFrame, sampleBits, setImage, width } from './jxl-frame'
import { behindCoefficients, hfTarget, readHfGlobal, readHfGroup } from './jxl-hf'
import { lfFactors, lfHeight, lfPlanes, lfStart, lfWidth, readBlocks, readLfCoefficients, readLfFactors, readLfGlobal, setLfSize, smoothLf } from './jxl-lf'
import { endLine, lineAt, Lines, makeLines } from './jxl-lines'
import { outputRow, outputStart, pixelBytes } from './jxl-output'
import { bandEnd, bandStart, planeRow, readGroupPlanes, readLfPlanes, readPlanes } from './jxl-planes'
import { readTree } from './jxl-tree'

export { jxlColour } from './jxl-output'

/** Rows that are handed out together, at least where there are so many. */
const STRIP: i32 = 16
/** Rows that come at once at the end of a picture: as far as all filters look. */
const BEHIND: i32 = 12

const GABOR: i32 = 0
const EPF: i32 = 1
const ENLARGE: i32 = 4
const CHROMA: i32 = 5

// Filters in their order: what each does, its rows, and how many it has given.
const stages: StaticArray<i32> = changetype<StaticArray<i32>>(memory.data((6) * 4, 16))
const stageLines: StaticArray<usize> = changetype<StaticArray<usize>>(memory.data((6) * 4, 16))
const given: StaticArray<i32> = changetype<StaticArray<i32>>(memory.data((6) * 4, 16))
let stageCount: i32 = 0

let lfAlone: bool = false
let tree: usize = 0
/** Rows of the frame that went into the filters. */
let fed: i32 = 0
/** Rows of groups that were read. */
let bands: i32 = 0

// A row of groups of a VarDCT frame: three planes of f32.
let pixels: usize = 0
let pixelRow: usize = 0
let pixelPlane: usize = 0

/** Three rows of colours on their way, and those of alpha that wait for the filters. */
let scratch: usize = 0
let scratchLine: usize = 0
let alphaRows: usize = 0
let alphaChannel: i32 = -1
const ALPHA_ROWS: i32 = 16

// What is handed out.
let output: usize = 0
let outputWidth: i32 = 0
let outputStride: i32 = 0
let ready: i32 = 0
let room: i32 = 0

/** Says what the image header says. Returns a fault, or 0. @param alpha which extra channel is alpha; -1 none */
export function jxlImage(across: i32, down: i32, xyb: bool, depth: i32, grey: bool, extra: i32, alpha: i32, animated: bool, timecode: bool): i32 {
  faultClear()
  setImage(across, down, xyb, depth, grey, extra, animated, timecode)
  alphaChannel = alpha
  return fault()
}

/** Settles the samples; see `outputStart`. */
export function jxlOutput(grey: bool, alphaBits: i32, sixteen: bool): usize {
  return outputStart(grey, alphaBits, sixteen)
}

/** Reads the frame's header alone: a fault, or 0. */
function jxlHeader(from: usize, end: usize): i32 {
  bitsOpen(from, end)
  readFrame(end)
  return fault()
}

/** Begins to decode. @param alone whether a picture of an eighth of the size is asked for. Returns a fault, or 0. */
export function jxlOpen(from: usize, end: usize, alone: bool): i32 {
  if (jxlHeader(from, end) != 0) return fault()
  lfAlone = alone
  if (lfAlone && (isModular || enlarging != 1 || extraChannels != 0)) fail(NO_EIGHTH)
  if (fault() != 0) return fault()
  fed = 0
  bands = 0
  ready = 0
  if (!readGlobal() || !readLfGroups() || !start()) fail(TOO_LARGE)
  return fault()
}

/** Width of what is handed out, and its height. */
export function jxlWidth(): i32 {
  return outputWidth
}

export function jxlHeight(): i32 {
  return lfAlone ? (height + 7) >> 3 : imageHeight
}

/** Where rows are handed out, and their bytes. */
export function jxlOut(): usize {
  return output
}

export function jxlStride(): i32 {
  return outputStride
}

function readGlobal(): bool {
  openSection(0)
  if (!readLfFactors()) return false
  if (!isModular && !readLfGlobal()) return false
  tree = 0
  if (flag()) {
    const samples = <i64>width * height * (colourChannels + extraChannels)
    tree = readTree(<i32>min<i64>(1 << 20, 1024 + samples / 16))
    if (tree == 0) return false
  }
  return readPlanes(tree) && bitsChecked()
}

function readLfGroups(): bool {
  if (isModular) setLfSize()
  else if (!lfStart(lfAlone)) return false
  for (let group = 0; group < lfGroupsAcross * lfGroupsDown; group++) {
    openSection(lfSection(group))
    if (!isModular && !readLfCoefficients(group, tree)) return false
    if (lfAlone) continue
    if (!readLfPlanes(group)) return false
    if (!isModular && !readBlocks(group, tree)) return false
  }
  if (isModular) return true
  if (!smoothLf()) return false
  if (lfAlone) return true
  openSection(hfSection())
  return readHfGlobal(tree)
}

function stage(kind: i32, reach: i32): bool {
  unchecked((stages[stageCount] = kind))
  unchecked((given[stageCount] = 0))
  unchecked((stageLines[stageCount] = makeLines(width, height, reach)))
  stageCount++
  return fault() == 0
}

/** Takes room for rows on their way. */
function start(): bool {
  stageCount = 0
  outputWidth = lfAlone ? (width + 7) >> 3 : imageWidth
  outputStride = outputWidth * pixelBytes()
  room = STRIP + BEHIND * enlarging
  output = alloc(<usize>outputStride * <usize>room)
  scratchLine = (<usize>outputWidth + 8) << 2
  scratch = alloc(scratchLine * 3)
  if (output == 0 || scratch == 0) return false
  if (lfAlone) return true
  if (alphaChannel >= 0) {
    alphaRows = alloc(<usize>width * <usize>(4 * ALPHA_ROWS))
    if (alphaRows == 0) return false
  }
  if (halvedDown() && !stage(CHROMA, 1)) return false
  if (gaborish && !stage(GABOR, 1)) return false
  if (epfRounds > 0) {
    if (!epfStart()) return false
    if (epfRounds == 3 && !stage(EPF, 3)) return false
    if (!stage(EPF + 1, 2)) return false
    if (epfRounds >= 2 && !stage(EPF + 2, 1)) return false
  }
  if (enlarging > 1) {
    if (!enlargeStart(enlarging) || !stage(ENLARGE, 2)) return false
  }
  if (!isModular) {
    pixelRow = <usize>lfWidth << 5
    pixelPlane = pixelRow * <usize>min(256, lfHeight * 8)
    pixels = alloc(pixelPlane * 3 + 64)
    if (pixels == 0) return false
    hfTarget(pixels, pixelPlane, pixelRow)
  }
  return true
}

/** Decodes the next rows. Returns how many there are, 0 behind the last; a fault as a negative number. */
export function jxlRead(): i32 {
  ready = 0
  if (lfAlone) readLf()
  else while (ready < STRIP && fed < height && fault() == 0) feed()
  return fault() != 0 ? -fault() : ready
}

function readLf(): void {
  const row = <usize>lfWidth << 2
  const plane = row * <usize>lfHeight
  const rows = jxlHeight()
  for (; ready < STRIP && fed < rows; fed++) {
    let from = lfPlanes + <usize>fed * row
    let between = plane
    if (isSubsampled()) {
      for (let c = 0; c < 3; c++) {
        const own = <usize>(fed >> unchecked(downHalves[c])) * row
        doubleRow(c, lfPlanes + <usize>c * plane + own, outputWidth, scratch + <usize>c * scratchLine)
      }
      from = scratch
      between = scratchLine
    }
    outputRow(from, between, 0, outputWidth, output + <usize>(ready++ * outputStride))
  }
}

/** Feeds the next row of the frame into the filters. */
function feed(): void {
  const group = 1 << groupShift
  if (fed == bands << groupShift && !readBand()) return
  if (alphaChannel >= 0) {
    const from = planeRow((isModular ? colourChannels : 0) + alphaChannel, fed)
    memory.copy(alphaRows + <usize>(fed % ALPHA_ROWS) * (<usize>width << 2), from, <usize>width << 2)
  }
  let to = scratch
  let line = scratchLine
  if (stageCount > 0) {
    const lines = changetype<Lines>(unchecked(stageLines[0]))
    to = lineAt(lines, fed)
    line = lines.line
  }
  if (isModular) modularRow(fed, to, line)
  else {
    for (let c = 0; c < 3; c++) {
      const row = <usize>((fed & (group - 1)) >> unchecked(downHalves[c]))
      widenRow(c, pixels + <usize>c * pixelPlane + row * pixelRow, width, to + <usize>c * line)
    }
  }
  if (stageCount > 0) flow(0, fed)
  else finish(fed, to, line)
  fed++
}

/** A row of a modular frame as f32. */
function modularRow(y: i32, to: usize, line: usize): void {
  const most: f32 = 1 / <f32>((<u64>1 << sampleBits) - 1)
  for (let c = 0; c < 3; c++) {
    // XYB is stored as Y, X, and B less Y.
    const own = isXyb ? (c == 0 ? 1 : c == 1 ? 0 : 2) : colourChannels == 1 ? 0 : c
    const from = planeRow(own, y)
    const luma = isXyb && c == 2 ? planeRow(0, y) : 0
    const factor = isXyb ? unchecked(lfFactors[c]) : most
    const out = to + <usize>c * line
    for (let x: usize = 0; x < <usize>width << 2; x += 4) {
      let value = load<i32>(from + x)
      if (luma != 0) value += load<i32>(luma + x)
      store<f32>(out + x, <f32>value * factor)
    }
  }
}

/** Reads the next row of groups. */
function readBand(): bool {
  bandStart(bands << groupShift)
  const first = bands * groupsAcross
  for (let group = first; group < first + groupsAcross; group++) {
    if (!isModular) {
      // Groups lie side by side in the row.
      if (!readHfGroup(group)) return false
    }
    for (let pass = 0; pass < passes; pass++) {
      if (isModular) openSection(groupSection(pass, group))
      else behindCoefficients(pass)
      if (!readGroupPlanes(pass, group)) return false
      if (!bitsChecked()) return false
    }
  }
  bands++
  return bandEnd()
}

/** Gives what a filter can make, now that it has row `y`. */
function flow(index: i32, y: i32): void {
  const lines = changetype<Lines>(unchecked(stageLines[index]))
  endLine(lines, y)
  const last = y == height - 1 ? y : y - lines.reach
  for (let row = unchecked(given[index]); row <= last; row++) {
    unchecked((given[index] = row + 1))
    const kind = unchecked(stages[index])
    if (kind == ENLARGE) {
      for (let i = 0; i < enlarging; i++) {
        const at = row * enlarging + i
        if (at >= imageHeight) return
        enlargeRow(lines, row, i, imageWidth, scratch, scratchLine)
        finish(at, scratch, scratchLine)
      }
      continue
    }
    let to = scratch
    let line = scratchLine
    if (index + 1 < stageCount) {
      const next = changetype<Lines>(unchecked(stageLines[index + 1]))
      to = lineAt(next, row)
      line = next.line
    }
    if (kind == CHROMA) chromaRow(lines, row, to, line)
    else if (kind == GABOR) gaborRow(lines, row, to, line)
    else epfRow(lines, row, kind - EPF, to, line)
    if (index + 1 < stageCount) flow(index + 1, row)
    else finish(row, to, line)
  }
}

/** Writes a finished row's samples. */
function finish(y: i32, from: usize, line: usize): void {
  if (ready >= room) return
  const alpha = alphaChannel >= 0 ? alphaRows + <usize>(y % ALPHA_ROWS) * (<usize>width << 2) : 0
  outputRow(from, line, alpha, outputWidth, output + <usize>(ready++ * outputStride))
}
