// What coefficients cost in bits, and which probabilities suit a picture (RFC 6386, section 13).
// Costs are in 1/256 bit.

import { PROBABILITIES, probabilities } from './vp8-encode-bool'
import { BANDS, CATEGORY_BITS, COEFFICIENT_PROBABILITIES, UPDATE_PROBABILITIES } from './vp8-encode-tables'

/** Magnitudes with their own entry; the last stands for itself and all above. */
const LEVELS: u32 = 68

/** u16 per probability: cost of a 0 at that probability; a 1's is the cost at 256 minus it. */
const bitCosts = memory.data(257 * 2, 16)
/** u16 per magnitude: what its fixed-probability bits and sign cost. */
const fixedCosts = memory.data(2048 * 2, 16)
/** u16: type 4 × band 8 × context 3 × LEVELS. */
const levelCosts = memory.data(4 * 8 * 3 * LEVELS * 2, 16)
/** Per probability u32 zeros and u32 ones. */
const counts = memory.data(PROBABILITIES * 8, 16)

let ready = false

/** Cost of a boolean. */
export function bitCost(bit: u32, probability: u32): u32 {
  return load<u16>(bitCosts + ((bit ? 256 - probability : probability) << 1))
}

/** Fills the tables that depend on nothing, once for each instance. */
function prepare(): void {
  if (ready) return
  ready = true
  store<u16>(bitCosts, 2048)
  for (let p = 1; p <= 256; p++) {
    store<u16>(bitCosts + (p << 1), <u16>(-256 * Math.log2(<f64>p / 256) + 0.5))
  }
  for (let level: u32 = 1; level < 2048; level++) {
    let cost: u32 = 256
    if (level == 5 || level == 6) {
      cost += bitCost(level - 5, 159)
    } else if (level >= 7 && level <= 10) {
      cost += bitCost(level >= 9 ? 1 : 0, 165) + bitCost((level & 1) ^ 1, 145)
    } else if (level > 10) {
      const category: u32 = level >= 67 ? 3 : level >= 35 ? 2 : level >= 19 ? 1 : 0
      const bits = category == 3 ? 11 : 3 + <i32>category
      const rest = level - (3 + (8 << category))
      for (let bit = 0; bit < bits; bit++) {
        cost += bitCost((rest >> (bits - 1 - bit)) & 1, load<u8>(CATEGORY_BITS + category * 12 + bit))
      }
    }
    store<u16>(fixedCosts + (level << 1), cost)
  }
}

/** Cost of the nodes that tell magnitudes above 1 apart. */
function largeCost(level: u32, node: usize): u32 {
  if (level <= 4) {
    const cost = bitCost(0, load<u8>(node, 3))
    if (level == 2) return cost + bitCost(0, load<u8>(node, 4))
    return cost + bitCost(1, load<u8>(node, 4)) + bitCost(level - 3, load<u8>(node, 5))
  }
  let cost = bitCost(1, load<u8>(node, 3))
  if (level <= 10) {
    return cost + bitCost(0, load<u8>(node, 6)) + bitCost(level > 6 ? 1 : 0, load<u8>(node, 7))
  }
  const category: u32 = level >= 67 ? 3 : level >= 35 ? 2 : level >= 19 ? 1 : 0
  cost += bitCost(1, load<u8>(node, 6)) + bitCost(category >> 1, load<u8>(node, 8))
  return cost + bitCost(category & 1, load<u8>(node + 9 + (category >> 1)))
}

/** Starts with the default probabilities and no counts. */
export function costStart(): void {
  prepare()
  memory.copy(probabilities, COEFFICIENT_PROBABILITIES, PROBABILITIES)
  memory.fill(counts, 0, PROBABILITIES * 8)
  costLevels()
}

/** Makes the costs of levels from the present probabilities. */
export function costLevels(): void {
  for (let set: u32 = 0; set < 96; set++) {
    const node = probabilities + set * 11
    const table = levelCosts + set * LEVELS * 2
    // After a zero no end of block can come, so that nothing is spent on denying it.
    const open: u32 = set % 3 == 0 ? 0 : bitCost(1, load<u8>(node))
    store<u16>(table, open + bitCost(0, load<u8>(node, 1)))
    const base = open + bitCost(1, load<u8>(node, 1))
    store<u16>(table, base + bitCost(0, load<u8>(node, 2)) + 256, 2)
    const more = base + bitCost(1, load<u8>(node, 2))
    for (let level: u32 = 2; level < LEVELS; level++) {
      // The last entry stands for all larger magnitudes, whose fixed bits blockCost adds.
      const fixed: u32 = level == LEVELS - 1 ? 0 : load<u16>(fixedCosts + (level << 1))
      store<u16>(table + (level << 1), more + largeCost(level, node) + fixed)
    }
  }
}

function setOf(type: u32, position: i32, context: u32): u32 {
  return ((type << 3) + load<u8>(BANDS + position)) * 3 + context
}

/** Cost of a block's levels (zigzag order, i16) from `first` to `last`, less than `first` for none. */
export function blockCost(levels: usize, first: i32, last: i32, type: u32, context: u32): u32 {
  let set = setOf(type, first, context)
  const empty = load<u8>(probabilities + set * 11)
  if (last < first) return bitCost(0, empty)
  let cost: u32 = context == 0 ? bitCost(1, empty) : 0
  for (let n = first; n <= last; n++) {
    const level = <u32>abs(<i32>load<i16>(levels + (n << 1)))
    const entry = min(level, LEVELS - 1)
    cost += load<u16>(levelCosts + ((set * LEVELS + entry) << 1))
    if (level >= LEVELS - 1) cost += load<u16>(fixedCosts + (min(level, 2047) << 1))
    set = setOf(type, n + 1, min(level, 2))
  }
  return last < 15 ? cost + bitCost(0, load<u8>(probabilities + set * 11)) : cost
}

function seen(set: u32, node: u32, bit: u32): void {
  const at = counts + (((set * 11 + node) << 1) + bit) * 4
  store<u32>(at, load<u32>(at) + 1)
}

/** Counts what `putBlock` would code. */
export function countBlock(levels: usize, first: i32, last: i32, type: u32, context: u32): void {
  let set = setOf(type, first, context)
  if (last < first) {
    seen(set, 0, 0)
    return
  }
  seen(set, 0, 1)
  for (let n = first; ; ) {
    const level = <u32>abs(<i32>load<i16>(levels + (n << 1)))
    n++
    if (level == 0) {
      seen(set, 1, 0)
      set = setOf(type, n, 0)
      continue
    }
    seen(set, 1, 1)
    seen(set, 2, level > 1 ? 1 : 0)
    if (level > 1) countLarge(set, level)
    if (n == 16) return
    set = setOf(type, n, min(level, 2))
    seen(set, 0, n <= last ? 1 : 0)
    if (n > last) return
  }
}

function countLarge(set: u32, level: u32): void {
  seen(set, 3, level > 4 ? 1 : 0)
  if (level <= 4) {
    seen(set, 4, level != 2 ? 1 : 0)
    if (level != 2) seen(set, 5, level - 3)
    return
  }
  seen(set, 6, level > 10 ? 1 : 0)
  if (level <= 10) {
    seen(set, 7, level > 6 ? 1 : 0)
    return
  }
  const category: u32 = level >= 67 ? 3 : level >= 35 ? 2 : level >= 19 ? 1 : 0
  seen(set, 8, category >> 1)
  seen(set, 9 + (category >> 1), category & 1)
}

/** The probability of 0 that suits counts. */
function fitting(zeros: u32, ones: u32): u32 {
  return max(<u32>((<u64>zeros * 255 + ((zeros + ones) >> 1)) / (zeros + ones)), 1)
}

/** Sets each probability to what its counts ask for, where that pays for telling it. */
export function costFit(): void {
  for (let i = 0; i < PROBABILITIES; i++) {
    const zeros = load<u32>(counts + (i << 3))
    const ones = load<u32>(counts + (i << 3), 4)
    const old = <u32>load<u8>(COEFFICIENT_PROBABILITIES + i)
    let chosen = old
    if (zeros + ones > 0) {
      const fit = fitting(zeros, ones)
      const update = <u32>load<u8>(UPDATE_PROBABILITIES + i)
      const keep = <u64>zeros * bitCost(0, old) + <u64>ones * bitCost(1, old) + bitCost(0, update)
      const change = <u64>zeros * bitCost(0, fit) + <u64>ones * bitCost(1, fit) + bitCost(1, update) + 2048
      if (change < keep) chosen = fit
    }
    store<u8>(probabilities + i, chosen)
  }
}
