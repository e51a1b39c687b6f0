// Halved colours of JPEG XL's frames, as JPEGs have them that were recompressed (ISO/IEC 18181-1:2024 §J.4.3): each sample
// becomes two, of three quarters of it and one of its neighbour on that side.
import { acrossHalves, downHalves } from './jxl-frame'
import { lineAt, Lines } from './jxl-lines'

// @ts-ignore: decorator
@inline
function between(near: v128, far: v128): v128 {
  return f32x4.add(f32x4.mul(near, f32x4.splat(0.75)), f32x4.mul(far, f32x4.splat(0.25)))
}

/** Whether a colour has fewer rows than the picture. */
export function halvedDown(): bool {
  for (let c = 0; c < 3; c++) if (unchecked(downHalves[c]) > 0) return true
  return false
}

/**
 * Puts a row of a colour in its place, widened where it is halved across.
 * @param from its first sample, f32; a number before it and 4 behind it can be read
 * @param width of the picture; `to` has room for 7 more
 */
export function widenRow(c: i32, from: usize, width: i32, to: usize): void {
  if (unchecked(acrossHalves[c]) == 0) {
    memory.copy(to, from, <usize>width << 2)
    return
  }
  const samples = <usize>((width + 1) >> 1)
  for (let x: usize = 0; x < samples << 2; x += 16) {
    const own = v128.load(from + x)
    const left = between(own, v128.load(from + x - 4))
    const right = between(own, v128.load(from + x, 4))
    v128.store(to + (x << 1), v128.shuffle<i32>(left, right, 0, 4, 1, 5))
    v128.store(to + (x << 1), v128.shuffle<i32>(left, right, 2, 6, 3, 7), 16)
  }
  // Beyond the picture's sides lie the outermost samples once more.
  const last = (samples - 1) << 2
  store<f32>(to, load<f32>(from))
  store<f32>(to + (last << 1), load<f32>(from + last), 4)
}

/** A row of the picture, of rows in which halved colours have each of theirs twice. @param line bytes to the next colour */
export function chromaRow(lines: Lines, y: i32, to: usize, line: usize): void {
  const row = lineAt(lines, y)
  const beside = lineAt(lines, (y & 1) == 0 ? y - 1 : y + 1)
  const bytes = <usize>lines.width << 2
  for (let c: usize = 0; c < 3; c++) {
    const from = row + c * lines.line
    const out = to + c * line
    if (unchecked(downHalves[<i32>c]) == 0) {
      memory.copy(out, from, bytes)
      continue
    }
    const other = beside + c * lines.line
    for (let x: usize = 0; x < bytes; x += 16) v128.store(out + x, between(v128.load(from + x), v128.load(other + x)))
  }
}

/** Puts a row of a colour in its place, each sample as often as it counts: what is shrunk by two again is exact. */
export function doubleRow(c: i32, from: usize, width: i32, to: usize): void {
  const halving = <usize>unchecked(acrossHalves[c])
  for (let x: usize = 0; x < <usize>width; x++) store<f32>(to + (x << 2), load<f32>(from + ((x >> halving) << 2)))
}
