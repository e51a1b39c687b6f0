// Palettes of JPEG XL's modular pictures (ISO/IEC 18181-1:2024 §H.6.4): colours by number, some as differences to what is
// predicted, some that are in no palette.
import { arenaMark, arenaRelease } from './arena'
import { Channel, predictAt } from './jxl-channel'
import { CORRUPT, fail } from './jxl-fault'
import { addChannel, Channels, channelAt, fillChannel } from './jxl-modular'
import { restoreWeighted, weightedLearn, weightedPredict, weightedRow, weightedStart } from './jxl-weighted'

/** Differences that negative numbers stand for. */
const DELTAS: StaticArray<i16> = [
  0, 0, 0, 4, 4, 4, 11, 0, 0, 0, 0, -13, 0, -12, 0, -10, -10, -10, -18, -18, -18, -27, -27, -27, -18, -18, 0, 0, 0,
  -32, -32, 0, 0, -37, -37, -37, 0, -32, -32, 24, 24, 45, 50, 50, 50, -45, -24, -24, -24, -45, -45, 0, -24, -24, -34,
  -34, 0, -24, 0, -24, -45, -45, -24, 64, 64, 64, -32, 0, -32, 0, -32, 0, -32, 0, 32, -24, -45, -24, 45, 24, 45, 24,
  -24, -45, -45, -24, 24, 80, 80, 80, 64, 0, 0, 0, 0, -64, 0, -64, -64, -24, -24, 45, 96, 96, 96, 64, 64, 0, 45, -24,
  -24, 34, -34, 0, 112, 112, 112, 24, -45, -45, 45, 45, -24, 0, -32, 32, 24, -24, 45, 0, 96, 96, 45, -24, 24, 24,
  -45, -24, -24, -45, 24, 0, -64, 0, 96, 0, 0, 128, 128, 128, 64, 0, 64, 144, 144, 144, 96, 96, 0, -36, -36, 36, 45,
  -24, -45, 45, -45, -24, 0, 0, -96, 0, 128, 128, 0, 96, 0, 45, 24, -45, -128, 0, 0, 24, -45, 24, -45, 24, -45, 64,
  0, -64, 64, -64, -64, 96, 0, 96, 45, -45, 24, 24, 45, -45, 64, 64, -64, 128, 128, 0, 0, 0, -128, -24, 45, -45,
]
const DELTA_COUNT: i32 = 72
const WEIGHTED: i32 = 6
/** Colours behind the palette: a cube of 4 each way, then one of 5. */
const SMALL: i32 = 4
const LARGE: i32 = 5

/** What a number stands for in one channel. */
function valueOf(palette: Channel, number: i32, channel: i32, depth: i32): i32 {
  if (number < 0) {
    if (channel >= 3) return 0
    let index = -(number + 1) % (1 + 2 * (DELTA_COUNT - 1))
    const value = <i32>unchecked(DELTAS[((index + 1) >> 1) * 3 + channel])
    const sized = (index & 1) != 0 ? value : -value
    return depth > 8 ? sized << (depth - 8) : sized
  }
  if (number < palette.width) return load<i32>(palette.data + <usize>channel * palette.stride + (<usize>number << 2))
  if (channel >= 3) return 0
  let index = number - palette.width
  const most = <i64>((1 << depth) - 1)
  if (index < SMALL * SMALL * SMALL) {
    index >>= channel * 2
    return <i32>((<i64>(index % SMALL) * most) >> 2) + (1 << max(0, depth - 3))
  }
  index -= SMALL * SMALL * SMALL
  for (let i = 0; i < channel; i++) index /= LARGE
  return <i32>((<i64>(index % LARGE) * most) >> 2)
}

/** Puts colours in place of their numbers. The numbers' channel becomes the first of them. */
export function undoPalette(
  channels: Channels, first: i32, wide: i32, colours: i32, deltas: i32, predictor: i32, weighted: usize,
): bool {
  const palette = channelAt(channels, 0)
  const numbers = channelAt(channels, first + 1)
  if (palette.width != colours + deltas || palette.height != wide) return fail(CORRUPT)
  if (palette.data == 0 && palette.width > 0) return fail(CORRUPT)
  const depth = min(channels.depth, 24)
  const own = arenaMark()
  for (let i = 1; i < wide; i++) {
    const place = first + 1 + i
    // A group's window lies in the picture's channels, which were kept.
    if (!addChannel(channels, place, numbers.width, numbers.height, numbers.acrossShift, numbers.downShift)) return false
    if (!fillChannel(channelAt(channels, place))) return false
  }
  const height = numbers.height
  const width = numbers.width
  // The first channel is written last: the numbers lie there.
  for (let c = wide - 1; c >= 0; c--) {
    const to = channelAt(channels, first + 1 + c)
    const mark = arenaMark()
    const learns = deltas > 0 && predictor == WEIGHTED
    if (learns) {
      restoreWeighted(weighted)
      if (!weightedStart(width)) return false
    }
    for (let y = 0; y < height; y++) {
      const row = to.data + <usize>y * to.stride
      const up = y > 0 ? row - to.stride : row
      const upper = y > 1 ? up - to.stride : up
      const from = numbers.data + <usize>y * numbers.stride
      for (let x = 0; x < width; x++) {
        const number = load<i32>(from + (<usize>x << 2))
        let value = valueOf(palette, number, c, depth)
        if (learns) {
          const guess = guessWeighted(row, up, upper, x, y, width)
          if (number < deltas) value += guess
          weightedLearn(x, value)
        } else if (number < deltas) value += predictAt(predictor, row, up, upper, x, y, width)
        store<i32>(row + (<usize>x << 2), value)
      }
      if (learns) weightedRow()
    }
    arenaRelease(mark)
  }
  if (wide == 1) arenaRelease(own)
  // The palette goes.
  memory.copy(channels.list, channels.list + 4, <usize>(channels.count - 1) << 2)
  channels.count--
  if (first >= channels.meta - 1) channels.meta--
  else channels.meta -= 2 - wide
  return true
}

// @ts-ignore: decorator
@inline
function at(row: usize, x: i32): i32 {
  return load<i32>(row + (<usize>x << 2))
}

function guessWeighted(row: usize, up: usize, upper: usize, x: i32, y: i32, width: i32): i32 {
  const west = x > 0 ? at(row, x - 1) : y > 0 ? at(up, 0) : 0
  const north = y > 0 ? at(up, x) : west
  const northWest = x > 0 && y > 0 ? at(up, x - 1) : west
  const northEast = x + 1 < width && y > 0 ? at(up, x + 1) : north
  const twoNorth = y > 1 ? at(upper, x) : north
  return (weightedPredict(x, x + 1 >= width, west, north, northWest, northEast, twoNorth) + 3) >> 3
}
