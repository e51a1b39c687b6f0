// One PNG being read: the state of its chunk framing, its inflater and its rows, in one block of
// memory, so that a copy of the block is a second reader at the same place (png-adam7 does that).
//
//   block: | Stream | code lengths | literal table | distance table | input window | inflated bytes |

/** Bytes of file that the host hands over at once. */
export const WINDOW: usize = 64 * 1024
/** How far back a deflate match may reach (RFC 1951 §2). */
export const HISTORY: usize = 32 * 1024
/** Room behind the inflated bytes: one longest match and the overrun of wide stores. */
export const SLACK: usize = 320

/** Entries of an 11-bit literal table with its sub tables, as zlib's enough.c counts (286, 11, 15). */
export const LITERAL_ENTRIES: usize = 2342
/** The same for an 8-bit distance table (30, 8, 15). */
export const DISTANCE_ENTRIES: usize = 402

// @ts-ignore: decorator of AssemblyScript
@unmanaged
export class Stream {
  // Bit reader: `count` valid bits at the low end of `bits`.
  bits: u64
  count: u64
  /** Compressed bytes at hand: part of one IDAT chunk, within the input window. */
  input: usize
  inputEnd: usize
  /** Inflated bytes: `base` ≤ `row` (first byte not yet unfiltered) ≤ `out` (next to write) ≤ `outEnd`. */
  base: usize
  row: usize
  out: usize
  outEnd: usize
  // Deflate block.
  mode: i32
  final: i32
  /** Whether the tables are those of the fixed codes. */
  fixed: i32
  lengths: usize
  literals: usize
  distances: usize
  literalCodes: i32
  distanceCodes: i32
  lengthCodes: i32
  filled: i32
  stored: u32
  // Chunk framing.
  window: usize
  raw: usize
  rawEnd: usize
  frame: i32
  gathered: i32
  held: u64
  chunkLeft: u32
  crc: u32
  /** Samples of 8 bits a pixel that need no expansion; 0: as the file's header says. */
  plain: i32
  // Rows of the present pass.
  rowBytes: usize
  rowPixels: i32
  rowsLeft: i32
  prior: usize
  /** Memory of unfiltered rows: see png-decode. */
  rows: usize
  spare: usize
  stride: usize
  capacity: i32
  ready: i32
}

export const OUTPUT_FULL: i32 = 1
export const NEED_INPUT: i32 = 0
export const ENDED: i32 = 2

export const BAD_CHUNK: i32 = -1
export const BAD_CRC: i32 = -2
export const BAD_ZLIB: i32 = -3
export const BAD_BLOCK: i32 = -4
export const BAD_CODES: i32 = -5
export const BAD_SYMBOL: i32 = -6
export const BAD_DISTANCE: i32 = -7
export const BAD_FILTER: i32 = -8
