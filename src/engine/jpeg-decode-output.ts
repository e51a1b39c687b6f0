// From coefficients to strips: inverse transforms of a batch into the components' planes, then
// upsampling and colour for the rows whose neighbours are there.
import { idct8, idct8Flat, idct8Sparse } from './jpeg-decode-idct'
import { idct1, idct2, idct4, idct4Flat } from './jpeg-decode-idct-scaled'
import { interleave3, interleave4, interleaveYcck, rgbFromYcc } from './jpeg-decode-colour'
import { nearest, repeatH2, triangleH2, triangleH2V2, triangleV2 } from './jpeg-decode-upsample'
import {
  BATCH,
  BLOCK_BYTES,
  COLOUR_RGB,
  COLOUR_YCC,
  COLOUR_YCCK,
  Component,
  component,
  d,
} from './jpeg-decode-state'

/** Of zigzag indices up to 9, row and column are below 4. */
const SPARSE_LAST: u8 = 9

/** Transforms the coefficients of batch `index` of the current MCU row. */
export function transformBatch(index: i32): void {
  for (let i = 0; i < d.components; i++) {
    const c = component(i)
    const across = BATCH * c.h
    const x = (index - d.firstBatch) * across * c.size
    for (let v = 0; v < c.v; v++) {
      const to = c.plane + (1 + v * c.size) * c.stride + x
      if (c.size == 8) {
        transformBlocks(c, v, to)
        continue
      }
      const pitch = across * 2
      const coefs = c.coefs + v * pitch * (c.size == 1 ? 1 : c.size * c.size + 1)
      if (c.size == 4) {
        if (d.flat) idct4Flat(coefs, pitch, across, c.quant, to, c.stride)
        else idct4(coefs, pitch, across, c.quant, to, c.stride)
      } else if (c.size == 2) idct2(coefs, pitch, across, c.quant, to, c.stride)
      else idct1(coefs, across, c.quant, to)
    }
  }
}

function transformBlocks(c: Component, v: i32, to: usize): void {
  const stride = c.stride
  const quant = c.quant
  for (let mcu = 0; mcu < BATCH; mcu++) {
    let n = mcu * c.h * c.v + v * c.h
    for (let h = 0; h < c.h; h++, n++, to += 8) {
      const from = c.coefs + n * BLOCK_BYTES
      const last = load<u8>(c.last + n)
      if (last == 0) idct8Flat(from, quant, to, stride)
      else if (last <= SPARSE_LAST) idct8Sparse(from, quant, to, stride)
      else idct8(from, quant, to, stride)
    }
  }
}

/** Keeps the last row of samples for the strip after this one. */
export function carryRows(): void {
  if (!d.context) return
  for (let i = 0; i < d.components; i++) {
    const c = component(i)
    const row = c.plane - 16
    memory.copy(row, row + c.rows * c.stride, c.stride)
  }
}

/** Adds to the strip the rows that MCU row `d.mcuRow` completes. */
export function emitRows(): void {
  const last = d.mcuRow == d.mcusHigh - 1
  const bottom = d.cropTop + d.cropHeight
  const end = min(last ? d.outHeight : (d.mcuRow + 1) * d.mcuRows - d.context, bottom)
  if (end <= d.outY) return
  for (let i = 0; i < d.components; i++) repeatEnds(component(i))
  let to = d.out + d.outRows * d.outStride
  for (let y = d.outY; y < end; y++, to += d.outStride) emitRow(y, to)
  d.outRows += end - d.outY
  d.outY = end
}

/** Puts beside both ends of each row the sample that the triangle filters expect there. */
function repeatEnds(c: Component): void {
  if (c.upsample != 2 && c.upsample != 3) return
  const origin = d.firstBatch * BATCH * c.h * c.size
  const end = c.width - origin
  const inside = end <= (d.endBatch - d.firstBatch) * BATCH * c.h * c.size
  for (let y = 0; y <= c.rows; y++) {
    const row = c.plane + y * c.stride
    if (origin == 0) store<u8>(row - 1, load<u8>(row))
    if (inside) store<u8>(row + end, load<u8>(row + end - 1))
  }
}

function emitRow(y: i32, to: usize): void {
  const n = d.cropWidth
  const a = fullRow(component(0), y)
  if (d.components == 1) {
    memory.copy(to, a, n)
    return
  }
  const b = fullRow(component(1), y)
  const c = fullRow(component(2), y)
  if (d.colour == COLOUR_YCC) {
    rgbFromYcc(a, b, c, to, n)
    return
  }
  if (d.colour == COLOUR_RGB) {
    interleave3(a, b, c, to, n)
    return
  }
  // Adobe writes inks inverted: 0 is full. The pipeline's convention is 255 for full ink.
  const flip = d.adobe ? 255 : 0
  const k = fullRow(component(3), y)
  if (d.colour == COLOUR_YCCK) {
    rgbFromYcc(a, b, c, d.rgbLine, n)
    interleaveYcck(d.rgbLine, k, to, n, flip)
  } else {
    interleave4(a, b, c, k, to, n, flip)
  }
}

/** Pointer of a component's sample (row, column) of the picture; row is in the current MCU row or the one before it. */
// @ts-ignore: decorator
@inline
function sampleAt(c: Component, row: i32, column: i32): usize {
  return c.plane + (row - d.mcuRow * c.rows + 1) * c.stride + column - d.firstBatch * BATCH * c.h * c.size
}

/** A row of the component at the output's scale, from the crop's left edge. */
function fullRow(c: Component, y: i32): usize {
  const left = d.cropLeft
  const n = d.cropWidth
  if (c.upsample == 0) return sampleAt(c, y, left)
  const line = c.line
  if (c.upsample == 1) {
    const row = y / c.expandY
    if (c.expandX == 1) return sampleAt(c, row, left)
    if (c.expandX == 2) {
      repeatH2(sampleAt(c, row, left >> 1), line, (n >> 1) + 1)
      return line + (left & 1)
    }
    const from = sampleAt(c, row, 0)
    for (let x = 0; x < n; x++) store<u8>(line + x, load<u8>(from + (left + x) / c.expandX))
    return line
  }
  if (c.upsample == 2) {
    triangleH2(sampleAt(c, y, left >> 1), line, (n >> 1) + 1)
    return line + (left & 1)
  }
  if (c.upsample == 5) {
    // By the sampling factors, not by the sizes, whose rounding may lead to a row of another MCU.
    const row = min((y * c.rows) / d.mcuRows, c.height - 1)
    nearest(sampleAt(c, row, 0), line, left, n, c.h * c.size, d.hMax * d.size, c.width - 1)
    return line
  }
  const row = y >> 1
  const other = min(max(y & 1 ? row + 1 : row - 1, 0), c.height - 1)
  if (c.upsample == 4) {
    triangleV2(sampleAt(c, row, left), sampleAt(c, other, left), line, n, 1 + (y & 1))
    return line
  }
  triangleH2V2(sampleAt(c, row, left >> 1), sampleAt(c, other, left >> 1), d.sums, line, (n >> 1) + 1)
  return line + (left & 1)
}
