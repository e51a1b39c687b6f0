// Weights that dequantise JPEG XL's coefficients (ISO/IEC 18181-1:2024 §I.2.4): a table for each size of transform, made
// of a few numbers, or coded whole.
import { alloc, arenaMark, arenaRelease } from './arena'
import { bits, bitsChecked, f16 } from './jxl-bits'
import { CORRUPT, fail, fault, TOO_LARGE } from './jxl-fault'
import { lfGroupsAcross, lfGroupsDown } from './jxl-frame'
import { lastKind, tableOf } from './jxl-kinds'
import { addChannel, channelAt, makeChannels, readStream } from './jxl-modular'

const TABLES: i32 = 17
/** Rows and columns of each table, in blocks. */
const ROWS: StaticArray<u8> = [1, 1, 1, 1, 2, 4, 1, 1, 2, 1, 1, 8, 4, 16, 8, 32, 16]
const COLUMNS: StaticArray<u8> = [1, 1, 1, 1, 2, 4, 2, 4, 4, 1, 1, 8, 8, 16, 16, 32, 32]

/** The usual numbers of bands, and where they stand below: of each colour by turns. */
const BAND_COUNTS: StaticArray<u8> = [6, 0, 0, 4, 7, 8, 7, 8, 8, 4, 0, 8, 8, 8, 8, 8, 8]
const BAND_STARTS: StaticArray<u16> = [0, 0, 0, 18, 30, 51, 75, 96, 120, 144, 0, 156, 180, 204, 228, 252, 276]
const BANDS: StaticArray<f32> = [
  3150, 0, -0.4, -0.4, -0.4, -2, 560, 0, -0.3, -0.3, -0.3, -0.3, 512, -2, -1, 0, -1, -2, 2200, 0, 0, 0, 392, 0, 0, 0,
  112, -0.25, -0.25, -0.5, 8996.87257, -1.30007774, -0.494245298, -0.439093774, -0.635010183, -0.901772641,
  -1.61620992, 3191.48366, -0.674245821, -0.807458134, -0.449258375, -0.35865441, -0.313223891, -0.376150253,
  1157.50408, -2.05314232, -1.4, -0.5068713, -0.427087306, -1.48568345, -4.92091429, 15718.4083, -1.025, -0.98,
  -0.9012, -0.4, -0.488193955, -0.421064, -0.27, 7305.76368, -0.804195821, -0.763303646, -0.5566038, -0.497853047,
  -0.436995927, -0.401808665, -0.273216831, 3803.53174, -3.06073358, -2.04132701, -2.02356502, -0.549538951, -0.4,
  -0.4, -0.3, 7240.77344, -0.7, -0.7, -0.2, -0.2, -0.2, -0.5, 1448.15469, -0.5, -0.5, -0.5, -0.2, -0.2, -0.2,
  506.854141, -1.4, -0.2, -0.5, -0.5, -1.5, -3.6, 16283.2495, -1.78128453, -1.6309059, -1.0382179, -0.85, -0.7, -0.9,
  -1.23606386, 5089.15751, -0.320049391, -0.353628499, -0.3034, -0.61, -0.5, -0.5, -0.6, 3397.77603, -0.321327363,
  -0.345076192, -0.7034, -0.9, -1, -1, -1.17546056, 13844.9708, -0.971138, -0.658, -0.42026, -0.22712, -0.2206,
  -0.226, -0.6, 4798.96408, -0.61125309, -0.837707866, -0.790148621, -0.269272746, -0.382727695, -0.229242227,
  -0.207190988, 1807.23695, -1.2, -1.2, -0.7, -0.7, -0.7, -0.4, -0.5, 2198.05056, -0.96269623, -0.76194253,
  -0.655114067, 764.365525, -0.926302009, -0.96752296, -0.278452909, 527.107574, -1.45943858, -1.45008209,
  -1.58437225, 23966.1665, -1.025, -0.78, -0.65012, -0.190415741, -0.208193955, -0.421064, -0.327338455, 8380.19148,
  -0.304195821, -0.363303646, -0.3566038, -0.344307446, -0.336995927, -0.301808665, -0.273216831, 4493.02378, -1.2,
  -1.2, -0.8, -0.7, -0.7, -0.4, -0.5, 15358.898, -1.025, -0.78, -0.65012, -0.190415741, -0.208193955, -0.421064,
  -0.327338455, 5597.36052, -0.304195821, -0.363303646, -0.3566038, -0.344307446, -0.336995927, -0.301808665,
  -0.273216831, 2919.96162, -1.2, -1.2, -0.8, -0.7, -0.7, -0.4, -0.5, 47932.3331, -1.025, -0.78, -0.65012,
  -0.190415741, -0.208193955, -0.421064, -0.327338455, 16760.383, -0.304195821, -0.363303646, -0.3566038,
  -0.344307446, -0.336995927, -0.301808665, -0.273216831, 8986.04756, -1.2, -1.2, -0.8, -0.7, -0.7, -0.4, -0.5,
  30717.7961, -1.025, -0.78, -0.65012, -0.190415741, -0.208193955, -0.421064, -0.327338455, 11194.721, -0.304195821,
  -0.363303646, -0.3566038, -0.344307446, -0.336995927, -0.301808665, -0.273216831, 5839.92324, -1.2, -1.2, -0.8,
  -0.7, -0.7, -0.4, -0.5, 95864.6661, -1.025, -0.78, -0.65012, -0.190415741, -0.208193955, -0.421064, -0.327338455,
  33520.7659, -0.304195821, -0.363303646, -0.3566038, -0.344307446, -0.336995927, -0.301808665, -0.273216831,
  17972.0951, -1.2, -1.2, -0.8, -0.7, -0.7, -0.4, -0.5, 61435.5922, -1.025, -0.78, -0.65012, -0.190415741,
  -0.208193955, -0.421064, -0.327338455, 22389.4421, -0.304195821, -0.363303646, -0.3566038, -0.344307446,
  -0.336995927, -0.301808665, -0.273216831, 11679.8465, -1.2, -1.2, -0.8, -0.7, -0.7, -0.4, -0.5,
]
const IDENTITIES: StaticArray<f32> = [280, 3160, 3160, 60, 864, 864, 18, 200, 200]
const HALVES: StaticArray<f32> = [3840, 2560, 1280, 640, 480, 300, 960, 640, 320, 180, 140, 120, 640, 320, 128, 64, 32, 16]
const CORNERS: StaticArray<f32> = [
  3072, 3072, 256, 256, 256, 414, 0, 0, 0, 1024, 1024, 50, 50, 50, 58, 0, 0, 0, 384, 384, 12, 12, 12, 22, -0.25, -0.25,
  -0.25,
]
/** Frequencies of the corner's transform. */
const FREQUENCIES: StaticArray<f32> = [
  0, 0, 0.8517778890324296, 5.37778436506804, 0, 0, 4.734747904497923, 5.449245381693219, 1.6598270267479331, 4,
  7.275749096817861, 10.423227632456525, 2.662932286148962, 7.630657783650829, 8.962388608184032, 12.97166202570235,
]
const USUAL: i32 = 0
const IDENTITY: i32 = 1
const DCT2: i32 = 2
const DCT4: i32 = 3
const DCT4X8: i32 = 4
const AFV: i32 = 5
const DCT: i32 = 6
const RAW: i32 = 7
const MOST_BANDS: i32 = 17

/** Three colours' tables one behind the other, of f32; 0 where it is not made yet. */
const tables: StaticArray<usize> = changetype<StaticArray<usize>>(memory.data((TABLES) * 4, 16))

// What a table is made of.
const bands: StaticArray<f32> = changetype<StaticArray<f32>>(memory.data((3 * MOST_BANDS) * 4, 16))
let bandCount: i32 = 0
const smaller: StaticArray<f32> = changetype<StaticArray<f32>>(memory.data((3 * MOST_BANDS) * 4, 16))
let smallerCount: i32 = 0
const extra: StaticArray<f32> = changetype<StaticArray<f32>>(memory.data((27) * 4, 16))

export function tableSize(table: i32): i32 {
  return <i32>unchecked(ROWS[table]) * <i32>unchecked(COLUMNS[table]) * 64
}

/** A kind's weights, of colour after colour. */
// @ts-ignore: decorator
@inline
export function weightsOf(kind: i32): usize {
  return unchecked(tables[tableOf(kind)])
}

/** Reads the tables that are not the usual ones, and makes those that `used` kinds need. */
export function readWeights(tree: usize, used: u32): bool {
  for (let i = 0; i < TABLES; i++) unchecked((tables[i] = 0))
  if (bits(1) == 0) {
    for (let i = 0; i < TABLES && fault() == 0; i++) {
      const mode = <i32>bits(3)
      if (mode == USUAL) continue
      if (mode <= AFV && tableSize(i) != 64) return fail(CORRUPT)
      if (mode == RAW ? !readRaw(i, tree) : !readNumbers(mode) || !makeTable(i, mode)) return false
      if (!bitsChecked()) return false
    }
  }
  for (let kind = 0; kind <= lastKind && fault() == 0; kind++) {
    const table = tableOf(kind)
    if ((used & (<u32>1 << kind)) == 0 || unchecked(tables[table]) != 0) continue
    if (!makeTable(table, usualNumbers(table))) return false
  }
  return fault() == 0
}

function readBands(to: StaticArray<f32>): i32 {
  const count = <i32>bits(4) + 1
  for (let c = 0; c < 3; c++) {
    for (let i = 0; i < count; i++) unchecked((to[c * MOST_BANDS + i] = f16() * (i == 0 ? <f32>64 : 1)))
  }
  return count
}

function readNumbers(mode: i32): bool {
  const count = mode == IDENTITY ? 3 : mode == DCT2 ? 6 : mode == DCT4 ? 2 : mode == DCT4X8 ? 1 : mode == AFV ? 9 : 0
  const large = mode == IDENTITY || mode == DCT2 ? count : mode == AFV ? 6 : 0
  for (let c = 0; c < 3; c++) {
    for (let i = 0; i < count; i++) unchecked((extra[c * count + i] = f16() * (i < large ? <f32>64 : 1)))
  }
  if (mode >= DCT4) bandCount = readBands(bands)
  if (mode == AFV) smallerCount = readBands(smaller)
  return fault() == 0
}

function usualBands(to: StaticArray<f32>, table: i32): i32 {
  const count = <i32>unchecked(BAND_COUNTS[table])
  const start = <i32>unchecked(BAND_STARTS[table])
  for (let c = 0; c < 3; c++) {
    for (let i = 0; i < count; i++) unchecked((to[c * MOST_BANDS + i] = BANDS[start + c * count + i]))
  }
  return count
}

/** Sets the usual numbers of a table; returns its mode. */
function usualNumbers(table: i32): i32 {
  for (let i = 0; i < 27; i++) {
    const value = table == 1 ? (i < 9 ? unchecked(IDENTITIES[i]) : 0) : table == 2 ? (i < 18 ? unchecked(HALVES[i]) : 0) : table == 10 ? unchecked(CORNERS[i]) : 1
    unchecked((extra[i] = value))
  }
  if (table == 10) {
    bandCount = usualBands(bands, 9)
    smallerCount = usualBands(smaller, 3)
    return AFV
  }
  bandCount = usualBands(bands, table)
  return table == 1 ? IDENTITY : table == 2 ? DCT2 : table == 3 ? DCT4 : table == 9 ? DCT4X8 : DCT
}

function readRaw(table: i32, tree: usize): bool {
  const size = tableSize(table)
  const unit = f16()
  if (!(unit >= 1e-8)) return fail(CORRUPT)
  const to = alloc(<usize>size * 12)
  const mark = arenaMark()
  const channels = makeChannels(8)
  if (to == 0 || !channels) return fail(TOO_LARGE)
  for (let c = 0; c < 3; c++) {
    if (!addChannel(channels, c, <i32>unchecked(COLUMNS[table]) * 8, <i32>unchecked(ROWS[table]) * 8, 0, 0)) return false
  }
  if (!readStream(channels, tree, 1 + 3 * lfGroupsAcross * lfGroupsDown + table)) return false
  for (let c = 0; c < 3; c++) {
    const from = channelAt(channels, c).data
    for (let i = 0; i < size; i++) {
      const value = load<i32>(from + (<usize>i << 2))
      if (value <= 0) return fail(CORRUPT)
      store<f32>(to + (<usize>(c * size + i) << 2), unit * <f32>value)
    }
  }
  arenaRelease(mark)
  unchecked((tables[table] = to))
  return true
}

/** A factor of a band to the one before. */
function factorOf(value: f32): f32 {
  return value > 0 ? 1 + value : 1 / (1 - value)
}

const levels: StaticArray<f32> = changetype<StaticArray<f32>>(memory.data((MOST_BANDS + 1) * 4, 16))

/** Between two levels, by powers. */
function between(position: f32, count: i32): f32 {
  const index = min(<i32>position, count - 2)
  const low = unchecked(levels[index])
  const ratio = unchecked(levels[index + 1]) / low
  return low * Mathf.pow(ratio, position - <f32>index)
}

/** Weights that fall with the frequency, for one colour. */
function fillBands(from: StaticArray<f32>, count: i32, c: i32, to: usize, rows: i32, columns: i32): bool {
  unchecked((levels[0] = from[c * MOST_BANDS]))
  if (!(unchecked(levels[0]) >= 1e-8)) return fail(CORRUPT)
  for (let i = 1; i < count; i++) {
    const level = unchecked(levels[i - 1]) * factorOf(unchecked(from[c * MOST_BANDS + i]))
    if (!(level >= 1e-8)) return fail(CORRUPT)
    unchecked((levels[i] = level))
  }
  const scale = <f32>(count - 1) / <f32>(1.41421356237 + 1e-6)
  for (let y = 0; y < rows; y++) {
    const dy = (<f32>y * scale) / <f32>(rows - 1)
    for (let x = 0; x < columns; x++) {
      const dx = (<f32>x * scale) / <f32>(columns - 1)
      const value = count == 1 ? unchecked(levels[0]) : between(sqrt<f32>(dx * dx + dy * dy), count)
      store<f32>(to + (<usize>(y * columns + x) << 2), value)
    }
  }
  return true
}

// @ts-ignore: decorator
@inline
function put(to: usize, x: i32, y: i32, value: f32): void {
  store<f32>(to + (<usize>(y * 8 + x) << 2), value)
}

// @ts-ignore: decorator
@inline
function got(from: usize, index: i32): f32 {
  return load<f32>(from + (<usize>index << 2))
}

function makeTable(table: i32, mode: i32): bool {
  const size = tableSize(table)
  const to = alloc(<usize>size * 12)
  const mark = arenaMark()
  const first = alloc(128)
  const second = alloc(128)
  if (to == 0 || first == 0 || second == 0) return fail(TOO_LARGE)
  for (let c = 0; c < 3; c++) {
    const own = to + <usize>(c * size) * 4
    if (mode == IDENTITY) {
      for (let i = 0; i < 64; i++) store<f32>(own + (<usize>i << 2), unchecked(extra[c * 3]))
      put(own, 1, 0, unchecked(extra[c * 3 + 1]))
      put(own, 0, 1, unchecked(extra[c * 3 + 1]))
      put(own, 1, 1, unchecked(extra[c * 3 + 2]))
    } else if (mode == DCT2) {
      for (let y = 0; y < 8; y++) {
        for (let x = 0; x < 8; x++) {
          const far = max(x, y)
          const level = far >= 4 ? 4 : far >= 2 ? 2 : 0
          const half = level == 4 ? 4 : level == 2 ? 2 : 1
          const both = x >= half && y >= half ? 1 : 0
          put(own, x, y, far == 0 ? 1 : unchecked(extra[c * 6 + level + both]))
        }
      }
    } else if (mode == DCT4) {
      if (!fillBands(bands, bandCount, c, first, 4, 4)) return false
      for (let y = 0; y < 8; y++) for (let x = 0; x < 8; x++) put(own, x, y, got(first, (y >> 1) * 4 + (x >> 1)))
      put(own, 1, 0, got(own, 1) / unchecked(extra[c * 2]))
      put(own, 0, 1, got(own, 8) / unchecked(extra[c * 2]))
      put(own, 1, 1, got(own, 9) / unchecked(extra[c * 2 + 1]))
    } else if (mode == DCT4X8) {
      if (!fillBands(bands, bandCount, c, first, 4, 8)) return false
      for (let y = 0; y < 8; y++) for (let x = 0; x < 8; x++) put(own, x, y, got(first, (y >> 1) * 8 + x))
      put(own, 0, 1, got(own, 8) / unchecked(extra[c]))
    } else if (mode == AFV) {
      if (!fillBands(bands, bandCount, c, first, 4, 8)) return false
      if (!fillBands(smaller, smallerCount, c, second, 4, 4)) return false
      if (!fillCorner(own, c)) return false
      for (let y = 0; y < 4; y++) {
        for (let x = 0; x < 8; x++) if (x + y > 0) put(own, x, 2 * y + 1, got(first, y * 8 + x))
        for (let x = 0; x < 4; x++) if (x + y > 0) put(own, 2 * x + 1, 2 * y, got(second, y * 4 + x))
      }
    } else if (!fillBands(bands, bandCount, c, own, <i32>unchecked(ROWS[table]) * 8, <i32>unchecked(COLUMNS[table]) * 8)) return false
  }
  for (let i: usize = 0; i < <usize>size * 12; i += 4) {
    const value = load<f32>(to + i)
    if (!(value >= 1e-8 && value <= 1e8)) return fail(CORRUPT)
    store<f32>(to + i, 1 / value)
  }
  arenaRelease(mark)
  unchecked((tables[table] = to))
  return true
}

/** Weights of the corner's own transform. */
function fillCorner(own: usize, c: i32): bool {
  const at = c * 9
  unchecked((levels[0] = extra[at + 5]))
  if (!(unchecked(levels[0]) >= 1e-8)) return fail(CORRUPT)
  for (let i = 1; i < 4; i++) {
    const level = unchecked(levels[i - 1]) * factorOf(unchecked(extra[at + 5 + i]))
    if (!(level >= 1e-8)) return fail(CORRUPT)
    unchecked((levels[i] = level))
  }
  put(own, 0, 0, 1)
  put(own, 0, 1, unchecked(extra[at]))
  put(own, 1, 0, unchecked(extra[at + 1]))
  put(own, 0, 2, unchecked(extra[at + 2]))
  put(own, 2, 0, unchecked(extra[at + 3]))
  put(own, 2, 2, unchecked(extra[at + 4]))
  const low: f32 = 0.8517778890324296
  const high: f32 = <f32>12.97166202570235 - low + <f32>1e-6
  for (let y = 0; y < 4; y++) {
    for (let x = 0; x < 4; x++) {
      if (x < 2 && y < 2) continue
      put(own, 2 * x, 2 * y, between(((unchecked(FREQUENCIES[y * 4 + x]) - low) * 3) / high, 4))
    }
  }
  return true
}
