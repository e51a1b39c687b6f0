// Frame headers of JPEG XL (ISO/IEC 18181-1:2024 annex F): how the frame is coded, how it is filtered, and where its
// sections lie.
import { alloc } from './arena'
import { alignToByte, bits, bitsAt, bitsChecked, bitsOpen, f16, flag, u32Of, u64Of } from './jxl-bits'
import { numbersOpen, numbersWhole, readCode, windowOf } from './jxl-entropy'
import { CORRUPT, ENLARGED, fail, fault, LAYERS, LF_FRAMES, NOISE, PATCHES, SPLINES, SUBSAMPLED, TOO_LARGE, TRUNCATED } from './jxl-fault'
import { readPermutation } from './jxl-order'

// What the image header says.
export let imageWidth: i32 = 0
export let imageHeight: i32 = 0
export let isXyb: bool = false
/** Bits per sample. */
export let sampleBits: i32 = 8
/** 1 where it is grey, and not stored as XYB; else 3. */
export let colourChannels: i32 = 3
export let extraChannels: i32 = 0
let isAnimated: bool = false
let hasTimecode: bool = false

export function setImage(width: i32, height: i32, xyb: bool, depth: i32, grey: bool, extra: i32, animated: bool, timecode: bool): void {
  imageWidth = width
  imageHeight = height
  isXyb = xyb
  sampleBits = depth
  colourChannels = grey && !xyb ? 1 : 3
  extraChannels = extra
  isAnimated = animated
  hasTimecode = timecode
}

// What the frame header says.
/** Of the coded frame, which may be enlarged. */
export let width: i32 = 0
export let height: i32 = 0
export let isModular: bool = false
export let isYcc: bool = false
/** 1, 2, 4 or 8: how much the decoded frame is enlarged. */
export let enlarging: i32 = 1
export let groupShift: i32 = 8
export let xScale: i32 = 3
export let bScale: i32 = 2
export let passes: i32 = 1
export let smoothsLf: bool = true
export let hasNoise: bool = false
/** Of the three colours: whether halved across, and down. */
export const acrossHalves: StaticArray<i32> = [0, 0, 0]
export const downHalves: StaticArray<i32> = [0, 0, 0]
/** Whether blocks come in pairs, across and down: 1 or 0. */
export let pairsAcross: i32 = 0
export let pairsDown: i32 = 0

const shifts: StaticArray<i32> = changetype<StaticArray<i32>>(memory.data((16) * 4, 16))
const bounds: StaticArray<i32> = changetype<StaticArray<i32>>(memory.data((16) * 4, 16))
const lasts: StaticArray<i32> = changetype<StaticArray<i32>>(memory.data((16) * 4, 16))
let boundCount: i32 = 0

/** By how many bits a pass's numbers are shifted. */
export function passShift(pass: i32): i32 {
  return unchecked(shifts[pass])
}

// How it is filtered.
export let gaborish: bool = true
/** Weights of the sides and corners for each colour. */
export const gaborWeights: StaticArray<f32> = changetype<StaticArray<f32>>(memory.data((6) * 4, 16))
export let epfRounds: i32 = 2
export const epfSharp: StaticArray<f32> = changetype<StaticArray<f32>>(memory.data((8) * 4, 16))
export const epfScale: StaticArray<f32> = changetype<StaticArray<f32>>(memory.data((3) * 4, 16))
export let epfQuant: f32 = 0.46
export let epfFirst: f32 = 0.9
export let epfLast: f32 = 6.5
export let epfBorder: f32 = 0.6666667
export let epfModular: f32 = 1

// Groups.
export let groupsAcross: i32 = 0
export let groupsDown: i32 = 0
export let lfGroupsAcross: i32 = 0
export let lfGroupsDown: i32 = 0

// Sections: where each begins and ends, u32 pairs.
let sections: usize = 0
export let sectionCount: i32 = 0

/** A side as it is in the frame header. */
function side(): i32 {
  return <i32>u32Of(0, 8, 256, 11, 2304, 14, 18688, 30)
}

function ceilDiv(value: i32, by: i32): i32 {
  return (value + by - 1) / by
}

/** Reads the header of the frame at the reader's place, and its table of contents. Returns whether it can be decoded. */
export function readFrame(end: usize): bool {
  isModular = false
  isYcc = false
  enlarging = 1
  groupShift = 8
  xScale = isXyb ? 3 : 2
  bScale = 2
  passes = 1
  boundCount = 0
  smoothsLf = true
  hasNoise = false
  width = imageWidth
  height = imageHeight
  pairsAcross = 0
  pairsDown = 0
  for (let i = 0; i < 3; i++) {
    unchecked((acrossHalves[i] = 0))
    unchecked((downHalves[i] = 0))
  }
  for (let i = 0; i < 16; i++) unchecked((shifts[i] = 0))
  usualFilters()
  // All defaults: a picture of one VarDCT frame.
  if (!flag() && !readFields()) return false
  if (!bitsChecked()) return false
  width = ceilDiv(width, enlarging)
  height = ceilDiv(height, enlarging)
  const group = 1 << groupShift
  groupsAcross = ceilDiv(width, group)
  groupsDown = ceilDiv(height, group)
  lfGroupsAcross = ceilDiv(width, group * 8)
  lfGroupsDown = ceilDiv(height, group * 8)
  return readSections(end)
}

function usualFilters(): void {
  gaborish = true
  for (let i = 0; i < 6; i += 2) {
    unchecked((gaborWeights[i] = 0.115169525))
    unchecked((gaborWeights[i + 1] = 0.061248592))
  }
  epfRounds = 2
  for (let i = 0; i < 8; i++) unchecked((epfSharp[i] = <f32>i / 7))
  unchecked((epfScale[0] = 40))
  unchecked((epfScale[1] = 5))
  unchecked((epfScale[2] = 3.5))
  epfQuant = 0.46
  epfFirst = 0.9
  epfLast = 6.5
  epfBorder = 0.6666667
  epfModular = 1
}

function readFields(): bool {
  const type = bits(2)
  if (type == 1) return fail(LF_FRAMES)
  if (type == 2) return fail(PATCHES)
  if (type != 0) return fail(LAYERS)
  isModular = flag()
  const flags = u64Of()
  if (flags & 2) return fail(PATCHES)
  if (flags & 16) return fail(SPLINES)
  if (flags & 32) return fail(LF_FRAMES)
  if (flags & 1) return fail(NOISE)
  smoothsLf = (flags & 128) == 0
  isYcc = !isXyb && flag()
  if (isYcc) readSubsampling()
  enlarging = <i32>u32Of(1, 0, 2, 0, 4, 0, 8, 0)
  for (let i = 0; i < extraChannels; i++) {
    const own = <i32>u32Of(1, 0, 2, 0, 4, 0, 8, 0)
    if (own != 1 || enlarging != 1) return fail(ENLARGED)
  }
  if (isModular) groupShift = 7 + <i32>bits(2)
  else if (isXyb) {
    xScale = <i32>bits(3)
    bScale = <i32>bits(3)
  }
  readPasses()
  if (flag()) {
    const left = side()
    const top = side()
    const across = side()
    const down = side()
    // A frame that is all of the picture may say so.
    if (left != 0 || top != 0 || across != imageWidth || down != imageHeight) return fail(LAYERS)
  }
  if (!readBlending()) return false
  for (let i = 0; i < extraChannels; i++) if (!readBlending()) return false
  let duration: u32 = 0
  if (isAnimated) {
    duration = u32Of(0, 0, 1, 0, 0, 8, 0, 32)
    if (hasTimecode) bits(32)
  }
  const isLast = flag()
  // Frames of no duration are layers of the one that follows.
  if (!isLast && duration == 0) return fail(LAYERS)
  // Where it is kept for later frames: whether as it is before its colours are turned to the picture's.
  if (!isLast && bits(2) != 0) flag()
  const name = <i32>u32Of(0, 0, 0, 4, 16, 5, 48, 10)
  for (let i = 0; i < name; i++) bits(8)
  if (!readFilters() || !skipExtensions()) return false
  if (!isSubsampled()) return true
  // Low frequencies of other sizes can't be smoothed together.
  return isModular ? fail(SUBSAMPLED) : !smoothsLf || fail(CORRUPT)
}

function readSubsampling(): void {
  for (let i = 0; i < 3; i++) {
    const mode = bits(2)
    unchecked((acrossHalves[i] = mode == 1 || mode == 2 ? 1 : 0))
    unchecked((downHalves[i] = mode == 1 || mode == 3 ? 1 : 0))
    pairsAcross |= unchecked(acrossHalves[i])
    pairsDown |= unchecked(downHalves[i])
  }
  for (let i = 0; i < 3; i++) {
    unchecked((acrossHalves[i] = pairsAcross - acrossHalves[i]))
    unchecked((downHalves[i] = pairsDown - downHalves[i]))
  }
}

/** Whether a colour has fewer samples than pixels. */
export function isSubsampled(): bool {
  for (let i = 0; i < 3; i++) if (unchecked(acrossHalves[i]) + unchecked(downHalves[i]) > 0) return true
  return false
}

function readPasses(): void {
  passes = <i32>u32Of(1, 0, 2, 0, 3, 0, 4, 3)
  if (passes == 1) return
  boundCount = <i32>u32Of(0, 0, 1, 0, 2, 0, 3, 1)
  if (boundCount >= passes) fail(CORRUPT)
  for (let i = 0; i < passes - 1; i++) unchecked((shifts[i] = <i32>bits(2)))
  for (let i = 0; i < boundCount; i++) unchecked((bounds[i] = <i32>u32Of(1, 0, 2, 0, 4, 0, 8, 0)))
  for (let i = 0; i < boundCount; i++) unchecked((lasts[i] = <i32>u32Of(0, 0, 1, 0, 2, 0, 0, 3)))
}

/** Of the channels that a pass has, the least halving and the most (§F.4). */
export let leastHalving: i32 = 0
export let mostHalving: i32 = 0

/** Settles which channels a pass has. */
export function passHalvings(pass: i32): void {
  let most = 2
  let least = 3
  for (let i = 0; i <= pass; i++) {
    for (let j = 0; j < boundCount; j++) {
      if (i == unchecked(lasts[j])) least = 31 - clz(unchecked(bounds[j]))
    }
    if (i + 1 == passes) least = 0
    if (i != pass) most = least - 1
  }
  leastHalving = least
  mostHalving = most
}

/** What becomes of the canvas: the first frame's must be all of it. */
function readBlending(): bool {
  const mode = <i32>u32Of(0, 0, 1, 0, 2, 0, 3, 2)
  return mode == 0 || fail(LAYERS)
}

function readFilters(): bool {
  if (flag()) return true
  gaborish = flag()
  if (gaborish && flag()) for (let i = 0; i < 6; i++) unchecked((gaborWeights[i] = f16()))
  epfRounds = <i32>bits(2)
  if (epfRounds > 0) {
    if (!isModular && flag()) for (let i = 0; i < 8; i++) unchecked((epfSharp[i] = f16()))
    if (flag()) {
      for (let i = 0; i < 3; i++) unchecked((epfScale[i] = f16()))
      bits(32)
    }
    if (flag()) {
      if (!isModular) epfQuant = f16()
      epfFirst = f16()
      epfLast = f16()
      epfBorder = f16()
    }
    if (isModular) epfModular = f16()
    if (epfModular < 1e-8) return fail(CORRUPT)
  }
  return skipExtensions()
}

function skipExtensions(): bool {
  let which = u64Of()
  let total: u64 = 0
  for (; which > 0; which >>= 1) if (which & 1) total += u64Of()
  if (total > 1 << 20) return fail(CORRUPT)
  for (; total >= 32; total -= 32) bits(32)
  bits(<i32>total)
  return bitsChecked()
}

function readSections(end: usize): bool {
  const groups = <i64>groupsAcross * groupsDown
  const lfGroups = <i64>lfGroupsAcross * lfGroupsDown
  const all = groups == 1 && passes == 1 ? 1 : 2 + lfGroups + groups * passes
  if (all > 1 << 20) return fail(TOO_LARGE)
  sectionCount = <i32>all
  sections = alloc(<usize>sectionCount << 3)
  const order = alloc(<usize>sectionCount << 2)
  const sizes = alloc(<usize>sectionCount << 2)
  if (sections == 0 || order == 0 || sizes == 0) return fail(TOO_LARGE)
  for (let i = 0; i < sectionCount; i++) store<i32>(order + (<usize>i << 2), i)
  if (flag()) {
    const code = readCode(8)
    if (!code) return false
    if (!numbersOpen(code, 0, windowOf(code, <u32>sectionCount + 1))) return false
    if (!readPermutation(code, order, sectionCount, 0) || !numbersWhole()) return false
  }
  alignToByte()
  for (let i = 0; i < sectionCount; i++) {
    store<u32>(sizes + (<usize>i << 2), u32Of(0, 10, 1024, 14, 17408, 22, 4211712, 30))
    if (!bitsChecked()) return false
  }
  alignToByte()
  if (!bitsChecked() || fault() != 0) return false
  let at = <u64>bitsAt()
  const starts = alloc(<usize>sectionCount << 2)
  if (starts == 0) return fail(TOO_LARGE)
  for (let i: usize = 0; i < <usize>sectionCount; i++) {
    store<u32>(starts + (i << 2), <u32>at)
    at += load<u32>(sizes + (i << 2))
    if (at > <u64>end) return fail(TRUNCATED)
  }
  // The table tells the sizes in the order in which they lie.
  for (let i: usize = 0; i < <usize>sectionCount; i++) {
    const lies = <usize>load<u32>(order + (i << 2)) << 2
    const start = load<u32>(starts + lies)
    store<u32>(sections + (i << 3), start)
    store<u32>(sections + (i << 3), start + load<u32>(sizes + lies), 4)
  }
  return true
}

/** Begins to read a section. Where the frame is one section, its parts follow each other. */
export function openSection(index: i32): void {
  if (sectionCount == 1 && index > 0) return
  const place = sections + (<usize>index << 3)
  bitsOpen(load<u32>(place), load<u32>(place, 4))
}

/** Numbers of sections. */
export function lfSection(group: i32): i32 {
  return 1 + group
}

export function hfSection(): i32 {
  return 1 + lfGroupsAcross * lfGroupsDown
}

export function groupSection(pass: i32, group: i32): i32 {
  return 2 + lfGroupsAcross * lfGroupsDown + pass * groupsAcross * groupsDown + group
}
