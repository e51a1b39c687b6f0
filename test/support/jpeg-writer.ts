// A JPEG writer for what no encoder at hand makes: any sampling, scans of single components,
// restart intervals, Adobe markers, a height by DNL, stray bytes. It writes given coefficients,
// so no transform of its own can hide an error of the decoder's.
import { PROGRESSIVE_AC, progressiveScans } from './jpeg-writer-progressive'
import { random } from './rows'

export interface WriterComponent {
  readonly h: number
  readonly v: number
  /** Component identifier; by default 1, 2, 3, … */
  readonly id?: number
  /** Coefficients of block (x, y) in zigzag order. */
  block(x: number, y: number): ArrayLike<number>
}

export interface WriterOptions {
  readonly width: number
  readonly height: number
  readonly components: readonly WriterComponent[]
  /** Component indices of each scan; by default one scan of all. */
  readonly scans?: readonly (readonly number[])[]
  /** MCUs between restart markers. */
  readonly restart?: number
  /** APP14 with this colour transform. */
  readonly adobe?: number
  /** Height by DNL behind the first scan. */
  readonly dnl?: boolean
  /** Bytes before every marker segment. */
  readonly stray?: readonly number[]
  /** Several scans of successive approximation and spectral selection instead of sequential ones. */
  readonly progressive?: boolean
  /** SOF0 by default, SOF1 for extended sequential. */
  readonly extended?: boolean
}

const DC_SYMBOLS = Array.from({ length: 12 }, (_, i) => i)
/** End of block, 16 zeros, and all (run, size) with sizes to 10: more than 8 bits can tell apart briefly. */
const AC_SYMBOLS = [0x00, 0xf0]
for (let size = 1; size <= 10; size++) for (let run = 0; run < 16; run++) AC_SYMBOLS.push((run << 4) | size)
/** Codes by length: short ones for what is frequent, the rest of 9, 12 and 16 bits. */
const AC_COUNTS = [0, 1, 2, 2, 2, 0, 0, 0, 40, 0, 0, 60, 0, 0, 0, 55]

interface Code {
  readonly bits: number
  readonly length: number
}

export function codesOf(counts: readonly number[], symbols: readonly number[]): Map<number, Code> {
  const codes = new Map<number, Code>()
  let code = 0
  let at = 0
  counts.forEach((count, i) => {
    for (let n = 0; n < count; n++) codes.set(symbols[at++]!, { bits: code++, length: i + 1 })
    code <<= 1
  })
  return codes
}

const DC_COUNTS = [0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
export const dcCodes = codesOf(DC_COUNTS, DC_SYMBOLS)
const acCodes = codesOf(AC_COUNTS, AC_SYMBOLS)

export class BitWriter {
  readonly bytes: number[] = []
  #held = 0
  #count = 0

  put(bits: number, length: number): void {
    for (let i = length - 1; i >= 0; i--) {
      this.#held = (this.#held << 1) | ((bits >> i) & 1)
      if (++this.#count < 8) continue
      this.bytes.push(this.#held)
      if (this.#held === 0xff) this.bytes.push(0)
      this.#held = 0
      this.#count = 0
    }
  }

  /** Fills the byte with ones, as before every marker. */
  align(): void {
    while (this.#count > 0) this.put(1, 1)
  }
}

export function putValue(out: BitWriter, value: number, size: number): void {
  out.put(value < 0 ? value + (1 << size) - 1 : value, size)
}

export const sizeOf = (value: number) => 32 - Math.clz32(Math.abs(value))

function putBlock(out: BitWriter, block: ArrayLike<number>, prediction: number): number {
  const dc = block[0]!
  const size = sizeOf(dc - prediction)
  const dcCode = dcCodes.get(size)!
  out.put(dcCode.bits, dcCode.length)
  putValue(out, dc - prediction, size)
  let run = 0
  const put = (symbol: number) => out.put(acCodes.get(symbol)!.bits, acCodes.get(symbol)!.length)
  for (let k = 1; k < 64; k++) {
    const value = block[k]!
    if (value === 0) {
      run++
      continue
    }
    for (; run > 15; run -= 16) put(0xf0)
    put((run << 4) | sizeOf(value))
    putValue(out, value, sizeOf(value))
    run = 0
  }
  if (run > 0) put(0)
  return dc
}

/** The file. */
export function writeJpeg(options: WriterOptions): Uint8Array {
  const { width, height, components, restart = 0, stray = [] } = options
  const out: number[] = [0xff, 0xd8]
  const segment = (marker: number, body: readonly number[]) =>
    out.push(...stray, 0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255, ...body)
  if (options.adobe !== undefined) {
    segment(0xee, [0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, options.adobe])
  }
  segment(0xdb, [0, ...Array.from({ length: 64 }, (_, k) => 3 + (k >> 2))])
  const lines = options.dnl ? 0 : height
  const ids = components.map((component, i) => component.id ?? i + 1)
  const frame = [8, lines >> 8, lines & 255, width >> 8, width & 255, components.length]
  for (const [i, { h, v }] of components.entries()) frame.push(ids[i]!, (h << 4) | v, 0)
  segment(options.progressive ? 0xc2 : options.extended ? 0xc1 : 0xc0, frame)
  segment(0xc4, [0x00, ...DC_COUNTS, ...DC_SYMBOLS])
  segment(0xc4, [0x10, ...AC_COUNTS, ...AC_SYMBOLS])
  if (restart > 0) segment(0xdd, [restart >> 8, restart & 255])
  if (options.progressive) {
    segment(0xc4, [0x10, ...PROGRESSIVE_AC.counts, ...PROGRESSIVE_AC.symbols])
    for (const { header, data } of progressiveScans(options, ids)) {
      segment(0xda, header)
      for (const byte of data) out.push(byte)
    }
    out.push(0xff, 0xd9)
    return Uint8Array.from(out)
  }
  const scans = options.scans ?? [components.map((_, i) => i)]
  scans.forEach((scan, n) => {
    segment(0xda, [scan.length, ...scan.flatMap((i) => [ids[i]!, 0]), 0, 63, 0])
    for (const byte of writeScan(options, scan)) out.push(byte)
    if (options.dnl && n === 0) segment(0xdc, [height >> 8, height & 255])
  })
  out.push(...stray, 0xff, 0xd9)
  return Uint8Array.from(out)
}

function writeScan(
  { width, height, components, restart = 0 }: WriterOptions,
  scan: readonly number[],
): number[] {
  const hMax = Math.max(...components.map(({ h }) => h))
  const vMax = Math.max(...components.map(({ v }) => v))
  const single = scan.length === 1
  const first = components[scan[0]!]!
  const wide = single ? Math.ceil(Math.ceil((width * first.h) / hMax) / 8) : Math.ceil(width / (8 * hMax))
  const high = single ? Math.ceil(Math.ceil((height * first.v) / vMax) / 8) : Math.ceil(height / (8 * vMax))
  const out = new BitWriter()
  let predictions = components.map(() => 0)
  for (let mcu = 0; mcu < wide * high; mcu++) {
    if (restart > 0 && mcu > 0 && mcu % restart === 0) {
      out.align()
      out.bytes.push(0xff, 0xd0 + ((mcu / restart - 1) & 7))
      predictions = components.map(() => 0)
    }
    const [x, y] = [mcu % wide, Math.floor(mcu / wide)]
    for (const i of scan) {
      const { h, v, block } = components[i]!
      for (let n = 0; n < (single ? 1 : h * v); n++) {
        const bx = single ? x : x * h + (n % h)
        const by = single ? y : y * v + Math.floor(n / h)
        predictions[i] = putBlock(out, block(bx, by), predictions[i]!)
      }
    }
  }
  out.align()
  return out.bytes
}

/** A component of seeded random blocks: smooth DC, few or many AC coefficients. */
export function randomComponent(h: number, v: number, seed: number, id?: number): WriterComponent {
  const block = (x: number, y: number) => {
    const next = random(seed * 7919 + x * 104729 + y * 1299709)
    const values = new Int16Array(64)
    values[0] = Math.round(120 * Math.sin((x + seed) / 3) + 90 * Math.cos((y + seed) / 4))
    const count = [0, 0, 1, 3, 8, 30][next(6)]!
    for (let i = 0; i < count; i++) {
      const k = 1 + (count < 8 ? next(12) : next(63))
      values[k] = (next(2) ? 1 : -1) * (1 + next(Math.max(1, Math.floor(40 / k))))
    }
    return values
  }
  return id === undefined ? { h, v, block } : { h, v, id, block }
}
