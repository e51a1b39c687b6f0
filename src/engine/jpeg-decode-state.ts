// What the JPEG decoder's modules share: one decoder per engine instance, its fields at a fixed
// address so that every access is one load. Terms follow ITU-T T.81 (JPEG) and libjpeg.

/** Statuses of `jpegDecRun`; below 0 an error. */
export const NEED_INPUT = 0
export const HEADER = 1
export const ROWS = 2
export const DONE = 3
/** The stream must be read again from its first byte, for the next band of coefficients. */
export const REWIND = 4
/** Inside the decoder only: carry on. */
export const GO_ON = 5

export const ERR_MEMORY = -1
export const ERR_NOT_JPEG = -2
export const ERR_CORRUPT = -3
export const ERR_TRUNCATED = -4
export const ERR_ARITHMETIC = -5
export const ERR_PRECISION = -6
export const ERR_LOSSLESS = -7
export const ERR_COMPONENTS = -8
export const ERR_HEIGHT = -9
export const ERR_SCANS = -10
export const ERR_CROP = -11

/** In a table of slots: the coefficient is not kept. It lies behind a whole block's 128 bytes. */
export const NOWHERE = 128

export const MAX_COMPONENTS = 4
/** `keep` of blocks that are reduced to 2×2. */
export const KEEP_2 = 4
/** T.81 B.2.3: an interleaved MCU holds at most ten blocks. */
export const MAX_BLOCKS = 10
/** An 8×8 block in a batch, with 16 bytes behind it for coefficients that belong nowhere. */
export const BLOCK_BYTES: i32 = NOWHERE + 16
/** MCUs whose coefficients are decoded before they are transformed: they stay in the first-level cache. */
export const BATCH = 16
/** No MCU takes more bytes: 10 blocks × (27 + 63 × 31) bits, rounded up. */
export const MCU_BYTES = 2560

// How components become colours.
export const COLOUR_GREY = 0
export const COLOUR_RGB = 1
export const COLOUR_YCC = 2
export const COLOUR_CMYK = 3
export const COLOUR_YCCK = 4

/** One colour component of the frame, and of the scan it takes part in. */
@unmanaged
export class Component {
  /** DC prediction of the running scan. */
  pred: i32
  id: i32
  /** Sampling factors. */
  h: i32
  v: i32
  /** Index of its quantisation table. */
  tq: i32
  /** Pointer of its own copy of the quantisation table: 64 × u16 in natural order. */
  quant: usize
  hasQuant: i32
  /** Samples per block side after the scaled inverse DCT: 1, 2, 4 or 8. */
  size: i32
  /** Real samples after scaling, before padding to whole blocks. */
  width: i32
  height: i32
  /** Blocks that hold them: of a scan of this component alone. */
  blocksWide: i32
  blocksHigh: i32
  /** Huffman tables of the running scan. */
  dc: usize
  ac: usize
  /** Zigzag index of the last coefficient that the scaled transform uses. */
  keep: i32
  /** Zigzag index → byte offset of the coefficient in its block or batch: 128 × u16. */
  slots: usize
  /** Coefficients of one batch, and for each block the last index that is not zero. */
  coefs: usize
  last: usize
  coefBytes: i32
  /** Samples: one carried row, then the rows of one MCU row. */
  plane: usize
  stride: i32
  /** Rows of samples in an MCU row, and how often each is repeated to full size. */
  rows: i32
  expandX: i32
  expandY: i32
  /** 0 as it is, 1 repeat, 2 triangle h2v1, 3 triangle h2v2, 4 triangle h1v2, 5 nearest. */
  upsample: i32
  /** A row at the output's width, where the plane's own row does not do. */
  line: usize
  /** Coefficients of the band for pictures with more than one scan. */
  store: usize
  /** Non-zero history of the band for refinement: u64 a block; 0 where there is none. */
  history: usize
  /** Blocks in a row of the store and of the history, and bytes of a stored block. */
  storeWide: i32
  historyWide: i32
  storeBytes: i32
  storeSlots: usize
  /** By zigzag index: whether the coefficient is kept. */
  kept: u64
}

@unmanaged
export class Decoder {
  /** What `jpegDecRun` does next. */
  phase: i32
  /** Compressed bytes as they came: [inNext, inEnd) of the window at `input`. */
  input: usize
  inNext: usize
  inEnd: usize
  eof: i32
  /** Bytes of the file that lay before the window's start. */
  consumed: u32
  /** Entropy-coded bytes without stuffing, in descending order: see jpeg-decode-input.ts. */
  clean: usize
  cleanLow: usize
  /** The marker that ended the entropy-coded segment, -1 at the end of the file, 0 while it goes on. */
  marker: i32
  // The bit reader between two calls.
  bits: u64
  count: i32
  next: usize
  limit: usize
  /** Bytes of the running segment that were made clean. */
  made: u32
  /** Offsets in the file where cleaning can begin again, and `made` there; the reader is past the first. */
  anchorAt: u32
  anchorMade: u32
  laterAt: u32
  laterMade: u32
  /** Offset in the file up to which input is passed over. */
  skipTo: u32
  /** Whether a scan is being taken up where an earlier reading left it, and how far that is. */
  takingUp: i32
  dropped: u32

  width: i32
  height: i32
  /** Where the caller knows the height of a file whose frame header leaves it to DNL. */
  dnlHeight: i32
  progressive: i32
  components: i32
  hMax: i32
  vMax: i32
  mcusWide: i32
  mcusHigh: i32
  colour: i32
  adobe: i32
  adobeTransform: i32
  jfif: i32
  restartInterval: i32
  restartsLeft: i32
  nextRestart: i32

  /** log2 of the reduction, 0–3. */
  shrink: i32
  /** Whether blocks of 4×4 are made by the flat transform. */
  flat: i32
  /** Whether planes are handed out as they are, each at its own size, MCU row by MCU row. */
  planar: i32
  /** Samples per block side of the component with the finest sampling. */
  size: i32
  outWidth: i32
  outHeight: i32
  cropLeft: i32
  cropTop: i32
  cropWidth: i32
  cropHeight: i32
  bands: i32
  /** Rows of output that one MCU row makes. */
  mcuRows: i32
  /** Whether upsampling looks at the rows above and below. */
  context: i32

  // The running scan.
  scanComponents: i32
  scan0: i32
  scan1: i32
  scan2: i32
  scan3: i32
  spectralStart: i32
  spectralEnd: i32
  approxHigh: i32
  approxLow: i32
  eobRun: i32
  scans: i32
  mcuRow: i32
  batch: i32
  batchDone: i32
  /** The MCUs [firstBatch, endBatch) × BATCH are the ones that are transformed. */
  firstBatch: i32
  endBatch: i32
  /** First and last + 1 MCU row that is transformed. */
  firstRow: i32
  endRow: i32
  exhausted: i32
  /** Units (MCUs, or blocks of a scan of one component) decoded or left empty so far. */
  work: u64
  truncated: i32
  damaged: i32

  /** Rows handed out. */
  out: usize
  outRows: i32
  /** Rows that the strip has room for, and whether the host has seen those that it holds. */
  outRoom: i32
  outSeen: i32
  outStride: i32
  /** Rows between two kernels: vertical sums of the triangle filter, RGB of YCCK. */
  sums: usize
  rgbLine: usize
  /** Next output row to make, and where the strip ends. */
  outY: i32

  /** The block list of an MCU: see jpeg-decode-baseline.ts. */
  blocks: usize
  blockCount: i32
  skipBlocks: usize
  /** Coefficients of all components' batches in one piece, so that one fill clears them. */
  coefs: usize
  coefBytes: i32
  tables: usize
  quants: usize
  /** Whether coefficients are held until the last scan. */
  buffered: i32
  /** Units (MCUs, or blocks of a scan of one component) of the running scan. */
  unitsWide: i32
  unitsHigh: i32
  /** Units [unitsLeft, unitsRight) of a row are those whose coefficients are held. */
  unitsLeft: i32
  unitsRight: i32
  /** Blocks of a batch of units of a sequential scan. */
  units: usize
  unitBytes: i32
  /** Passes over the file that are over. */
  passes: i32
  /** The MCU rows [bandStart, bandEnd) of this reading; of those from keepStart on, coefficients are held. */
  bandStart: i32
  keepStart: i32
  bandEnd: i32
  /** Rows of a band, and of one above the crop; 0 where those belong to the first band. */
  bandRows: i32
  aboveRows: i32
  /** The memory that bands share, and what is noted of each scan. */
  region: usize
  regionBytes: usize
  marks: usize
  /** Whether the marker behind the running scan is still to be found. */
  endWanted: i32
}

/** The decoder. */
export const d = changetype<Decoder>(memory.data(512, 16))

const componentData = memory.data(1024, 16)

/** Component `i` of the frame. */
// @ts-ignore: decorator
@inline
export function component(i: i32): Component {
  return changetype<Component>(componentData + <usize>i * offsetof<Component>())
}

/** Component of the frame that is the `i`-th of the running scan. */
export function scanned(i: i32): Component {
  return component(i == 0 ? d.scan0 : i == 1 ? d.scan1 : i == 2 ? d.scan2 : d.scan3)
}

/** Clears everything, for the next picture. */
export function clearState(): void {
  memory.fill(changetype<usize>(d), 0, offsetof<Decoder>())
  memory.fill(componentData, 0, offsetof<Component>() * MAX_COMPONENTS)
}

// @ts-ignore: decorator
@inline
export function divUp(a: i32, b: i32): i32 {
  return (a + b - 1) / b
}
