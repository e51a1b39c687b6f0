// Transforms of JPEG XL's modular pictures (ISO/IEC 18181-1:2024 §H.6): colours as differences, palettes, squeezed
// channels: what they make of the list of channels, and how they are undone.
import { alloc } from './arena'
import { bits, flag, u32Of } from './jxl-bits'
import { Channel } from './jxl-channel'
import { CORRUPT, fail, fault, TOO_LARGE, WHOLE } from './jxl-fault'
import { addChannel, Channels, channelAt, MOST_CHANNELS } from './jxl-modular'
import { undoPalette } from './jxl-palette'
import { undoColours } from './jxl-rct'
import { unsqueeze } from './jxl-squeeze'

const COLOURS: i32 = 0
const PALETTE: i32 = 1
const SQUEEZE: i32 = 2

/** A transform, 32 bytes: kind, first channel, then of colours the type; of a palette channels, colours, deltas, predictor; of a squeeze direction, whether in place, channels. */
const RECORD: usize = 32
/** A squeeze of many steps is as many records. */
const MOST: i32 = 256

@unmanaged
export class Transforms {
  records: usize
  count: i32
  /** Whether all of the picture is needed to undo them. */
  whole: bool
}

function record(transforms: Transforms, kind: i32, first: i32, a: i32, b: i32, c: i32, d: i32): bool {
  if (transforms.count >= MOST) return fail(CORRUPT)
  const at = transforms.records + <usize>transforms.count * RECORD
  transforms.count++
  store<i32>(at, kind)
  store<i32>(at, first, 4)
  store<i32>(at, a, 8)
  store<i32>(at, b, 12)
  store<i32>(at, c, 16)
  store<i32>(at, d, 20)
  return true
}

// @ts-ignore: decorator
@inline
function firstChannel(): i32 {
  return <i32>u32Of(0, 3, 8, 6, 72, 10, 1096, 13)
}

/** Reads the transforms and makes the list what they left; null after a fault. */
export function readTransforms(channels: Channels): Transforms | null {
  const transforms = changetype<Transforms>(alloc(offsetof<Transforms>()))
  const records = alloc(<usize>MOST * RECORD)
  if (changetype<usize>(transforms) == 0 || records == 0) {
    fail(TOO_LARGE)
    return null
  }
  transforms.records = records
  transforms.count = 0
  transforms.whole = false
  const count = <i32>u32Of(0, 0, 1, 0, 2, 4, 18, 8)
  for (let i = 0; i < count && fault() == 0; i++) {
    const kind = <i32>bits(2)
    if (kind == COLOURS) {
      const first = firstChannel()
      record(transforms, kind, first, <i32>u32Of(6, 0, 0, 2, 2, 4, 10, 6), 0, 0, 0)
    } else if (kind == PALETTE) {
      const first = firstChannel()
      const wide = <i32>u32Of(1, 0, 3, 0, 4, 0, 1, 13)
      const colours = <i32>u32Of(0, 8, 256, 10, 1280, 12, 5376, 16)
      const deltas = <i32>u32Of(0, 0, 1, 8, 257, 10, 1281, 16)
      record(transforms, kind, first, wide, colours, deltas, <i32>bits(4))
    } else if (kind == SQUEEZE) {
      const steps = <i32>u32Of(0, 0, 1, 4, 9, 6, 41, 8)
      // Without steps of its own it has the usual ones, which hang on the list as it then is.
      if (steps == 0) record(transforms, kind, -1, 0, 0, 0, 0)
      for (let step = 0; step < steps && fault() == 0; step++) {
        const across = flag()
        const inPlace = flag()
        const first = firstChannel()
        record(transforms, kind, first, across ? 1 : 0, inPlace ? 1 : 0, <i32>u32Of(1, 0, 2, 0, 3, 0, 4, 4), 0)
      }
    } else fail(CORRUPT)
  }
  if (fault() != 0) return null
  // All are read before the first takes effect.
  const read = transforms.count
  transforms.records = alloc(<usize>MOST * RECORD)
  transforms.count = 0
  if (transforms.records == 0) {
    fail(TOO_LARGE)
    return null
  }
  for (let i = 0; i < read; i++) {
    const at = records + <usize>i * RECORD
    const kind = load<i32>(at)
    if (kind == SQUEEZE && load<i32>(at, 4) < 0) {
      if (!usualSqueeze(channels, transforms)) return null
      continue
    }
    const first = load<i32>(at, 4)
    const a = load<i32>(at, 8)
    const b = load<i32>(at, 12)
    const c = load<i32>(at, 16)
    const d = load<i32>(at, 20)
    if (kind == COLOURS) applyColours(channels, transforms, first, a)
    else if (kind == PALETTE) applyPalette(channels, transforms, first, a, b, c, d)
    else applySqueeze(channels, transforms, first, a, b, c)
    if (fault() != 0) return null
  }
  return transforms
}

function areAlike(channels: Channels, first: i32, count: i32): bool {
  if (first < 0 || count < 1 || first + count > channels.count) return fail(CORRUPT)
  if (first < channels.meta && first + count > channels.meta) return fail(CORRUPT)
  const one = channelAt(channels, first)
  for (let i = 1; i < count; i++) {
    const other = channelAt(channels, first + i)
    if (
      other.width != one.width ||
      other.height != one.height ||
      other.acrossShift != one.acrossShift ||
      other.downShift != one.downShift
    ) {
      return fail(CORRUPT)
    }
  }
  return true
}

function applyColours(channels: Channels, transforms: Transforms, first: i32, type: i32): bool {
  if (type >= 42) return fail(CORRUPT)
  return areAlike(channels, first, 3) && record(transforms, COLOURS, first, type, 0, 0, 0)
}

function applyPalette(
  channels: Channels, transforms: Transforms, first: i32, wide: i32, colours: i32, deltas: i32, predictor: i32,
): bool {
  if (predictor >= 14 || !areAlike(channels, first, wide)) return fail(CORRUPT)
  if (first >= channels.meta) channels.meta++
  else channels.meta += 2 - wide
  const place = channels.list + (<usize>(first + 1) << 2)
  memory.copy(place, place + (<usize>(wide - 1) << 2), <usize>(channels.count - first - wide) << 2)
  channels.count -= wide - 1
  if (!addChannel(channels, 0, colours + deltas, wide, -1, -1)) return false
  if (deltas > 0 || predictor != 0) transforms.whole = true
  return record(transforms, PALETTE, first, wide, colours, deltas, predictor)
}

/** Steps of squeezing until there is little left: chroma first, then by turns down and across. */
function usualSqueeze(channels: Channels, transforms: Transforms): bool {
  const count = channels.count - channels.meta
  if (count < 1) return fail(CORRUPT)
  const first = channels.meta
  const one = channelAt(channels, first)
  let width = one.width
  let height = one.height
  if (count > 2 && channelAt(channels, first + 1).width == width && channelAt(channels, first + 1).height == height) {
    if (!applySqueeze(channels, transforms, first + 1, 1, 0, 2)) return false
    if (!applySqueeze(channels, transforms, first + 1, 0, 0, 2)) return false
  }
  if (width <= height && height > 8) {
    if (!applySqueeze(channels, transforms, first, 0, 1, count)) return false
    height = (height + 1) / 2
  }
  while (width > 8 || height > 8) {
    if (width > 8) {
      if (!applySqueeze(channels, transforms, first, 1, 1, count)) return false
      width = (width + 1) / 2
    }
    if (height > 8) {
      if (!applySqueeze(channels, transforms, first, 0, 1, count)) return false
      height = (height + 1) / 2
    }
  }
  return true
}

function applySqueeze(channels: Channels, transforms: Transforms, first: i32, across: i32, inPlace: i32, count: i32): bool {
  if (first < 0 || first + count > channels.count || channels.count + count > MOST_CHANNELS) return fail(CORRUPT)
  if (first < channels.meta) {
    if (first + count > channels.meta || inPlace == 0) return fail(CORRUPT)
    channels.meta += count
  }
  const rest = inPlace != 0 ? first + count : channels.count
  for (let i = 0; i < count; i++) {
    const channel = channelAt(channels, first + i)
    if (channel.acrossShift > 30 || channel.downShift > 30) return fail(CORRUPT)
    let width = channel.width
    let height = channel.height
    if (width == 0 || height == 0) return fail(CORRUPT)
    // A channel that has its pixels is a group's window of the picture.
    if (channel.data != 0) return fail(WHOLE)
    if (across != 0) {
      channel.width = (width + 1) / 2
      channel.stride = <usize>channel.width << 2
      if (channel.acrossShift >= 0) channel.acrossShift++
      width -= channel.width
    } else {
      channel.height = (height + 1) / 2
      if (channel.downShift >= 0) channel.downShift++
      height -= channel.height
    }
    if (!addChannel(channels, rest + i, width, height, channel.acrossShift, channel.downShift)) return false
  }
  transforms.whole = true
  return record(transforms, SQUEEZE, first, across, inPlace, count, 0)
}

/** Undoes all transforms, the last first. Returns whether it went well. */
export function undoTransforms(channels: Channels, transforms: Transforms, weighted: usize): bool {
  for (let i = transforms.count - 1; i >= 0 && fault() == 0; i--) {
    const at = transforms.records + <usize>i * RECORD
    const kind = load<i32>(at)
    const first = load<i32>(at, 4)
    const a = load<i32>(at, 8)
    const b = load<i32>(at, 12)
    const c = load<i32>(at, 16)
    if (kind == COLOURS) undoColours(channels, first, a)
    else if (kind == PALETTE) undoPalette(channels, first, a, b, c, load<i32>(at, 20), weighted)
    else undoSqueeze(channels, first, a, b, c)
  }
  return fault() == 0
}

function undoSqueeze(channels: Channels, first: i32, across: i32, inPlace: i32, count: i32): void {
  const rest = inPlace != 0 ? first + count : channels.count - count
  for (let i = 0; i < count; i++) {
    const means: Channel = channelAt(channels, first + i)
    if (!unsqueeze(means, channelAt(channels, rest + i), across != 0)) return
  }
  const place = channels.list + (<usize>rest << 2)
  memory.copy(place, place + (<usize>count << 2), <usize>(channels.count - rest - count) << 2)
  channels.count -= count
  if (first < channels.meta) channels.meta -= count
}
