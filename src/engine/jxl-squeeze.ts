// Squeezed channels (ISO/IEC 18181-1:2024 §H.6.2): means of pairs, and how the pairs differ from what their
// surroundings make likely.
import { alloc } from './arena'
import { Channel } from './jxl-channel'
import { CORRUPT, fail, TOO_LARGE } from './jxl-fault'

/** How a pair likely differs, between the value before and the next mean. */
// @ts-ignore: decorator
@inline
function tendency(before: i32, mean: i32, next: i32): i32 {
  let difference = 0
  if (before >= mean && mean >= next) {
    difference = (4 * before - 3 * next - mean + 6) / 12
    if (difference - (difference & 1) > 2 * (before - mean)) difference = 2 * (before - mean) + 1
    if (difference + (difference & 1) > 2 * (mean - next)) difference = 2 * (mean - next)
  } else if (before <= mean && mean <= next) {
    difference = (4 * before - 3 * next - mean - 6) / 12
    if (difference + (difference & 1) < 2 * (before - mean)) difference = 2 * (before - mean) - 1
    if (difference - (difference & 1) < 2 * (mean - next)) difference = 2 * (mean - next)
  }
  return difference
}

/** Makes one channel of means and differences: the first becomes it. */
export function unsqueeze(means: Channel, differences: Channel, across: bool): bool {
  const width = across ? means.width + differences.width : means.width
  const height = across ? means.height : means.height + differences.height
  if (across ? differences.height != means.height : differences.width != means.width) return fail(CORRUPT)
  const size = <u64>width * <u64>height * 4
  if (size > 0x7fffffff) return fail(TOO_LARGE)
  const to = alloc(<usize>size)
  if (to == 0 || means.data == 0) return fail(TOO_LARGE)
  const stride = <usize>width << 2
  if (across) {
    for (let y: usize = 0; y < <usize>height; y++) {
      const mean = means.data + y * means.stride
      const difference = differences.data + y * differences.stride
      const row = to + y * stride
      const pairs = differences.width
      let before = load<i32>(mean)
      for (let x = 0; x < pairs; x++) {
        const one = load<i32>(mean + (<usize>x << 2))
        const next = x + 1 < means.width ? load<i32>(mean + (<usize>x << 2), 4) : one
        const whole = load<i32>(difference + (<usize>x << 2)) + tendency(before, one, next)
        const left = one + whole / 2
        before = left - whole
        store<i32>(row + (<usize>x << 3), left)
        store<i32>(row + (<usize>x << 3), before, 4)
      }
      if (width & 1) store<i32>(row + stride - 4, load<i32>(mean + (<usize>(means.width - 1) << 2)))
    }
  } else {
    const pairs = <usize>differences.height
    for (let y: usize = 0; y < pairs; y++) {
      const mean = means.data + y * means.stride
      const below = y + 1 < <usize>means.height ? mean + means.stride : mean
      const difference = differences.data + y * differences.stride
      const row = to + 2 * y * stride
      const above = y > 0 ? row - stride : mean
      for (let x: usize = 0; x < stride; x += 4) {
        const one = load<i32>(mean + x)
        const whole = load<i32>(difference + x) + tendency(load<i32>(above + x), one, load<i32>(below + x))
        const top = one + whole / 2
        store<i32>(row + x, top)
        store<i32>(row + stride + x, top - whole)
      }
    }
    if (height & 1) memory.copy(to + <usize>(height - 1) * stride, means.data + <usize>(means.height - 1) * means.stride, stride)
  }
  means.width = width
  means.height = height
  means.stride = stride
  means.data = to
  if (across) means.acrossShift -= means.acrossShift > 0 ? 1 : 0
  else means.downShift -= means.downShift > 0 ? 1 : 0
  return true
}
