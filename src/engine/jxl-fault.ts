// What went wrong while a JPEG XL picture was decoded: the first fault is kept, and what runs on meanwhile stays in bounds.

/** The codestream ended within a section. */
export const TRUNCATED: i32 = 1
/** No encoder writes this. */
export const CORRUPT: i32 = 2
/** The arena lacks room. */
export const TOO_LARGE: i32 = 3
// From here on: what this decoder leaves out, by name (src/image/codecs/jxl-rows.ts).
export const LAYERS: i32 = 16
export const PATCHES: i32 = 17
export const SPLINES: i32 = 18
export const LF_FRAMES: i32 = 19
export const NOISE: i32 = 20
export const SUBSAMPLED: i32 = 21
export const ENLARGED: i32 = 22
export const WHOLE: i32 = 23
export const NO_EIGHTH: i32 = 24

let first: i32 = 0

export function faultClear(): void {
  first = 0
}

/** The first fault; 0 where there was none. */
// @ts-ignore: decorator
@inline
export function fault(): i32 {
  return first
}

/** Keeps a fault, if it is the first. Returns false. */
export function fail(code: i32): bool {
  if (first == 0) first = code
  return false
}
