// Transforms of single blocks of 8 × 8 that are no plain cosine transforms (ISO/IEC 18181-1:2024 §I.7.4–I.7.9).
import { AFV0, DCT2, DCT4, DCT4X8, DCT8X4, IDENTITY } from './jxl-kinds'
import { inverseDct } from './jxl-dct'

/** The corner's transform: of each coefficient 16 pixels. */
const CORNER: StaticArray<f32> = [
  0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.87690293,
  0.220651811, -0.101400504, -0.101400504, 0.220651811, -0.101400504, -0.101400504, -0.101400504, -0.101400504,
  -0.101400504, -0.101400504, -0.101400504, -0.101400504, -0.101400504, -0.101400504, -0.101400504, 0, 0,
  0.406700758, 0.444448166, 0, 0, 0.195743994, 0.292910014, -0.406700758, -0.195743994, 0, 0.113790745, -0.444448166,
  -0.292910014, -0.113790745, 0, 0, 0, -0.212557481, 0.308549706, 0, 0.470670226, -0.16212052, 0, -0.212557481,
  -0.16212052, -0.470670226, -0.146429187, 0.308549706, 0, -0.146429187, 0.425114961, 0, -0.707106781, 0, 0,
  0.707106781, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -0.410537759, 0.623548537, -0.0643507166, -0.0643507166, 0.623548537,
  -0.0643507166, -0.0643507166, -0.0643507166, -0.0643507166, -0.0643507166, -0.0643507166, -0.0643507166,
  -0.0643507166, -0.0643507166, -0.0643507166, -0.0643507166, 0, 0, -0.451755659, 0.158545036, 0, -0.0403851516,
  0.00741822638, 0.393510343, -0.451755659, 0.00741822638, 0.110741658, 0.0829816309, 0.158545036, 0.393510343,
  0.0829816309, -0.451755659, 0, 0, -0.304684751, 0.511261614, 0, 0, -0.29048013, -0.0657870155, 0.304684751,
  0.29048013, 0, -0.238897735, -0.511261614, 0.0657870155, 0.238897735, 0, 0, 0, 0.301792952, 0.257923628, 0,
  0.162723401, 0.0952002265, 0, 0.301792952, 0.0952002265, -0.162723401, -0.353123854, 0.257923628, 0, -0.353123854,
  -0.603585903, 0, 0, 0.40824829, 0, 0, 0, 0, -0.40824829, -0.40824829, 0, 0, -0.40824829, 0, 0.40824829, 0.40824829,
  0, 0, 0, 0.174786698, 0.0812611177, 0, 0, -0.367539801, -0.307882214, -0.174786698, 0.367539801, 0, 0.482668912,
  -0.0812611177, 0.307882214, -0.482668912, 0, 0, 0, -0.21105601, 0.185671809, 0, 0, 0.49215859, -0.385250137,
  0.21105601, -0.49215859, 0, 0.174194127, -0.185671809, 0.385250137, -0.174194127, 0, 0, 0, -0.142660848,
  -0.341644684, 0, 0.736749754, 0.246271077, -0.0857401904, -0.142660848, 0.246271077, 0.148833992, -0.0476868035,
  -0.341644684, -0.0857401904, -0.0476868035, -0.142660848, 0, 0, -0.138135404, 0.330228255, 0, 0.08755115,
  -0.0794670661, -0.461337489, -0.138135404, -0.0794670661, 0.497246471, 0.125380594, 0.330228255, -0.461337489,
  0.125380594, -0.138135404, 0, 0, -0.174376026, 0.0702790691, 0, -0.292102664, 0.362381733, 0, -0.174376026,
  0.362381733, 0.292102664, -0.432660802, 0.0702790691, 0, -0.432660802, 0.348752052, 0, 0, 0.113549873,
  -0.074175046, 0, 0.19402893, -0.435190497, 0.219186848, 0.113549873, -0.435190497, 0.555044381, -0.254682771,
  -0.074175046, 0.219186848, -0.254682771, 0.113549873,
]
const part: StaticArray<f32> = changetype<StaticArray<f32>>(memory.data((64) * 4, 16))
const pixels: StaticArray<f32> = changetype<StaticArray<f32>>(memory.data((64) * 4, 16))

// @ts-ignore: decorator
@inline
function get(from: usize, x: i32, y: i32): f32 {
  return load<f32>(from + (<usize>(y * 8 + x) << 2))
}

// @ts-ignore: decorator
@inline
function put(to: usize, stride: usize, x: i32, y: i32, value: f32): void {
  store<f32>(to + <usize>y * stride + (<usize>x << 2), value)
}

/** Makes pixels of a block's coefficients, 8 rows of 8, which are used up. */
export function inverseBlock(kind: i32, from: usize, to: usize, stride: usize): void {
  if (kind == IDENTITY || kind == DCT4) quarters(kind, from, to, stride)
  else if (kind == DCT2) halves(from, to, stride)
  else if (kind == DCT4X8 || kind == DCT8X4) strips(kind, from, to, stride)
  else corner(kind - AFV0, from, to, stride)
}

/** The mean of a quarter, of four coefficients. */
function meanOf(from: usize, x: i32, y: i32): f32 {
  const across = get(from, 1, 0)
  const down = get(from, 0, 1)
  const both = get(from, 1, 1)
  // The first step across is told by the coefficient in the first row.
  return get(from, 0, 0) + (y == 0 ? across : -across) + (x == 0 ? down : -down) + (x == y ? both : -both)
}

function quarters(kind: i32, from: usize, to: usize, stride: usize): void {
  const own = changetype<usize>(part)
  for (let y = 0; y < 2; y++) {
    for (let x = 0; x < 2; x++) {
      const mean = meanOf(from, x, y)
      const place = to + <usize>(y * 4) * stride + <usize>(x * 16)
      if (kind == DCT4) {
        for (let i = 0; i < 16; i++) unchecked((part[i] = get(from, x + (i & 3) * 2, y + (i >> 2) * 2)))
        unchecked((part[0] = mean))
        inverseDct(own, 4, 4, place, stride)
        continue
      }
      // Pixels as differences to the one at (1, 1), whose own place holds that at (0, 0).
      let sum: f32 = 0
      for (let i = 1; i < 16; i++) sum += get(from, x + (i & 3) * 2, y + (i >> 2) * 2)
      const base = mean - sum * (1.0 / 16)
      for (let i = 0; i < 16; i++) {
        const at = i == 0 ? 5 : i
        const value = i == 5 ? base : base + get(from, x + (at & 3) * 2, y + (at >> 2) * 2)
        put(place, stride, i & 3, i >> 2, value)
      }
    }
  }
}

function halves(from: usize, to: usize, stride: usize): void {
  for (let side = 1; side < 8; side <<= 1) {
    for (let i = 0; i < side * side * 4; i++) unchecked((part[i] = get(from, i % (side * 2), i / (side * 2))))
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const a = unchecked(part[y * side * 2 + x])
        const b = unchecked(part[y * side * 2 + side + x])
        const c = unchecked(part[(y + side) * side * 2 + x])
        const d = unchecked(part[(y + side) * side * 2 + side + x])
        put(from, 32, 2 * x, 2 * y, a + b + c + d)
        put(from, 32, 2 * x + 1, 2 * y, a + b - c - d)
        put(from, 32, 2 * x, 2 * y + 1, a - b + c - d)
        put(from, 32, 2 * x + 1, 2 * y + 1, a - b - c + d)
      }
    }
  }
  for (let y: usize = 0; y < 8; y++) memory.copy(to + y * stride, from + (y << 5), 32)
}

/** Two halves, one above the other or side by side. */
function strips(kind: i32, from: usize, to: usize, stride: usize): void {
  const own = changetype<usize>(part)
  for (let i = 0; i < 2; i++) {
    for (let y: usize = 0; y < 4; y++) memory.copy(own + (y << 5), from + ((2 * y + <usize>i) << 5), 32)
    const step = get(from, 0, 1)
    unchecked((part[0] = get(from, 0, 0) + (i == 0 ? step : -step)))
    if (kind == DCT4X8) inverseDct(own, 8, 4, to + <usize>(4 * i) * stride, stride)
    else inverseDct(own, 4, 8, to + <usize>(16 * i), stride)
  }
}

/** A corner of its own, a quarter beside it, a half below or above. */
function corner(which: i32, from: usize, to: usize, stride: usize): void {
  const right = which & 1
  const below = which >> 1
  const own = changetype<usize>(part)
  const mean = get(from, 0, 0)
  const across = get(from, 1, 0)
  const down = get(from, 0, 1)
  const out = changetype<usize>(pixels)
  for (let i = 0; i < 16; i++) {
    unchecked((part[i] = i == 0 ? (mean + down + across) * 4 : get(from, (i & 3) * 2, (i >> 2) * 2)))
  }
  memory.fill(out, 0, 64)
  for (let j = 0; j < 16; j++) {
    const value = unchecked(part[j])
    if (value != 0) for (let i = 0; i < 16; i++) unchecked((pixels[i] += value * CORNER[j * 16 + i]))
  }
  for (let y = 0; y < 4; y++) {
    for (let x = 0; x < 4; x++) {
      const value = unchecked(pixels[(below ? 3 - y : y) * 4 + (right ? 3 - x : x)])
      put(to, stride, x + 4 * right, y + 4 * below, value)
    }
  }
  for (let i = 0; i < 16; i++) unchecked((part[i] = get(from, (i & 3) * 2 + 1, (i >> 2) * 2)))
  unchecked((part[0] = mean + down - across))
  inverseDct(own, 4, 4, to + <usize>(4 * below) * stride + <usize>(16 * (1 - right)), stride)
  for (let y: usize = 0; y < 4; y++) memory.copy(own + (y << 5), from + ((2 * y + 1) << 5), 32)
  unchecked((part[0] = mean - down))
  inverseDct(own, 8, 4, to + <usize>(4 * (1 - below)) * stride, stride)
}
