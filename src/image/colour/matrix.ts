// 3×3 matrices, row by row, and the geometry of colour spaces (Lindbloom, "RGB/XYZ matrices").

export type Vector = readonly [number, number, number]
/** Three rows. */
export type Matrix = readonly [Vector, Vector, Vector]
/** A chromaticity. */
export type Xy = readonly [x: number, y: number]

/** The profile connection space's white (ICC.1:2022 §7.2.16). */
export const D50: Vector = [0.9642, 1, 0.8249]
export const D65: Xy = [0.3127, 0.329]

/** Bradford's cone responses (ICC.1:2022 annex E). */
const BRADFORD: Matrix = [
  [0.8951, 0.2664, -0.1614],
  [-0.7502, 1.7135, 0.0367],
  [0.0389, -0.0685, 1.0296],
]

export function apply(m: Matrix, v: Vector): Vector {
  return m.map((row) => row[0] * v[0] + row[1] * v[1] + row[2] * v[2]) as unknown as Vector
}

/** a · b: b first, then a. */
export function multiply(a: Matrix, b: Matrix): Matrix {
  const column = (i: 0 | 1 | 2): Vector => apply(a, [b[0][i], b[1][i], b[2][i]])
  return transpose([column(0), column(1), column(2)])
}

export function transpose(m: Matrix): Matrix {
  const column = (i: 0 | 1 | 2): Vector => [m[0][i], m[1][i], m[2][i]]
  return [column(0), column(1), column(2)]
}

/** The inverse, or null of a matrix that has none. */
export function invert([[a, b, c], [d, e, f], [g, h, i]]: Matrix): Matrix | null {
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
  if (Math.abs(determinant) < 1e-9) return null
  const over = (value: number) => value / determinant
  return [
    [over(e * i - f * h), over(c * h - b * i), over(b * f - c * e)],
    [over(f * g - d * i), over(a * i - c * g), over(c * d - a * f)],
    [over(d * h - e * g), over(b * g - a * h), over(a * e - b * d)],
  ]
}

export function xyzOf([x, y]: Xy): Vector {
  return [x / y, 1, (1 - x - y) / y]
}

/** Adapts XYZ from one white to another. */
export function adaptation(from: Vector, to: Vector): Matrix {
  const [source, target] = [apply(BRADFORD, from), apply(BRADFORD, to)]
  const scale: Matrix = [
    [target[0] / source[0], 0, 0],
    [0, target[1] / source[1], 0],
    [0, 0, target[2] / source[2]],
  ]
  return multiply(invert(BRADFORD)!, multiply(scale, BRADFORD))
}

/** Linear RGB of three primaries and a white to XYZ adapted to D50. */
export function rgbToPcs(red: Xy, green: Xy, blue: Xy, white: Xy): Matrix {
  const primaries = transpose([xyzOf(red), xyzOf(green), xyzOf(blue)])
  const [r, g, b] = apply(invert(primaries)!, xyzOf(white))
  const scaled = primaries.map((row) => [row[0] * r, row[1] * g, row[2] * b]) as unknown as Matrix
  return multiply(adaptation(xyzOf(white), D50), scaled)
}
