// Decoded colours of JPEG XL as samples (ISO/IEC 18181-1:2024 annex L): XYB to light and to the curve that is asked for,
// Y, Cb and Cr to colours, numbers to bytes.
import { alloc } from './arena'
import { fail, TOO_LARGE } from './jxl-fault'
import { colourChannels, isXyb, isYcc } from './jxl-frame'

/** Nine numbers from XYB's mixed light to that of red, green, blue; three biases, three of their cube roots. */
const colour: StaticArray<f32> = changetype<StaticArray<f32>>(memory.data((15) * 4, 16))

/** Where those numbers are put. */
export function jxlColour(): usize {
  return changetype<usize>(colour)
}

/** Steps of light that the curve is told of. */
const STEPS: i32 = 65536

let wide: bool = false
let curve: usize = 0
/** Samples of colour in a pixel: 1 or 3. */
let colours: i32 = 3
let hasAlpha: bool = false
let alphaMost: f32 = 255

/**
 * Settles how samples are written. Returns where the curve is put, of a picture in XYB: its values at 0 to 65,536
 * steps of light, u16 each; 0 where the arena lacks room.
 */
export function outputStart(grey: bool, alphaBits: i32, sixteen: bool): usize {
  colours = grey ? 1 : 3
  hasAlpha = alphaBits > 0
  alphaMost = <f32>((<u64>1 << alphaBits) - 1)
  wide = sixteen
  curve = alloc((<usize>STEPS + 8) * 2)
  if (curve == 0) fail(TOO_LARGE)
  return curve
}

/** Bytes of a pixel. */
export function pixelBytes(): i32 {
  return (colours + (hasAlpha ? 1 : 0)) * (wide ? 2 : 1)
}

// @ts-ignore: decorator
@inline
function number(index: i32): v128 {
  return v128.load32_splat(changetype<usize>(colour) + (<usize>index << 2))
}

// @ts-ignore: decorator
@inline
function cube(value: v128, root: v128, bias: v128): v128 {
  const whole = f32x4.add(value, root)
  return f32x4.sub(f32x4.mul(f32x4.mul(whole, whole), whole), bias)
}

// @ts-ignore: decorator
@inline
function mixed(row: i32, a: v128, b: v128, c: v128): v128 {
  return f32x4.add(
    f32x4.add(f32x4.mul(a, number(row)), f32x4.mul(b, number(row + 1))),
    f32x4.mul(c, number(row + 2)),
  )
}

/** The curve at a place that is told in steps of 1/16. */
// @ts-ignore: decorator
@inline
function curveAt(place: i32): i32 {
  const at = curve + (<usize>(place >> 4) << 1)
  const low = <i32>load<u16>(at)
  return low + (((<i32>load<u16>(at, 2) - low) * (place & 15) + 8) >> 4)
}

// @ts-ignore: decorator
@inline
function put(to: usize, sample: i32, value: i32): void {
  if (wide) store<u16>(to + (<usize>sample << 1), <u16>value)
  else store<u8>(to + sample, <u8>((value * 255 + 32895) >> 16))
}

/**
 * Writes a row's samples.
 * @param from its first colour's first pixel, f32; the others lie `plane` bytes further each
 * @param alpha its alpha, i32 each, or 0
 */
export function outputRow(from: usize, plane: usize, alpha: usize, count: i32, to: usize): void {
  const step = <usize>pixelBytes()
  const most = f32x4.splat(<f32>(STEPS - 1) * 16)
  const zero = f32x4.splat(0)
  const half = f32x4.splat(0.5)
  const full = f32x4.splat(65535)
  for (let x = 0; x < count; x += 4) {
    const at = from + (<usize>x << 2)
    let a = v128.load(at)
    let b = v128.load(at + plane)
    let c = v128.load(at + 2 * plane)
    if (isXyb) {
      const red = cube(f32x4.add(b, a), number(12), number(9))
      const green = cube(f32x4.sub(b, a), number(13), number(10))
      const blue = cube(c, number(14), number(11))
      a = mixed(0, red, green, blue)
      b = mixed(3, red, green, blue)
      c = mixed(6, red, green, blue)
    } else if (isYcc) {
      // Cb, Y, Cr.
      const luma = f32x4.add(b, f32x4.splat(128.0 / 255))
      const cb = a
      a = f32x4.add(luma, f32x4.mul(c, f32x4.splat(1.402)))
      b = f32x4.sub(
        f32x4.sub(luma, f32x4.mul(cb, f32x4.splat((0.114 * 1.772) / 0.587))),
        f32x4.mul(c, f32x4.splat((0.299 * 1.402) / 0.587)),
      )
      c = f32x4.add(luma, f32x4.mul(cb, f32x4.splat(1.772)))
    }
    const scale = isXyb ? most : full
    a = i32x4.trunc_sat_f32x4_s(f32x4.add(f32x4.min(scale, f32x4.max(zero, f32x4.mul(a, scale))), half))
    b = i32x4.trunc_sat_f32x4_s(f32x4.add(f32x4.min(scale, f32x4.max(zero, f32x4.mul(b, scale))), half))
    c = i32x4.trunc_sat_f32x4_s(f32x4.add(f32x4.min(scale, f32x4.max(zero, f32x4.mul(c, scale))), half))
    const left = min(4, count - x)
    for (let i = 0; i < left; i++) {
      const pixel = to + <usize>(x + i) * step
      putColour(pixel, 0, i32x4.extract_lane(a, 0))
      if (colours == 3) {
        putColour(pixel, 1, i32x4.extract_lane(b, 0))
        putColour(pixel, 2, i32x4.extract_lane(c, 0))
      }
      a = i8x16.shuffle(a, a, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3)
      b = i8x16.shuffle(b, b, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3)
      c = i8x16.shuffle(c, c, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3)
      if (hasAlpha) {
        const value = max<f32>(0, min<f32>(1, <f32>load<i32>(alpha + (<usize>(x + i) << 2)) / alphaMost))
        put(pixel, colours, <i32>(value * 65535 + 0.5))
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function putColour(pixel: usize, sample: i32, value: i32): void {
  put(pixel, sample, isXyb ? curveAt(value) : value)
}
