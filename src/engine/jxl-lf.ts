// The low frequencies of JPEG XL's VarDCT frames (ISO/IEC 18181-1:2024 §G.1–G.2): how numbers are scaled, a picture of an
// eighth of the size, and for each block how it is coded.
import { alloc, arenaMark, arenaRelease } from './arena'
import { bits, bitsChecked, f16, flag, signed, u32Of } from './jxl-bits'
import { Channel } from './jxl-channel'
import { readClusters } from './jxl-entropy'
import { CORRUPT, fail, fault, TOO_LARGE } from './jxl-fault'
import { acrossHalves, downHalves, height, isSubsampled, lfGroupsAcross, lfGroupsDown, pairsAcross, pairsDown, smoothsLf, width } from './jxl-frame'
import { addChannel, channelAt, makeChannels, readStream } from './jxl-modular'
import { blocksAcross, blocksDown, lastKind } from './jxl-kinds'
import { SHAPES } from './jxl-order'

/** What the low frequencies of X, Y and B are multiplied by. */
export const lfFactors: StaticArray<f32> = [0, 0, 0]
export let globalScale: f32 = 1
let lfScale: f32 = 1

// Chroma from luma.
export let correlationScale: f32 = 1 / 84
export let baseX: f32 = 0
export let baseB: f32 = 1
let lfX: f32 = 0
let lfB: f32 = 1

// Contexts of blocks.
const thresholds: StaticArray<i32> = changetype<StaticArray<i32>>(memory.data((48) * 4, 16))
const thresholdCounts: StaticArray<i32> = [0, 0, 0]
const quantThresholds: StaticArray<i32> = changetype<StaticArray<i32>>(memory.data((16) * 4, 16))
let quantThresholdCount: i32 = 0
let lfContexts: i32 = 1
export let blockContexts: i32 = 15
let contextMap: usize = 0

const USUAL_CONTEXTS: StaticArray<u8> = [
  0, 1, 2, 2, 3, 3, 4, 5, 6, 6, 6, 6, 6, 7, 8, 9, 9, 10, 11, 12, 13, 14, 14, 14, 14, 14, 7, 8, 9, 9, 10, 11, 12, 13, 14,
  14, 14, 14, 14,
]

// Planes by block: the low frequencies, what is coded in each.
export let lfWidth: i32 = 0
export let lfHeight: i32 = 0
/** Three planes of f32; of a halved colour only the beginnings of rows, or the first rows, are used. */
export let lfPlanes: usize = 0
/** The kind of transform, plus 128 where a block of it begins; 255 where none is yet. */
export let kinds: usize = 0
/** Of the multiplier, one less. */
export let quants: usize = 0
export let sharpness: usize = 0
/** Which low frequencies it has, for contexts. */
export let lfIndices: usize = 0
/** Colour correlation of tiles of 8 × 8 blocks: of X, then of B. */
export let tilesAcross: i32 = 0
export let tileX: usize = 0
export let tileB: usize = 0
/** Kinds of transform that are used, a bit each. */
export let usedKinds: u32 = 0

/** Reads what dequantises the low frequencies, of any frame. */
export function readLfFactors(): bool {
  const usual = flag()
  for (let i = 0; i < 3; i++) {
    const value: f32 = usual ? (i == 0 ? 1.0 / 4096 : i == 1 ? 1.0 / 512 : 1.0 / 256) : f16() / 128
    if (!(value > 1e-8)) return fail(CORRUPT)
    unchecked((lfFactors[i] = value))
  }
  return true
}

/** Reads the rest of what stands before a VarDCT frame's groups, up to the tree. */
export function readLfGlobal(): bool {
  globalScale = <f32>u32Of(1, 11, 2049, 11, 4097, 12, 8193, 16) / 65536
  lfScale = 1 / (globalScale * <f32>u32Of(16, 0, 1, 5, 1, 8, 1, 16))
  if (!readContexts()) return false
  correlationScale = 1.0 / 84
  baseX = 0
  baseB = 1
  let x = 0
  let b = 0
  if (!flag()) {
    correlationScale = 1 / <f32>u32Of(84, 0, 256, 0, 2, 8, 258, 16)
    baseX = f16()
    baseB = f16()
    if (!(abs(baseX) <= 4) || !(abs(baseB) <= 4)) return fail(CORRUPT)
    x = <i32>bits(8) - 128
    b = <i32>bits(8) - 128
  }
  lfX = baseX + <f32>x * correlationScale
  lfB = baseB + <f32>b * correlationScale
  return bitsChecked()
}

function readContexts(): bool {
  lfContexts = 1
  quantThresholdCount = 0
  for (let c = 0; c < 3; c++) unchecked((thresholdCounts[c] = 0))
  if (flag()) {
    contextMap = changetype<usize>(USUAL_CONTEXTS)
    blockContexts = 15
    return true
  }
  for (let c = 0; c < 3; c++) {
    const count = <i32>bits(4)
    unchecked((thresholdCounts[c] = count))
    for (let i = 0; i < count; i++) unchecked((thresholds[c * 16 + i] = signed(u32Of(0, 4, 16, 8, 272, 16, 65808, 32))))
    lfContexts *= count + 1
  }
  quantThresholdCount = <i32>bits(4)
  for (let i = 0; i < quantThresholdCount; i++) {
    unchecked((quantThresholds[i] = <i32>u32Of(0, 2, 4, 3, 12, 5, 44, 8) + 1))
  }
  const all = lfContexts * (quantThresholdCount + 1)
  if (all > 64) return fail(CORRUPT)
  contextMap = alloc(<usize>(3 * SHAPES * all))
  if (contextMap == 0) return fail(TOO_LARGE)
  blockContexts = readClusters(contextMap, 3 * SHAPES * all)
  return (fault() == 0 && blockContexts <= 16) || fail(CORRUPT)
}

/** The context of a block's colour. @param quant its multiplier */
// @ts-ignore: decorator
@inline
export function blockContext(lfIndex: i32, quant: i32, shape: i32, colour: i32): i32 {
  let step = 0
  for (let i = 0; i < quantThresholdCount; i++) if (quant > unchecked(quantThresholds[i])) step++
  const place = (colour < 2 ? colour ^ 1 : 2) * SHAPES + shape
  return <i32>load<u8>(contextMap + <usize>((place * (quantThresholdCount + 1) + step) * lfContexts + lfIndex))
}

/** Sets how many blocks there are, of a frame without low frequencies of its own. */
export function setLfSize(): void {
  lfWidth = (width + 7) >> 3
  lfHeight = (height + 7) >> 3
}

/** Takes room for the planes. @param lfAlone whether nothing but the low frequencies is wanted */
export function lfStart(lfAlone: bool): bool {
  setLfSize()
  // Colours that are halved have whole blocks.
  lfWidth = (lfWidth + pairsAcross) & ~pairsAcross
  lfHeight = (lfHeight + pairsDown) & ~pairsDown
  usedKinds = 0
  const blocks = <usize>lfWidth * <usize>lfHeight
  lfPlanes = alloc(blocks * 12)
  if (lfPlanes == 0) return fail(TOO_LARGE)
  if (lfAlone) return true
  tilesAcross = (lfWidth + 7) >> 3
  const tiles = <usize>tilesAcross * <usize>((lfHeight + 7) >> 3)
  kinds = alloc(blocks)
  quants = alloc(blocks)
  sharpness = alloc(blocks)
  lfIndices = alloc(blocks)
  tileX = alloc(tiles)
  tileB = alloc(tiles)
  if (kinds == 0 || quants == 0 || sharpness == 0 || lfIndices == 0 || tileX == 0 || tileB == 0) return fail(TOO_LARGE)
  memory.fill(kinds, 255, blocks)
  return true
}

/** Reads a group's low frequencies. */
export function readLfCoefficients(group: i32, tree: usize): bool {
  const mark = arenaMark()
  const left = (group % lfGroupsAcross) * 256
  const top = (group / lfGroupsAcross) * 256
  const across = min(256, lfWidth - left)
  const down = min(256, lfHeight - top)
  const precision: f32 = 1 / <f32>(1 << bits(2))
  const channels = makeChannels(8)
  if (!channels) return false
  // Y comes first.
  for (let i = 0; i < 3; i++) {
    const c = i == 0 ? 1 : i == 1 ? 0 : 2
    if (!addChannel(channels, i, across >> unchecked(acrossHalves[c]), down >> unchecked(downHalves[c]), 0, 0)) return false
  }
  if (!readStream(channels, tree, 1 + group)) return false
  const plane = <usize>lfWidth * <usize>lfHeight * 4
  for (let i = 0; i < 3; i++) {
    const c = i == 0 ? 1 : i == 1 ? 0 : 2
    const channel = channelAt(channels, i)
    const factor = unchecked(lfFactors[c]) * lfScale * precision
    const share: f32 = isSubsampled() || c == 1 ? <f32>0 : c == 0 ? lfX : lfB
    for (let y = 0; y < channel.height; y++) {
      const from = channel.data + <usize>y * channel.stride
      const column = left >> unchecked(acrossHalves[c])
      const row = (top >> unchecked(downHalves[c])) + y
      const place = (<usize>row * <usize>lfWidth + <usize>column) << 2
      const to = lfPlanes + <usize>c * plane + place
      const luma = lfPlanes + plane + place
      for (let x: usize = 0; x < <usize>channel.width; x++) {
        let value = <f32>load<i32>(from + (x << 2)) * factor
        if (share != 0) value += share * load<f32>(luma + (x << 2))
        store<f32>(to + (x << 2), value)
      }
    }
  }
  if (lfIndices != 0) indexLf(channelAt(channels, 0), channelAt(channels, 1), channelAt(channels, 2), left, top, across, down)
  arenaRelease(mark)
  return fault() == 0
}

// @ts-ignore: decorator
@inline
function above(channel: Channel, c: i32, x: i32, y: i32): i32 {
  x = min(x >> unchecked(acrossHalves[c]), channel.width - 1)
  y = min(y >> unchecked(downHalves[c]), channel.height - 1)
  const value = load<i32>(channel.data + <usize>y * channel.stride + (<usize>x << 2))
  let count = 0
  for (let i = 0; i < unchecked(thresholdCounts[c]); i++) if (value > unchecked(thresholds[c * 16 + i])) count++
  return count
}

function indexLf(luma: Channel, first: Channel, second: Channel, left: i32, top: i32, across: i32, down: i32): void {
  for (let y = 0; y < down; y++) {
    const to = lfIndices + <usize>(top + y) * <usize>lfWidth + <usize>left
    if (lfContexts <= 1) {
      memory.fill(to, 0, <usize>across)
      continue
    }
    for (let x = 0; x < across; x++) {
      const b = above(first, 0, x, y) * (unchecked(thresholdCounts[2]) + 1) + above(second, 2, x, y)
      store<u8>(to + x, <u8>(b * (unchecked(thresholdCounts[1]) + 1) + above(luma, 1, x, y)))
    }
  }
}

/** Reads how a group's blocks are coded. */
export function readBlocks(group: i32, tree: usize): bool {
  const mark = arenaMark()
  const left = (group % lfGroupsAcross) * 256
  const top = (group / lfGroupsAcross) * 256
  const across = min(256, lfWidth - left)
  const down = min(256, lfHeight - top)
  const most = across * down
  const count = <i32>bits(most <= 1 ? 0 : 32 - clz(most - 1)) + 1
  if (count > most) return fail(CORRUPT)
  const channels = makeChannels(8)
  if (!channels) return false
  const tiles = (across + 7) >> 3
  const tileRows = (down + 7) >> 3
  if (!addChannel(channels, 0, tiles, tileRows, 3, 3) || !addChannel(channels, 1, tiles, tileRows, 3, 3)) return false
  if (!addChannel(channels, 2, count, 2, 0, 0) || !addChannel(channels, 3, across, down, 0, 0)) return false
  if (!readStream(channels, tree, 1 + 2 * lfGroupsAcross * lfGroupsDown + group)) return false
  for (let c = 0; c < 2; c++) {
    const channel = channelAt(channels, c)
    for (let y = 0; y < tileRows; y++) {
      const to = (c == 0 ? tileX : tileB) + <usize>((top >> 3) + y) * <usize>tilesAcross + <usize>(left >> 3)
      const from = channel.data + <usize>y * channel.stride
      for (let x = 0; x < tiles; x++) store<i8>(to + x, <i8>max(-128, min(127, load<i32>(from + (<usize>x << 2)))))
    }
  }
  const coded = channelAt(channels, 2)
  const sharp = channelAt(channels, 3)
  let next = 0
  for (let y = 0; y < down; y++) {
    const row = <usize>(top + y) * <usize>lfWidth + <usize>left
    for (let x = 0; x < across; x++) {
      const value = load<i32>(sharp.data + <usize>y * sharp.stride + (<usize>x << 2))
      if (value < 0 || value > 7) return fail(CORRUPT)
      store<u8>(sharpness + row + x, <u8>value)
      if (load<u8>(kinds + row + x) != 255) continue
      if (next >= count) return fail(CORRUPT)
      const kind = load<i32>(coded.data + (<usize>next << 2))
      const quant = <u8>max(0, min(255, load<i32>(coded.data + coded.stride + (<usize>next << 2))))
      next++
      if (kind < 0 || kind > lastKind) return fail(CORRUPT)
      const wide = blocksAcross(kind)
      const tall = blocksDown(kind)
      if (wide + tall > 2 && isSubsampled()) return fail(CORRUPT)
      if (x + wide > min(across, (x & ~31) + 32) || y + tall > min(down, (y & ~31) + 32)) return fail(CORRUPT)
      usedKinds |= <u32>1 << kind
      for (let dy = 0; dy < tall; dy++) {
        const to = row + <usize>dy * <usize>lfWidth + <usize>x
        for (let dx = 0; dx < wide; dx++) {
          if (load<u8>(kinds + to + dx) != 255) return fail(CORRUPT)
          store<u8>(kinds + to + dx, <u8>(kind | (dx + dy == 0 ? 128 : 0)))
          store<u8>(quants + to + dx, quant)
        }
      }
    }
  }
  arenaRelease(mark)
  return fault() == 0
}

const SIDE: f32 = 0.20345139757231578
const CORNER: f32 = 0.0334829185968739
const MIDDLE: f32 = 1 - 4 * (SIDE + CORNER)

/** Smooths the low frequencies where that is less than their steps (§G.2.3). */
export function smoothLf(): bool {
  if (!smoothsLf || lfWidth <= 2 || lfHeight <= 2) return true
  const mark = arenaMark()
  const stride = <usize>lfWidth << 2
  const plane = stride * <usize>lfHeight
  // The row above as it was, and the one that is made anew: three planes of each.
  const old = alloc(stride * 6)
  if (old == 0) return fail(TOO_LARGE)
  const fresh = old + stride * 3
  for (let y = 0; y < lfHeight; y++) {
    const row = lfPlanes + <usize>y * stride
    if (y > 0 && y < lfHeight - 1) {
      for (let x: usize = 4; x < stride - 4; x += 4) {
        let gap: f32 = 0.5
        for (let c: usize = 0; c < 3; c++) {
          const at = row + c * plane + x
          const up = old + c * stride + x
          const below = at + stride
          const middle = load<f32>(at)
          const corners = load<f32>(up - 4) + load<f32>(up, 4) + load<f32>(below - 4) + load<f32>(below, 4)
          const sides = load<f32>(at - 4) + load<f32>(at, 4) + load<f32>(up) + load<f32>(below)
          const smooth = corners * CORNER + sides * SIDE + middle * MIDDLE
          gap = max(gap, abs(middle - smooth) / (unchecked(lfFactors[<i32>c]) * lfScale))
          store<f32>(fresh + c * stride + x, smooth)
        }
        const share = max(<f32>0, 3 - 4 * gap)
        for (let c: usize = 0; c < 3; c++) {
          const middle = load<f32>(row + c * plane + x)
          const to = fresh + c * stride + x
          store<f32>(to, (load<f32>(to) - middle) * share + middle)
        }
      }
    }
    for (let c: usize = 0; c < 3; c++) {
      const at = row + c * plane
      memory.copy(old + c * stride, at, stride)
      if (y > 0 && y < lfHeight - 1) memory.copy(at + 4, fresh + c * stride + 4, stride - 8)
    }
  }
  arenaRelease(mark)
  return true
}
