// Modular streams of JPEG XL (ISO/IEC 18181-1:2024 annex H): a list of channels, transforms that make it another one, a
// tree, and the channels' pixels.
import { alloc, arenaMark, arenaRelease } from './arena'
import { bitsChecked, flag } from './jxl-bits'
import { Channel, decodeChannel } from './jxl-channel'
import { Code, numbersOpen, numbersWhole, windowOf } from './jxl-entropy'
import { CORRUPT, fail, fault, TOO_LARGE } from './jxl-fault'
import { readTransforms, Transforms, undoTransforms } from './jxl-transforms'
import { readTree, Tree } from './jxl-tree'
import { readWeighted, saveWeighted, WEIGHTED_BYTES } from './jxl-weighted'

/** Channels that a stream may have. */
export const MOST_CHANNELS: i32 = 256
const NO_LIMIT: i32 = 0x7fffffff

/** Channels of a picture, those that are no picture (palettes) first. */
@unmanaged
export class Channels {
  /** Pointers, u32. */
  list: usize
  count: i32
  /** How many at the beginning are no picture. */
  meta: i32
  /** Bits per sample. */
  depth: i32
}

export function channelAt(channels: Channels, index: i32): Channel {
  return changetype<Channel>(<usize>load<u32>(channels.list + (<usize>index << 2)))
}

/** An empty list; null after a fault. */
export function makeChannels(depth: i32): Channels | null {
  const channels = changetype<Channels>(alloc(offsetof<Channels>()))
  const list = alloc(<usize>MOST_CHANNELS << 2)
  if (changetype<usize>(channels) == 0 || list == 0) {
    fail(TOO_LARGE)
    return null
  }
  channels.list = list
  channels.count = 0
  channels.meta = 0
  channels.depth = depth
  return channels
}

/** Puts a channel into a list, without room for its pixels. */
export function addChannel(channels: Channels, at: i32, width: i32, height: i32, across: i32, down: i32): bool {
  if (channels.count >= MOST_CHANNELS) return fail(CORRUPT)
  const channel = changetype<Channel>(alloc(offsetof<Channel>()))
  if (changetype<usize>(channel) == 0) return fail(TOO_LARGE)
  channel.width = width
  channel.height = height
  channel.acrossShift = across
  channel.downShift = down
  channel.data = 0
  channel.stride = <usize>width << 2
  const place = channels.list + (<usize>at << 2)
  memory.copy(place + 4, place, <usize>(channels.count - at) << 2)
  store<u32>(place, <u32>changetype<usize>(channel))
  channels.count++
  return true
}

/** Takes room for the pixels of a channel that has none, all zero. */
export function fillChannel(channel: Channel): bool {
  if (channel.data != 0) return true
  const size = <u64>channel.stride * <u64>channel.height
  // Rows that are not looked at may be read before the first.
  if (size > 0x7fffffff) return fail(TOO_LARGE)
  channel.data = alloc(<usize>size + 16)
  if (channel.data == 0) return fail(TOO_LARGE)
  memory.fill(channel.data, 0, <usize>size)
  return true
}

/** What stands before the channels of a stream. */
@unmanaged
export class StreamHead {
  globalTree: bool
  weighted: usize
  transforms: usize
}

/** Reads what stands before the channels, and makes the list what the transforms left; null after a fault. */
export function readStreamHead(channels: Channels): StreamHead | null {
  const head = changetype<StreamHead>(alloc(offsetof<StreamHead>()))
  const weighted = alloc(WEIGHTED_BYTES)
  if (changetype<usize>(head) == 0 || weighted == 0) {
    fail(TOO_LARGE)
    return null
  }
  head.globalTree = flag()
  readWeighted()
  saveWeighted(weighted)
  head.weighted = weighted
  const transforms = readTransforms(channels)
  if (!transforms || !bitsChecked()) return null
  head.transforms = changetype<usize>(transforms)
  return head
}

/**
 * Reads the channels' pixels, as far as none is larger than `limit`.
 * @param global the picture's tree, or 0
 * Returns how many channels were passed; -1 after a fault.
 */
export function readChannels(channels: Channels, head: StreamHead, global: usize, stream: i32, limit: i32): i32 {
  let width = 0
  let pixels: u64 = 0
  let end = 0
  let any = false
  for (; end < channels.count; end++) {
    const channel = channelAt(channels, end)
    if (end >= channels.meta && (channel.width > limit || channel.height > limit)) break
    if (channel.width == 0 || channel.height == 0) continue
    any = true
    width = max(width, channel.width)
    pixels += <u64>channel.width * <u64>channel.height
    if (!fillChannel(channel)) return -1
  }
  if (!any) return end
  const mark = arenaMark()
  let tree = global
  if (!head.globalTree) tree = readTree(<i32>min<u64>(1 << 20, 1024 + pixels))
  else if (global == 0) fail(CORRUPT)
  if (fault() != 0) return -1
  const used = changetype<Tree>(tree)
  const code = changetype<Code>(used.code)
  if (!numbersOpen(code, width, windowOf(code, <u32>min<u64>(pixels, 1 << 20)))) return -1
  for (let i = 0; i < end; i++) {
    if (!decodeChannel(channels.list, i, used, stream)) return -1
  }
  arenaRelease(mark)
  return numbersWhole() && bitsChecked() ? end : -1
}

/** Reads a stream of its own: all its channels, the transforms undone. Returns whether it went well. */
export function readStream(channels: Channels, global: usize, stream: i32): bool {
  const head = readStreamHead(channels)
  if (!head) return false
  if (readChannels(channels, head, global, stream, NO_LIMIT) < 0) return false
  return undoTransforms(channels, changetype<Transforms>(head.transforms), head.weighted)
}
