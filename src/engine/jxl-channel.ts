// Pixels of one channel of JPEG XL's modular pictures (ISO/IEC 18181-1:2024 annex H): predicted from their neighbours,
// with what an entropy-coded number adds.
import { alloc, arenaMark, arenaRelease } from './arena'
import { bitsOver, signed } from './jxl-bits'
import { Code, readClustered } from './jxl-entropy'
import { fail, fault, TOO_LARGE, TRUNCATED } from './jxl-fault'
import { NODE, prunedMost, prunedWeighted, prunedWeights, pruneTree, Tree } from './jxl-tree'
import { weightedError, weightedLearn, weightedPredict, weightedRow, weightedStart } from './jxl-weighted'

/** A plane of numbers, 32 bits each. */
@unmanaged
export class Channel {
  width: i32
  height: i32
  /** By how many halvings it is smaller than the picture; -1 of what is no picture. */
  acrossShift: i32
  downShift: i32
  data: usize
  /** Bytes from a row to the next. */
  stride: usize
}

/** Properties of a pixel: 16, and four for each channel before that is as large. */
const properties: StaticArray<i32> = changetype<StaticArray<i32>>(memory.data((16 + 256) * 4, 16))

// @ts-ignore: decorator
@inline
function gradient(west: i32, north: i32, northWest: i32): i32 {
  const least = min(west, north)
  const most = max(west, north)
  return northWest > most ? least : northWest < least ? most : west + north - northWest
}

/**
 * Decodes a channel.
 * @param before the list of channels, of which `index` is this one's place
 * @param stream the number of the stream, of which trees may make something
 */
export function decodeChannel(before: usize, index: i32, tree: Tree, stream: i32): bool {
  const channel = changetype<Channel>(<usize>load<u32>(before + (<usize>index << 2)))
  if (channel.width == 0 || channel.height == 0) return true
  const mark = arenaMark()
  const nodes = pruneTree(tree, index, stream)
  if (nodes == 0) return false
  const code = changetype<Code>(tree.code)
  if (prunedWeights && !weightedStart(channel.width)) return false
  if (prunedMost < 0 && !prunedWeights) decodeLeaf(channel, code, nodes)
  else if (prunedWeighted) decodeWeighted(channel, code, nodes)
  else decodeAny(channel, code, nodes, before, index)
  arenaRelease(mark)
  return fault() == 0
}

// @ts-ignore: decorator
@inline
function at(row: usize, x: i32): i32 {
  return load<i32>(row + (<usize>x << 2))
}

/** One context, one predictor. */
function decodeLeaf(channel: Channel, code: Code, leaf: usize): void {
  const width = channel.width
  const height = channel.height
  const stride = channel.stride
  const offset = load<i32>(leaf, 4)
  const cluster = <usize>load<u32>(leaf, 8)
  const factor = load<i32>(leaf, 12)
  const predictor = load<i32>(leaf, 16)
  for (let y = 0; y < height; y++) {
    const row = channel.data + <usize>y * stride
    const up = y > 0 ? row - stride : row
    const upper = y > 1 ? up - stride : up
    if (predictor == 0) {
      for (let x = 0; x < width; x++) {
        store<i32>(row + (<usize>x << 2), signed(readClustered(code, cluster)) * factor + offset)
      }
    } else if (predictor == 5 && y > 0) {
      let west = at(up, 0)
      let northWest = west
      for (let x = 0; x < width; x++) {
        const north = at(up, x)
        west = gradient(west, north, northWest) + signed(readClustered(code, cluster)) * factor + offset
        northWest = north
        store<i32>(row + (<usize>x << 2), west)
      }
    } else {
      for (let x = 0; x < width; x++) {
        const guess = predictAt(predictor, row, up, upper, x, y, width)
        store<i32>(row + (<usize>x << 2), guess + signed(readClustered(code, cluster)) * factor + offset)
      }
    }
    if (bitsOver()) {
      fail(TRUNCATED)
      return
    }
  }
}

/** A predictor by its number, but the weighted one. */
export function predictAt(predictor: i32, row: usize, up: usize, upper: usize, x: i32, y: i32, width: i32): i32 {
  const west = x > 0 ? at(row, x - 1) : y > 0 ? at(up, 0) : 0
  const north = y > 0 ? at(up, x) : west
  const northWest = x > 0 && y > 0 ? at(up, x - 1) : west
  const northEast = x + 1 < width && y > 0 ? at(up, x + 1) : north
  const twoWest = x > 1 ? at(row, x - 2) : west
  const twoNorth = y > 1 ? at(upper, x) : north
  const farEast = x + 2 < width && y > 0 ? at(up, x + 2) : northEast
  return predict(predictor, west, north, northWest, northEast, twoWest, twoNorth, farEast, 0)
}

// @ts-ignore: decorator
@inline
function mean(a: i32, b: i32): i32 {
  return <i32>((<i64>a + b) / 2)
}

// @ts-ignore: decorator
@inline
function predict(
  predictor: i32, west: i32, north: i32, northWest: i32, northEast: i32, twoWest: i32, twoNorth: i32, farEast: i32,
  weighted: i32,
): i32 {
  switch (predictor) {
    case 0:
      return 0
    case 1:
      return west
    case 2:
      return north
    case 3:
      return mean(west, north)
    case 4: {
      const both = <i64>west + north - northWest
      return abs(both - west) < abs(both - north) ? west : north
    }
    case 5:
      return gradient(west, north, northWest)
    case 6:
      return weighted
    case 7:
      return northEast
    case 8:
      return northWest
    case 9:
      return twoWest
    case 10:
      return mean(west, northWest)
    case 11:
      return mean(north, northWest)
    case 12:
      return mean(north, northEast)
    default:
      return <i32>((6 * <i64>north - 2 * <i64>twoNorth + 7 * <i64>west + twoWest + farEast + 3 * <i64>northEast + 8) / 16)
  }
}

/** Contexts by the weighted predictor's error alone, and no other predictor. */
function decodeWeighted(channel: Channel, code: Code, nodes: usize): void {
  const width = channel.width
  const height = channel.height
  const stride = channel.stride
  for (let y = 0; y < height; y++) {
    const row = channel.data + <usize>y * stride
    const up = y > 0 ? row - stride : row
    const upper = y > 1 ? up - stride : up
    let west = y > 0 ? at(up, 0) : 0
    let northWest = west
    let north = west
    for (let x = 0; x < width; x++) {
      if (y == 0) {
        north = west
        northWest = west
      } else if (x > 0) {
        northWest = north
        north = at(up, x)
      }
      const last = x + 1 >= width
      const northEast = last || y == 0 ? north : at(up, x + 1)
      const twoNorth = y > 1 ? at(upper, x) : north
      const guess = (weightedPredict(x, last, west, north, northWest, northEast, twoNorth) + 3) >> 3
      const value = weightedError
      let node = nodes
      while (load<i32>(node) >= 0) node = <usize>(value > load<i32>(node, 4) ? load<u32>(node, 8) : load<u32>(node, 12))
      west = guess + load<i32>(node, 4) + signed(readClustered(code, load<u32>(node, 8))) * load<i32>(node, 12)
      store<i32>(row + (<usize>x << 2), west)
      weightedLearn(x, west)
    }
    weightedRow()
    if (bitsOver()) {
      fail(TRUNCATED)
      return
    }
  }
}

/** Any tree. */
function decodeAny(channel: Channel, code: Code, nodes: usize, before: usize, index: i32): void {
  const width = channel.width
  const height = channel.height
  const stride = channel.stride
  const weights = prunedWeights
  const others = prunedMost < 16 ? 0 : min((prunedMost - 16) / 4 + 1, 60)
  const list = alloc(<usize>(others + 1) << 2)
  if (list == 0) {
    fail(TOO_LARGE)
    return
  }
  let found = 0
  for (let i = index - 1; i >= 0 && found < others; i--) {
    const other = load<u32>(before + (<usize>i << 2))
    const like = changetype<Channel>(<usize>other)
    if (like.width != width || like.height != height) continue
    if (like.acrossShift != channel.acrossShift || like.downShift != channel.downShift) continue
    store<u32>(list + (<usize>found << 2), other)
    found++
  }
  const props = changetype<usize>(properties)
  memory.fill(props, 0, (16 + 256) * 4)
  for (let y = 0; y < height; y++) {
    const row = channel.data + <usize>y * stride
    const up = y > 0 ? row - stride : row
    const upper = y > 1 ? up - stride : up
    store<i32>(props, y, 8)
    store<i32>(props, 0, 36)
    for (let x = 0; x < width; x++) {
      const west = x > 0 ? at(row, x - 1) : y > 0 ? at(up, 0) : 0
      const north = y > 0 ? at(up, x) : west
      const northWest = x > 0 && y > 0 ? at(up, x - 1) : west
      const northEast = x + 1 < width && y > 0 ? at(up, x + 1) : north
      const twoWest = x > 1 ? at(row, x - 2) : west
      const twoNorth = y > 1 ? at(upper, x) : north
      store<i32>(props, x, 12)
      store<i32>(props, abs(north), 16)
      store<i32>(props, abs(west), 20)
      store<i32>(props, north, 24)
      store<i32>(props, west, 28)
      store<i32>(props, west - load<i32>(props, 36), 32)
      store<i32>(props, west + north - northWest, 36)
      store<i32>(props, west - northWest, 40)
      store<i32>(props, northWest - north, 44)
      store<i32>(props, north - northEast, 48)
      store<i32>(props, north - twoNorth, 52)
      store<i32>(props, west - twoWest, 56)
      let weighted = 0
      if (weights) {
        weighted = (weightedPredict(x, x + 1 >= width, west, north, northWest, northEast, twoNorth) + 3) >> 3
        store<i32>(props, weightedError, 60)
      }
      for (let i = 0; i < found; i++) others4(changetype<Channel>(<usize>load<u32>(list + (<usize>i << 2))), x, y, props + 64 + (<usize>i << 4))
      let node = nodes
      let property = load<i32>(node)
      while (property >= 0) {
        const value = load<i32>(props + (<usize>property << 2))
        node = <usize>(value > load<i32>(node, 4) ? load<u32>(node, 8) : load<u32>(node, 12))
        property = load<i32>(node)
      }
      const farEast = x + 2 < width && y > 0 ? at(up, x + 2) : northEast
      const guess = predict(load<i32>(node, 16), west, north, northWest, northEast, twoWest, twoNorth, farEast, weighted)
      const value = guess + load<i32>(node, 4) + signed(readClustered(code, load<u32>(node, 8))) * load<i32>(node, 12)
      store<i32>(row + (<usize>x << 2), value)
      if (weights) weightedLearn(x, value)
    }
    if (weights) weightedRow()
    if (bitsOver()) {
      fail(TRUNCATED)
      return
    }
  }
}

/** The four properties of the same place in another channel. */
function others4(other: Channel, x: i32, y: i32, props: usize): void {
  const row = other.data + <usize>y * other.stride
  const up = row - other.stride
  const value = at(row, x)
  const west = x > 0 ? at(row, x - 1) : 0
  const north = y > 0 ? at(up, x) : west
  const northWest = x > 0 && y > 0 ? at(up, x - 1) : west
  const guess = gradient(west, north, northWest)
  store<i32>(props, abs(value))
  store<i32>(props, value, 4)
  store<i32>(props, abs(value - guess), 8)
  store<i32>(props, value - guess, 12)
}
