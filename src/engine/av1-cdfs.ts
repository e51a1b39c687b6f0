// The distributions of a tile at its start (AV1 specification, init_non_coeff_cdfs and init_coeff_cdfs in
// section 7.20), spread from the tables to what the symbol decoder reads.

import { CDFS, COEFFICIENT_RUNS, MODE_CDFS, MODE_RUNS, MODE_VALUES } from './av1-cdf-tables'
import { COEFFICIENTS_0, COEFFICIENTS_1, COEFFICIENTS_2, COEFFICIENTS_3 } from './av1-coefficient-tables'

/** Bytes of one distribution. */
function bytesOf(symbols: i32): i32 {
  return symbols == 2 ? 4 : symbols <= 4 ? 8 : symbols <= 8 ? 16 : 32
}

function spread(runs: usize, values: usize, to: usize): void {
  for (let symbols = <i32>load<u16>(runs); symbols != 0; symbols = <i32>load<u16>(runs)) {
    const bytes = bytesOf(symbols)
    for (let i = <i32>load<u16>(runs, 2); i > 0; i--) {
      for (let j = 0; j < symbols - 1; j++) {
        store<u16>(to + (j << 1), <u16>(32768 - <i32>load<u16>(values)))
        values += 2
      }
      to += bytes
    }
    to = (to + 15) & ~15
    runs += 4
  }
}

/**
 * Writes the distributions that tiles begin with to `to`, CDFS bytes at a multiple of 16 that are 0.
 * @param baseQ base_q_idx
 */
export function cdfsStart(to: usize, baseQ: i32): void {
  memory.fill(to, 0, CDFS)
  spread(MODE_RUNS, MODE_VALUES, to)
  const values = baseQ <= 20 ? COEFFICIENTS_0 : baseQ <= 60 ? COEFFICIENTS_1 : baseQ <= 120 ? COEFFICIENTS_2 : COEFFICIENTS_3
  spread(COEFFICIENT_RUNS, values, to + MODE_CDFS)
}
