// Gaussian blur over rows: which of the two ways a picture takes is its host's choice
// (src/image/steps/blur.ts), which also makes the kernels.
import { directPut, directStart, directTake } from './blur-direct'
import { shrinkPut, shrinkStart, shrinkTake } from './blur-shrink'

let shrinking = false

/**
 * Starts a picture. `step` 1 blurs by the kernel itself (i16 weights), a larger one through nodes
 * that many pixels apart (f32 weights). Returns 0, or -1 when the arena has no room.
 */
export function blurStart(width: i32, height: i32, bands: i32, step: i32, radius: i32, kernel: usize): i32 {
  shrinking = step > 1
  return shrinking
    ? shrinkStart(width, height, bands, step, radius, kernel)
    : directStart(width, height, bands, radius, kernel)
}

/** Takes up to `count` rows; returns how many. Fewer means that output must be taken first. */
export function blurPut(source: usize, count: i32, stride: u32): i32 {
  return shrinking ? shrinkPut(source, count, stride) : directPut(source, count, stride)
}

/** Gives up to `most` rows, without gaps, at `target`, which has 8 bytes to spare; returns how many. */
export function blurTake(target: usize, most: i32): i32 {
  return shrinking ? shrinkTake(target, most) : directTake(target, most)
}
