// The modular picture of a JPEG XL frame (ISO/IEC 18181-1:2024 §G.1.3, §G.2.2, §G.4.2): all its channels, or those that
// a VarDCT frame has beside its colours. Held by rows of groups, but where its transforms need all of it.
import { alloc, arenaMark, arenaRelease } from './arena'
import { Channel } from './jxl-channel'
import { fail, fault, TOO_LARGE, WHOLE } from './jxl-fault'
import { colourChannels, extraChannels, groupsAcross, groupsDown, groupShift, height, isModular, leastHalving, lfGroupsAcross, lfGroupsDown, mostHalving, passHalvings, sampleBits, width } from './jxl-frame'
import { addChannel, Channels, channelAt, makeChannels, readChannels, readStream, readStreamHead, StreamHead } from './jxl-modular'
import { Transforms, undoTransforms } from './jxl-transforms'

/** After the transforms that are to be undone. */
let coded: Channels | null = null
let head: StreamHead | null = null
/** The first channel that comes by groups. */
let byGroups: i32 = 0
export let treeOfAll: usize = 0
/** Whether it is so small that all of it comes before the groups. */
export let isWhole: bool = false
/** Where a row of groups begins that is held: its first row, in pixels. */
let top: i32 = 0

// The list while it is what was coded: it is made anew for each row of groups.
let savedList: usize = 0
let savedCount: i32 = 0
let savedMeta: i32 = 0
let undone: bool = false
let bandMark: usize = 0

const QUANT_TABLES: i32 = 17
/** A picture that is held whole has sides of at most this. */
const SMALL: i32 = 256

/** Reads what the frame's groups share, and the small channels. */
export function readPlanes(tree: usize): bool {
  treeOfAll = tree
  coded = null
  isWhole = false
  undone = false
  const count = (isModular ? colourChannels : 0) + extraChannels
  if (count == 0) return true
  const channels = makeChannels(sampleBits)
  if (!channels) return false
  for (let i = 0; i < count; i++) if (!addChannel(channels, i, width, height, 0, 0)) return false
  coded = channels
  const group = 1 << groupShift
  const start = readStreamHead(channels)
  if (!start) return false
  head = start
  byGroups = readChannels(channels, start, tree, 0, group)
  if (byGroups < 0) return false
  isWhole = width <= group && height <= group
  // Where transforms need all of a large picture, it is left to a decoder that holds it.
  if (changetype<Transforms>(start.transforms).whole && (width > SMALL || height > SMALL)) return fail(WHOLE)
  // What comes by groups: a row of groups at a time.
  for (let i = byGroups; i < channels.count; i++) {
    const channel = channelAt(channels, i)
    if (channel.acrossShift != 0 || channel.downShift != 0) return fail(WHOLE)
    const size = channel.stride * <usize>min(group, channel.height)
    channel.data = alloc(size)
    if (channel.data == 0) return fail(TOO_LARGE)
    // Pixels that no group has are zero.
    memory.fill(channel.data, 0, size)
  }
  savedList = alloc(<usize>channels.count << 2)
  if (savedList == 0) return fail(TOO_LARGE)
  memory.copy(savedList, channels.list, <usize>channels.count << 2)
  savedCount = channels.count
  savedMeta = channels.meta
  return true
}

/** Reads what a group of 8 × 8 groups has of the small channels. */
export function readLfPlanes(group: i32): bool {
  const left = (group % lfGroupsAcross) << (groupShift + 3)
  const down = (group / lfGroupsAcross) << (groupShift + 3)
  return readWindow(left, down, 8 << groupShift, 3, 1000, 1 + lfGroupsAcross * lfGroupsDown + group)
}

/** Reads what a group has of the channels in one pass. */
export function readGroupPlanes(pass: i32, group: i32): bool {
  passHalvings(pass)
  const left = (group % groupsAcross) << groupShift
  const down = (group / groupsAcross) << groupShift
  const stream = 1 + 3 * lfGroupsAcross * lfGroupsDown + QUANT_TABLES + groupsAcross * groupsDown * pass + group
  return readWindow(left, down, 1 << groupShift, leastHalving, mostHalving, stream)
}

function readWindow(left: i32, down: i32, side: i32, least: i32, most: i32, stream: i32): bool {
  const channels = coded
  if (!channels) return true
  const mark = arenaMark()
  const window = makeChannels(channels.depth)
  if (!window) return false
  for (let i = byGroups; i < channels.count; i++) {
    const channel = channelAt(channels, i)
    const halving = min(channel.acrossShift, channel.downShift)
    if (halving < least || halving > most) continue
    const x = left >> channel.acrossShift
    const y = down >> channel.downShift
    const across = min(side >> channel.acrossShift, channel.width - x)
    const tall = min(side >> channel.downShift, channel.height - y)
    if (across <= 0 || tall <= 0) continue
    if (!addChannel(window, window.count, across, tall, channel.acrossShift, channel.downShift)) return false
    const part = channelAt(window, window.count - 1)
    part.stride = channel.stride
    part.data = channel.data + <usize>(isWhole ? y : y - top) * channel.stride + (<usize>x << 2)
  }
  const count = window.count
  if (count > 0) {
    const parts = alloc(<usize>count << 2)
    if (parts == 0) return fail(TOO_LARGE)
    memory.copy(parts, window.list, <usize>count << 2)
    if (!readStream(window, treeOfAll, stream)) return false
    for (let i = 0; i < count; i++) keepPart(changetype<Channel>(<usize>load<u32>(parts + (<usize>i << 2))), channelAt(window, i))
  }
  arenaRelease(mark)
  return true
}

/** Copies what a transform of the group's own put elsewhere to its place in the picture. */
function keepPart(part: Channel, made: Channel): void {
  if (part.data == made.data) return
  for (let y: usize = 0; y < <usize>part.height; y++) {
    memory.copy(part.data + y * part.stride, made.data + y * made.stride, <usize>part.width << 2)
  }
}

/** Begins a row of groups, whose first row is `row`. */
export function bandStart(row: i32): void {
  const channels = coded
  if (!channels) return
  if (undone && !isWhole) {
    memory.copy(channels.list, savedList, <usize>savedCount << 2)
    channels.count = savedCount
    channels.meta = savedMeta
    for (let i = byGroups; i < savedCount; i++) channelAt(channels, i).height = height
    arenaRelease(bandMark)
    undone = false
  }
  top = row
}

/** Undoes the transforms of what is held. */
export function bandEnd(): bool {
  const channels = coded
  const start = head
  if (!channels || !start || undone) return true
  bandMark = arenaMark()
  if (!isWhole) {
    const rows = min(1 << groupShift, height - top)
    for (let i = byGroups; i < channels.count; i++) channelAt(channels, i).height = rows
  }
  undone = true
  if (!undoTransforms(channels, changetype<Transforms>(start.transforms), start.weighted)) return false
  const count = (isModular ? colourChannels : 0) + extraChannels
  return channels.count >= count && fault() == 0
}

/** A row of a channel, i32 each. */
export function planeRow(channel: i32, y: i32): usize {
  const channels = coded
  if (!channels) return 0
  const own: Channel = channelAt(channels, channel)
  return own.data + <usize>(isWhole ? y : y - top) * own.stride
}
