// For tests: the HEVC encoder's kernels work on blocks that lie in static memory.

import { EDGE } from './hevc-encode-edges'
import { PREDICTION } from './hevc-encode-predict'
import { tablesStart } from './hevc-encode-tables'
import { COEFFICIENTS, RESIDUAL, transformStart } from './hevc-encode-transform'

/** Prepares the kernels. */
export function hevcKernels(): void {
  tablesStart()
  transformStart()
}

/** Where they lie: 0 RESIDUAL, 1 COEFFICIENTS, 2 PREDICTION (rows of 32 bytes), 3 EDGE. */
export function hevcScratch(which: i32): usize {
  return which == 0 ? RESIDUAL : which == 1 ? COEFFICIENTS : which == 2 ? PREDICTION : EDGE
}
