// What the JPEG decoder takes of the engine's arena: the sums of src/engine/jpeg-decode-layout.ts
// for the planner, which has to know before anything is decoded.

/** Sampling factors of a component in the frame header. */
export interface Sampling {
  readonly h: number
  readonly v: number
}

/** What of a JPEG's header decides how much memory it takes. */
export interface JpegFacts {
  readonly width: number
  readonly height: number
  /** 1, 3 or 4. */
  readonly components: number
  /** In several scans: progressive, or sequential and not interleaved. */
  readonly interlaced: boolean
  /** Where it is not known, the costliest of the usual ones is assumed. */
  readonly sampling?: readonly Sampling[]
}

/** What coefficients held between scans may take by default; more where that would be over MAX_PASSES. */
export const BAND_BYTES = 6 << 20

/** A window of the reduced picture; one that may lie anywhere where it is not said. */
export interface Part {
  readonly left?: number
  readonly top?: number
  readonly width: number
  readonly height: number
}

const BATCH = 16
const BLOCK_BYTES = 144
const PLANE_PAD = 32
const STRIP = 17
const MAX_PASSES = 32
const MAX_BLOCKS = 10
/** What is noted of each scan, 14 numbers of 32 bits. */
const MARKS_BYTES = 201 * 56
/** Of a Block and of the slots of a component, in the engine. */
const LIST_BYTES = 48 * MAX_BLOCKS
const SLOTS_BYTES = 256
const HUFFMAN_BYTES = 4096 + 2048 + 2 * 72 + 256 + 16
/** Input and clean windows, Huffman and quantisation tables. */
const WINDOWS =
  round(0x10000 + 64) + 0x8000 + round(4 * (2 * HUFFMAN_BYTES + 8192 + 16384)) + 4 * 128 + 4 * 128 + slackOf()

/** What an allocation of the arena costs beside its bytes. */
function slackOf(): number {
  return 64 + 15
}

function round(bytes: number): number {
  return (bytes + 15) & ~15
}

/** Samplings to try where the header's are not known: 4:4:4, 4:2:0, 4:2:2 and 4:4:0, black as luma. */
function samplingsOf(facts: JpegFacts): (readonly Sampling[])[] {
  const one = { h: 1, v: 1 }
  if (facts.components === 1) return [[one]]
  if (facts.sampling) return [facts.sampling]
  const lumas = [one, { h: 2, v: 2 }, { h: 2, v: 1 }, { h: 1, v: 2 }]
  return lumas.map((luma) => (facts.components === 3 ? [luma, one, one] : [luma, one, one, luma]))
}

/**
 * Bytes of the engine's arena that decoding takes at most, over what the arena holds already.
 * @param shrink 1, 2, 4 or 8
 * @param part the window of the reduced picture, by default all of it
 * @param bandBytes as in `openJpeg`
 */
export function jpegDecodeBytes(
  facts: JpegFacts,
  shrink: number,
  part?: Part,
  bandBytes = BAND_BYTES,
): number {
  const sums = samplingsOf(facts).map((sampling) => bytesOf(facts, sampling, shrink, part, bandBytes))
  return Math.max(...sums)
}

function bytesOf(
  facts: JpegFacts,
  sampling: readonly Sampling[],
  shrink: number,
  part: Part | undefined,
  bandBytes: number,
): number {
  const hMax = Math.max(...sampling.map(({ h }) => h))
  const vMax = Math.max(...sampling.map(({ v }) => v))
  const size = 8 / shrink
  const whole = { width: Math.ceil((facts.width * size) / 8), height: Math.ceil((facts.height * size) / 8) }
  const { left, top, width, height } = part ?? { left: 0, top: 0, ...whole }
  const across = hMax * size * BATCH
  const mcusWide = Math.ceil(facts.width / (hMax * 8))
  const batches = Math.ceil(mcusWide / BATCH)
  const firstBatch = left === undefined ? 0 : Math.floor(Math.max(left - 4, 0) / across)
  // Wherever a part begins, it touches one batch more at most.
  const reach = left === undefined ? width + 8 + across : left + width + 4
  const endBatch = Math.min(Math.ceil(reach / across), batches)
  const mcusHigh = Math.ceil(facts.height / (vMax * 8))
  let bytes = 2 * round(LIST_BYTES) + round(width + 64)
  // Of a row of MCUs: coefficients, and the history of those that are not zero.
  let history = 0
  let stored = 0
  let context = 0
  for (const { h, v } of sampling) {
    let own = size
    while (own < 8 && (hMax * size) % (h * own * 2) === 0 && (vMax * size) % (v * own * 2) === 0) own *= 2
    const coefficients = own === 8 ? BLOCK_BYTES : 2 * (own === 1 ? 1 : own * own + 1)
    bytes += round(BATCH * h * v * coefficients) + round(BATCH * h * v) + SLOTS_BYTES
    bytes += round((v * own + 1) * ((endBatch - firstBatch) * BATCH * h * own + PLANE_PAD))
    bytes += round(width + 64)
    stored += Math.min((endBatch - firstBatch) * BATCH, mcusWide) * h * v * 2 * own * own
    // Whether upsampling looks at the rows above and below.
    const across2 = hMax * size === 2 * h * own && Math.ceil((facts.width * h * own) / (hMax * 8)) > 2
    if (size > 1 && vMax * size === 2 * v * own && (across2 || hMax * size === h * own)) context = 1
    if (own > 1) history += mcusWide * h * v * 8
  }
  const bands = facts.components
  if (bands === 4) bytes += round((width + 32) * 3)
  bytes += round(Math.max(vMax * size + 1, STRIP) * width * bands + 64)
  if (facts.interlaced) {
    const perMcu = vMax * size
    const first = Math.floor(Math.max((top ?? 0) - context, 0) / perMcu)
    const end =
      top === undefined ? mcusHigh : Math.min(Math.ceil((top + height + context) / perMcu), mcusHigh)
    const touched = Math.ceil((height + 2 * context) / perMcu) + 1
    const rows = top === undefined ? Math.min(touched, mcusHigh) : end - first
    const most = Math.max(bandBytes, Math.ceil(rows / MAX_PASSES) * (stored + history))
    // Sequential scans decode whole blocks beside.
    bytes += round(MAX_BLOCKS * BATCH * BLOCK_BYTES) + round(MARKS_BYTES)
    bytes += Math.min(most, end * history + rows * stored) + sampling.length * (SLOTS_BYTES + 32)
  }
  return WINDOWS + bytes + slackOf()
}
