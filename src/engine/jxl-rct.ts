// Colours as differences (ISO/IEC 18181-1:2024 §H.6.3).
import { Channels, channelAt } from './jxl-modular'

/** Undoes the transform of three channels, in place. */
export function undoColours(channels: Channels, first: i32, type: i32): void {
  const one = channelAt(channels, first)
  const two = channelAt(channels, first + 1)
  const three = channelAt(channels, first + 2)
  const order = type / 7
  const kind = type % 7
  const to0 = channelAt(channels, first + (order % 3))
  const to1 = channelAt(channels, first + ((order + 1 + order / 3) % 3))
  const to2 = channelAt(channels, first + ((order + 2 - order / 3) % 3))
  const bytes = <usize>one.width << 2
  for (let y: usize = 0; y < <usize>one.height; y++) {
    const a = one.data + y * one.stride
    const b = two.data + y * two.stride
    const c = three.data + y * three.stride
    const out0 = to0.data + y * to0.stride
    const out1 = to1.data + y * to1.stride
    const out2 = to2.data + y * to2.stride
    let x: usize = 0
    // All three are read before any is written, so that they may change places.
    for (; x + 16 <= bytes; x += 16) {
      let v0 = v128.load(a + x)
      let v1 = v128.load(b + x)
      let v2 = v128.load(c + x)
      if (kind == 6) {
        const y0 = i32x4.sub(v0, i32x4.shr_s(v2, 1))
        const g = i32x4.add(v2, y0)
        v2 = i32x4.sub(y0, i32x4.shr_s(v1, 1))
        v0 = i32x4.add(v2, v1)
        v1 = g
      } else {
        if (kind & 1) v2 = i32x4.add(v2, v0)
        if (kind >> 1 == 1) v1 = i32x4.add(v1, v0)
        if (kind >> 1 == 2) v1 = i32x4.add(v1, i32x4.shr_s(i32x4.add(v0, v2), 1))
      }
      v128.store(out0 + x, v0)
      v128.store(out1 + x, v1)
      v128.store(out2 + x, v2)
    }
    for (; x < bytes; x += 4) {
      let v0 = load<i32>(a + x)
      let v1 = load<i32>(b + x)
      let v2 = load<i32>(c + x)
      if (kind == 6) {
        const y0 = v0 - (v2 >> 1)
        const g = v2 + y0
        v2 = y0 - (v1 >> 1)
        v0 = v2 + v1
        v1 = g
      } else {
        if (kind & 1) v2 += v0
        if (kind >> 1 == 1) v1 += v0
        if (kind >> 1 == 2) v1 += (v0 + v2) >> 1
      }
      store<i32>(out0 + x, v0)
      store<i32>(out1 + x, v1)
      store<i32>(out2 + x, v2)
    }
  }
}
