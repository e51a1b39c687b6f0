// What bins cost, in 1/256 bit, by the contexts as they are when a coding tree unit begins.

import { STATES } from './hevc-encode-cabac'
import { CONTEXTS, LAST_X, LAST_Y } from './hevc-encode-tables'

/** One bit. */
export const BIT: u32 = 256

/** Costs of 0 and 1 (u16 each) by state and most probable symbol. */
const stateCosts = memory.data(128 * 4, 16)
/** The same by context. */
const costs = memory.data(128 * 4, 16)
/** Costs of a last position's prefix: 16 × u16 for each of x and y, 4 sizes of luma, 3 of chroma. */
const lastCosts = memory.data(14 * 32, 16)

/** Fills what never changes. */
export function costsStart(): void {
  const decay = NativeMath.pow(0.01875 / 0.5, 1.0 / 63.0)
  for (let state = 0; state < 64; state++) {
    const least = 0.5 * NativeMath.pow(decay, <f64>state)
    const rare = <u32>(-NativeMath.log2(least) * 256 + 0.5)
    const usual = <u32>(-NativeMath.log2(1 - least) * 256 + 0.5)
    store<u32>(stateCosts + (state << 3), usual | (rare << 16))
    store<u32>(stateCosts + (state << 3), rare | (usual << 16), 4)
  }
}

/** Takes the contexts' states. */
export function costsFit(): void {
  for (let i: u32 = 0; i < CONTEXTS; i++) {
    store<u32>(costs + (i << 2), load<u32>(stateCosts + (<u32>load<u8>(STATES + i) << 2)))
  }
  let at = lastCosts
  for (let axis = 0; axis < 2; axis++) {
    const first = axis == 0 ? LAST_X : LAST_Y
    for (let log2: u32 = 2; log2 < 6; log2++, at += 32) {
      fitLast(at, log2, first + 3 * (log2 - 2) + ((log2 - 1) >> 2), (log2 + 1) >> 2)
    }
    for (let log2: u32 = 2; log2 < 5; log2++, at += 32) fitLast(at, log2, first + 15, log2 - 2)
  }
}

function fitLast(at: usize, log2: u32, first: u32, shift: u32): void {
  const most = (log2 << 1) - 1
  let sum: u32 = 0
  for (let prefix: u32 = 0; prefix <= most; prefix++) {
    const context = first + (prefix >> shift)
    const suffix = prefix > 3 ? ((prefix >> 1) - 1) * BIT : 0
    store<u16>(at + (prefix << 1), sum + (prefix < most ? cost(0, context) : 0) + suffix)
    if (prefix < most) sum += cost(1, context)
  }
}

// @ts-ignore: decorator
@inline
export function cost(bin: u32, context: u32): u32 {
  return <u32>load<u16>(costs + (context << 2) + (bin << 1))
}

/** Cost of a last position whose prefix groups are `x` and `y`. */
export function lastCost(log2: u32, chroma: u32, x: u32, y: u32): u32 {
  const row = lastCosts + ((log2 - 2 + chroma * 4) << 5)
  return <u32>load<u16>(row + (x << 1)) + <u32>load<u16>(row + 7 * 32 + (y << 1))
}
