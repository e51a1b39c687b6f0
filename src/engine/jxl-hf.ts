// The high frequencies of JPEG XL's VarDCT frames (ISO/IEC 18181-1:2024 §I.2–I.4): what all groups share, and the
// coefficients of a group's blocks, which become pixels one block after the other.
import { alloc, arenaMark, arenaRelease } from './arena'
import { bits, bitsChecked, BITS_BYTES, bitsRestore, bitsSave, signed, u32Of } from './jxl-bits'
import { inverseBlock } from './jxl-blocks'
import { dctStart, inverseDct, lowestCoefficients } from './jxl-dct'
import { Code, numbersOpen, NUMBERS_BYTES, numbersRestore, numbersSave, numbersWhole, readClustered, readCode, readNumber, windowOf } from './jxl-entropy'
import { CORRUPT, fail, fault, TOO_LARGE } from './jxl-fault'
import { acrossHalves, bScale, downHalves, groupSection, groupsAcross, groupsDown, openSection, passes, passShift, sectionCount, xScale } from './jxl-frame'
import { blocksAcross, blocksDown, shapeOf } from './jxl-kinds'
import { baseB, baseX, blockContext, blockContexts, correlationScale, globalScale, kinds, lfHeight, lfIndices, lfPlanes, lfWidth, quants, tileB, tilesAcross, tileX, usedKinds } from './jxl-lf'
import { naturalOrder, readPermutation, shapeSize, SHAPES } from './jxl-order'
import { readWeights, tableSize, weightsOf } from './jxl-weights'
import { tableOf } from './jxl-kinds'

const NONZERO_BUCKETS: i32 = 37
const DENSITIES: i32 = 458

const FREQUENCY: StaticArray<u8> = [
  0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 15, 16, 16, 17, 17, 18, 18, 19, 19, 20, 20, 21, 21, 22, 22,
  23, 23, 23, 23, 24, 24, 24, 24, 25, 25, 25, 25, 26, 26, 26, 26, 27, 27, 27, 27, 28, 28, 28, 28, 29, 29, 29, 29, 30,
  30, 30, 30,
]
const LEFT: StaticArray<u8> = [
  0, 0, 31, 62, 62, 93, 93, 93, 93, 123, 123, 123, 123, 152, 152, 152, 152, 152, 152, 152, 152, 180, 180, 180, 180, 180,
  180, 180, 180, 180, 180, 180, 180, 206, 206, 206, 206, 206, 206, 206, 206, 206, 206, 206, 206, 206, 206, 206, 206,
  206, 206, 206, 206, 206, 206, 206, 206, 206, 206, 206, 206, 206, 206, 206,
]

const MOST_PASSES: i32 = 11

/** Codes of each pass. */
const codes: StaticArray<usize> = changetype<StaticArray<usize>>(memory.data((MOST_PASSES) * 4, 16))
/** The natural orders, of u16; 0 where none is made yet. */
const naturals: StaticArray<usize> = changetype<StaticArray<usize>>(memory.data(SHAPES * 4, 16))
/** Orders of each pass, by shape and colour: u16 each. */
const orders: StaticArray<usize> = changetype<StaticArray<usize>>(memory.data((MOST_PASSES * SHAPES * 3) * 4, 16))
let presets: i32 = 1

// Of the group that is read, for each pass: its readers' places, its preset's first context, a byte for each block and
// colour of how many coefficients it has.
const readers: StaticArray<usize> = changetype<StaticArray<usize>>(memory.data((MOST_PASSES) * 4, 16))
const firsts: StaticArray<i32> = changetype<StaticArray<i32>>(memory.data((MOST_PASSES) * 4, 16))
const counts: StaticArray<usize> = changetype<StaticArray<usize>>(memory.data((MOST_PASSES) * 4, 16))

/** Numbers of a block's coefficients, three colours, which become coefficients where they lie; zero in between. */
let numbers: usize = 0
/** Of the largest block. */
const MOST_COEFFICIENTS: i32 = 65536
let largest: i32 = 64

/** What small numbers are taken for, of X, Y and B, and by how much large ones are less. */
const biases: StaticArray<f32> = [0.9453499, 0.9299455, 0.9500649, 0.145]

function widthOf(count: i32): i32 {
  return count <= 1 ? 0 : 32 - clz(count - 1)
}

/** Reads what all groups share. */
export function readHfGlobal(tree: usize): bool {
  let used = usedKinds
  if (used == 0) used = 1
  if (!readWeights(tree, used)) return false
  presets = <i32>bits(widthOf(groupsAcross * groupsDown)) + 1
  for (let i = 0; i < SHAPES; i++) unchecked((naturals[i] = 0))
  // An order is made in room that blocks of the largest size take later.
  numbers = alloc(<usize>MOST_COEFFICIENTS * 4)
  if (numbers == 0) return fail(TOO_LARGE)
  const work = numbers
  for (let pass = 0; pass < passes; pass++) {
    if (!readOrders(pass, used, work)) return false
    const code = readCode(presets * blockContexts * (NONZERO_BUCKETS + DENSITIES))
    if (!code || !bitsChecked()) return false
    unchecked((codes[pass] = changetype<usize>(code)))
  }
  unchecked((scales[0] = Mathf.pow(0.8, <f32>(xScale - 2))))
  unchecked((scales[2] = Mathf.pow(0.8, <f32>(bScale - 2))))
  let side = 8
  largest = 64
  for (let kind = 0; kind < 27; kind++) {
    if ((used & (<u32>1 << kind)) == 0) continue
    largest = max(largest, tableSize(tableOf(kind)))
    side = max(side, 8 * max(blocksAcross(kind), blocksDown(kind)))
  }
  // Small blocks' fit there.
  if (largest * 3 > MOST_COEFFICIENTS) numbers = alloc(<usize>largest * 12)
  if (numbers == 0) return fail(TOO_LARGE)
  memory.fill(numbers, 0, <usize>largest * 12)
  return dctStart(side)
}

/** Writes an order as u16. */
function keepOrder(from: usize, size: i32): usize {
  const order = alloc(<usize>size << 1)
  if (order == 0) {
    fail(TOO_LARGE)
    return 0
  }
  for (let i: usize = 0; i < <usize>size; i++) store<u16>(order + (i << 1), load<u16>(from + (i << 2)))
  return order
}

function readOrders(pass: i32, used: u32, work: usize): bool {
  const coded = u32Of(0x5f, 0, 0x13, 0, 0, 0, 0, 13)
  let code: Code | null = null
  if (coded != 0) {
    code = readCode(8)
    // A number for each place, and one for each order.
    let most: u32 = 3 * <u32>SHAPES
    for (let shape = 0; shape < SHAPES; shape++) if (coded & (<u32>1 << shape)) most += 3 * <u32>shapeSize(shape)
    if (!code || !numbersOpen(code, 0, windowOf(code, most))) return false
  }
  let shapes: u32 = 0
  for (let kind = 0; kind < 27; kind++) if (used & (<u32>1 << kind)) shapes |= <u32>1 << shapeOf(kind)
  for (let shape = 0; shape < SHAPES; shape++) {
    const isUsed = (shapes & (<u32>1 << shape)) != 0
    const size = shapeSize(shape)
    for (let c = 0; c < 3; c++) {
      const at = (pass * SHAPES + shape) * 3 + c
      if (code && (coded & (<u32>1 << shape)) != 0) {
        naturalOrder(shape, work)
        if (!readPermutation(code, work, size, size >> 6)) return false
        if (isUsed) unchecked((orders[at] = keepOrder(work, size)))
      } else if (isUsed) {
        if (unchecked(naturals[shape]) == 0) {
          naturalOrder(shape, work)
          unchecked((naturals[shape] = keepOrder(work, size)))
        }
        unchecked((orders[at] = naturals[shape]))
      }
      if (fault() != 0) return false
    }
  }
  return coded == 0 || numbersWhole()
}

// Where pixels go.
let pixels: usize = 0
let plane: usize = 0
let stride: usize = 0

/** Sets where pixels go: three planes of rows of f32, of a row of groups. */
export function hfTarget(to: usize, bytesOfPlane: usize, bytesOfRow: usize): void {
  pixels = to
  plane = bytesOfPlane
  stride = bytesOfRow
}

/** Reads a group's coefficients and makes its pixels. Leaves the reader of the last pass behind them. */
export function readHfGroup(group: i32): bool {
  const mark = arenaMark()
  const left = (group % groupsAcross) * 32
  const top = (group / groupsAcross) * 32
  const across = min(32, lfWidth - left)
  const down = min(32, lfHeight - top)
  const many = passes > 1
  for (let pass = 0; pass < passes; pass++) {
    openSection(groupSection(pass, group))
    const preset = <i32>bits(widthOf(presets))
    if (preset >= presets) return fail(CORRUPT)
    unchecked((firsts[pass] = preset * blockContexts * (NONZERO_BUCKETS + DENSITIES)))
    const code = changetype<Code>(unchecked(codes[pass]))
    // A group has at most as many numbers as pixels, and one more for each block.
    if (!numbersOpen(code, 0, windowOf(code, 3 * 65536 + 3 * 1024))) return false
    const own = alloc(3 * 1024)
    if (own == 0) return fail(TOO_LARGE)
    unchecked((counts[pass] = own))
    if (many) {
      const reader = alloc(BITS_BYTES + NUMBERS_BYTES)
      if (reader == 0) return fail(TOO_LARGE)
      unchecked((readers[pass] = reader))
      bitsSave(reader)
      numbersSave(reader + BITS_BYTES)
    }
  }
  for (let y = 0; y < down; y++) {
    const row = <usize>(top + y) * <usize>lfWidth + <usize>left
    for (let x = 0; x < across; x++) {
      const kind = <i32>load<u8>(kinds + row + x)
      if ((kind & 128) == 0) continue
      let any = 0
      for (let pass = 0; pass < passes; pass++) {
        if (many) {
          bitsRestore(unchecked(readers[pass]))
          numbersRestore(unchecked(readers[pass]) + BITS_BYTES)
        }
        const found = readBlock(pass, kind & 127, x, y, row + x)
        if (found < 0) return false
        any |= found
        if (many) {
          bitsSave(unchecked(readers[pass]))
          numbersSave(unchecked(readers[pass]) + BITS_BYTES)
        }
      }
      makePixels(kind & 127, any, x, y, left, top)
    }
    if (!bitsChecked()) return false
  }
  for (let pass = 0; pass < passes; pass++) {
    if (many) {
      bitsRestore(unchecked(readers[pass]))
      numbersRestore(unchecked(readers[pass]) + BITS_BYTES)
    }
    if (!numbersWhole() || !bitsChecked()) return false
    if (many && sectionCount > 1) bitsSave(unchecked(readers[pass]))
  }
  if (many) for (let pass = 0; pass < passes; pass++) savedPass(pass)
  arenaRelease(mark)
  return fault() == 0
}

/** Where a pass's section goes on behind the coefficients. */
const behind: StaticArray<u8> = changetype<StaticArray<u8>>(memory.data((MOST_PASSES * 32) * 1, 16))

function savedPass(pass: i32): void {
  memory.copy(changetype<usize>(behind) + <usize>(pass * 32), unchecked(readers[pass]), BITS_BYTES)
}

/** Goes on reading a pass's section behind the coefficients. */
export function behindCoefficients(pass: i32): void {
  if (passes > 1) bitsRestore(changetype<usize>(behind) + <usize>(pass * 32))
}

/** Reads a block's numbers of one pass. Returns which colours have any, a bit each; -1 after a fault. */
function readBlock(pass: i32, kind: i32, x: i32, y: i32, at: usize): i32 {
  const code = changetype<Code>(unchecked(codes[pass]))
  const wide = blocksAcross(kind)
  const tall = blocksDown(kind)
  const blocks = wide * tall
  const logBlocks = 31 - clz(blocks)
  const size = blocks << 6
  const shape = shapeOf(kind)
  const lfIndex = <i32>load<u8>(lfIndices + at)
  const shift = passShift(pass)
  let any = 0
  for (let i = 0; i < 3; i++) {
    const c = i == 0 ? 1 : i == 1 ? 0 : 2
    const own = unchecked(counts[pass]) + <usize>(c << 10)
    const acrossShift = unchecked(acrossHalves[c])
    const downShift = unchecked(downHalves[c])
    const bx = x >> acrossShift
    const by = y >> downShift
    if (bx << acrossShift != x || by << downShift != y) continue
    const place = own + <usize>(by * 32 + bx)
    let expected: i32
    if (bx == 0) expected = by == 0 ? 32 : <i32>load<u8>(place - 32)
    else if (by == 0) expected = <i32>load<u8>(place - 1)
    else expected = (<i32>load<u8>(place - 32) + <i32>load<u8>(place - 1) + 1) >> 1
    // The place that it has among blocks of its own colour.
    const quant = <i32>load<u8>(quants + at - <usize>(x - bx)) + 1
    const context = blockContext(lfIndex, quant, shape, c)
    const bucket = expected < 8 ? expected : expected < 64 ? 4 + (expected >> 1) : 36
    let left = <i32>readNumber(code, <usize>(unchecked(firsts[pass]) + bucket * blockContexts + context))
    if (left < 0 || left > size - blocks) {
      fail(CORRUPT)
      return -1
    }
    const share = <u8>((left + blocks - 1) >> logBlocks)
    for (let dy = 0; dy < tall; dy++) memory.fill(place + <usize>(dy * 32), share, <usize>wide)
    if (left == 0) continue
    any |= 1 << c
    const first = code.clusters + <usize>(unchecked(firsts[pass]) + blockContexts * NONZERO_BUCKETS + DENSITIES * context)
    const order = unchecked(orders[(pass * SHAPES + shape) * 3 + c])
    const to = numbers + <usize>(c * largest) * 4
    let before = left > size >> 4 ? 0 : 1
    const round = blocks - 1
    for (let k = blocks; k < size; k++) {
      const density =
        (<i32>unchecked(LEFT[((left + round) >> logBlocks) & 63]) + <i32>unchecked(FREQUENCY[k >> logBlocks])) * 2 + before
      const number = readClustered(code, <usize>load<u8>(first + density))
      if (number == 0) {
        before = 0
        continue
      }
      before = 1
      const where = to + (<usize>load<u16>(order + (<usize>k << 1)) << 2)
      store<i32>(where, load<i32>(where) + (signed(number) << shift))
      if (--left == 0) break
    }
    if (left != 0) {
      fail(CORRUPT)
      return -1
    }
  }
  return fault() == 0 ? any : -1
}

/** Numbers to coefficients, four at once. */
// @ts-ignore: decorator
@inline
function dequantise(number: v128, bias: v128, large: v128): v128 {
  const value = f32x4.convert_i32x4_s(number)
  const isSmall = i32x4.lt_s(i32x4.abs(number), i32x4.splat(2))
  const small = f32x4.mul(value, bias)
  return v128.bitselect(small, f32x4.sub(value, f32x4.div(large, value)), isSmall)
}

/** What the weights of X, Y and B are multiplied by. */
const scales: StaticArray<f32> = [1, 1, 1]

function makePixels(kind: i32, any: i32, x: i32, y: i32, left: i32, top: i32): void {
  const wide = blocksAcross(kind)
  const tall = blocksDown(kind)
  const size = (wide * tall) << 6
  const at = <usize>(top + y) * <usize>lfWidth + <usize>(left + x)
  const step = <f32>1 / (globalScale * <f32>(<i32>load<u8>(quants + at) + 1))
  const weights = weightsOf(kind)
  const bytes = <usize>size << 2
  const planeOfLf = <usize>lfWidth * <usize>lfHeight * 4
  const luma = numbers + <usize>largest * 4
  for (let i = 0; i < 3; i++) {
    const c = i == 0 ? 1 : i == 1 ? 0 : 2
    const acrossShift = unchecked(acrossHalves[c])
    const downShift = unchecked(downHalves[c])
    const bx = x >> acrossShift
    const by = y >> downShift
    if (bx << acrossShift != x || by << downShift != y) continue
    const to = numbers + <usize>(c * largest) * 4
    const own = weights + <usize>(c * size) * 4
    let share: f32 = 0
    if (c != 1 && any & 2) {
      const tile = <usize>((top + y) >> 3) * <usize>tilesAcross + <usize>((left + x) >> 3)
      share =
        c == 0
          ? baseX + <f32>load<i8>(tileX + tile) * correlationScale
          : baseB + <f32>load<i8>(tileB + tile) * correlationScale
    }
    if (any & (1 << c)) {
      const factor = f32x4.splat(step * unchecked(scales[c]))
      const bias = f32x4.splat(unchecked(biases[c]))
      const large = f32x4.splat(unchecked(biases[3]))
      for (let k: usize = 0; k < bytes; k += 16) {
        const value = dequantise(v128.load(to + k), bias, large)
        v128.store(to + k, f32x4.mul(f32x4.mul(value, v128.load(own + k)), factor))
      }
    }
    if (share != 0) {
      const times = f32x4.splat(share)
      for (let k: usize = 0; k < bytes; k += 16) {
        v128.store(to + k, f32x4.add(v128.load(to + k), f32x4.mul(times, v128.load(luma + k))))
      }
    }
  }
  for (let c = 0; c < 3; c++) {
    const acrossShift = unchecked(acrossHalves[c])
    const downShift = unchecked(downHalves[c])
    const bx = x >> acrossShift
    const by = y >> downShift
    if (bx << acrossShift != x || by << downShift != y) continue
    const to = numbers + <usize>(c * largest) * 4
    const out = pixels + <usize>c * plane + <usize>(by * 8) * stride + <usize>((left >> acrossShift) + bx) * 32
    const lfx = (left >> acrossShift) + bx
    const lfy = (top >> downShift) + by
    const means = lfPlanes + <usize>c * planeOfLf + ((<usize>lfy * <usize>lfWidth + <usize>lfx) << 2)
    if (wide + tall == 2) {
      store<f32>(to, load<f32>(means))
      if (kind == 0) {
        if ((any & ((1 << c) | 2)) == 0) flat(out, load<f32>(means))
        else inverseDct(to, 8, 8, out, stride)
      } else inverseBlock(kind, to, out, stride)
    } else {
      lowestCoefficients(means, <usize>lfWidth << 2, wide, tall, to, 8 * max(wide, tall))
      inverseDct(to, 8 * wide, 8 * tall, out, stride)
    }
    memory.fill(to, 0, bytes)
  }
}

/** A block of one value. */
function flat(to: usize, value: f32): void {
  const all = f32x4.splat(value)
  for (let y: usize = 0; y < 8; y++) {
    v128.store(to + y * stride, all)
    v128.store(to + y * stride, all, 16)
  }
}
