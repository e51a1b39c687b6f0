// Progressive scans (T.81 Annex G) for the test's JPEG writer, with runs of blocks that end early,
// correction bits and restart markers.
import { BitWriter, codesOf, dcCodes, putValue, sizeOf, type WriterOptions } from './jpeg-writer'

/** Ends of 2^n blocks, 16 zeros, and all (run, size): codes of eight bits. */
const symbols = [...Array.from({ length: 15 }, (_, n) => n << 4), 0xf0]
for (let size = 1; size <= 10; size++) for (let run = 0; run < 16; run++) symbols.push((run << 4) | size)

export const PROGRESSIVE_AC = {
  counts: [0, 0, 0, 0, 0, 0, 0, symbols.length, 0, 0, 0, 0, 0, 0, 0, 0],
  symbols,
}

const codes = codesOf(PROGRESSIVE_AC.counts, symbols)

/** Spectral selection and successive approximation of the AC scans of each component. */
const BANDS = [
  { start: 1, end: 5, high: 0, low: 2 },
  { start: 6, end: 63, high: 0, low: 2 },
  { start: 1, end: 63, high: 2, low: 1 },
  { start: 1, end: 63, high: 1, low: 0 },
] as const

/** One scan's bits, in intervals between restart markers. */
class ScanWriter {
  readonly out = new BitWriter()
  #units = 0
  #restarts = 0

  constructor(
    readonly interval: number,
    readonly reset: () => void,
  ) {}

  /** Before each unit (MCU or block): a restart marker where one is due. */
  unit(): void {
    if (this.interval > 0 && this.#units > 0 && this.#units % this.interval === 0) {
      this.reset()
      this.out.align()
      this.out.bytes.push(0xff, 0xd0 + (this.#restarts++ & 7))
    }
    this.#units++
  }

  symbol(value: number): void {
    const { bits, length } = codes.get(value)!
    this.out.put(bits, length)
  }

  finish(): number[] {
    this.reset()
    this.out.align()
    return this.out.bytes
  }
}

/** Ends of blocks that are counted until something else comes, and the correction bits behind them. */
class EndRun {
  count = 0
  corrections: number[] = []

  constructor(readonly scan: () => ScanWriter) {}

  flush(): void {
    if (this.count > 0) {
      const size = 31 - Math.clz32(this.count)
      this.scan().symbol(size << 4)
      this.scan().out.put(this.count - (1 << size), size)
    }
    for (const bit of this.corrections) this.scan().out.put(bit, 1)
    this.count = 0
    this.corrections = []
  }
}

/** The scans of a picture: headers (the body of SOS) and data. */
export function* progressiveScans(options: WriterOptions, ids: readonly number[]) {
  const all = options.components.map((_, i) => i)
  const selectors = (scan: readonly number[]) => [scan.length, ...scan.flatMap((i) => [ids[i]!, 0])]
  yield { header: [...selectors(all), 0, 0, 0x01], data: writeDc(options, false) }
  for (const band of BANDS) {
    for (const i of all) {
      const header = [...selectors([i]), band.start, band.end, (band.high << 4) | band.low]
      yield { header, data: writeAc(options, i, band) }
    }
  }
  yield { header: [...selectors(all), 0, 0, 0x10], data: writeDc(options, true) }
}

function writeDc({ width, height, components, restart = 0 }: WriterOptions, refining: boolean): number[] {
  const hMax = Math.max(...components.map(({ h }) => h))
  const vMax = Math.max(...components.map(({ v }) => v))
  const predictions = components.map(() => 0)
  const scan = new ScanWriter(restart, () => predictions.fill(0))
  const wide = Math.ceil(width / (8 * hMax))
  for (let mcu = 0; mcu < wide * Math.ceil(height / (8 * vMax)); mcu++) {
    scan.unit()
    for (const [i, { h, v, block }] of components.entries()) {
      for (let n = 0; n < h * v; n++) {
        const dc = block((mcu % wide) * h + (n % h), Math.floor(mcu / wide) * v + Math.floor(n / h))[0]!
        if (refining) {
          scan.out.put(dc & 1, 1)
          continue
        }
        const difference = (dc >> 1) - predictions[i]!
        const { bits, length } = dcCodes.get(sizeOf(difference))!
        scan.out.put(bits, length)
        putValue(scan.out, difference, sizeOf(difference))
        predictions[i] = dc >> 1
      }
    }
  }
  return scan.finish()
}

type Band = (typeof BANDS)[number]

function writeAc(
  { width, height, components, restart = 0 }: WriterOptions,
  index: number,
  band: Band,
): number[] {
  const hMax = Math.max(...components.map(({ h }) => h))
  const vMax = Math.max(...components.map(({ v }) => v))
  const { h, v, block } = components[index]!
  const ends = new EndRun(() => scan)
  const scan: ScanWriter = new ScanWriter(restart, () => ends.flush())
  const wide = Math.ceil(Math.ceil((width * h) / hMax) / 8)
  const high = Math.ceil(Math.ceil((height * v) / vMax) / 8)
  for (let n = 0; n < wide * high; n++) {
    scan.unit()
    const values = block(n % wide, Math.floor(n / wide))
    if (band.high === 0) writeFirst(scan, ends, values, band)
    else writeRefinement(scan, ends, values, band)
  }
  return scan.finish()
}

/** A coefficient without its `low` last bits, rounded towards zero. */
const shifted = (value: number, low: number) => Math.sign(value) * (Math.abs(value) >> low)

function writeFirst(
  scan: ScanWriter,
  ends: EndRun,
  values: ArrayLike<number>,
  { start, end, low }: Band,
): void {
  let run = 0
  for (let k = start; k <= end; k++) {
    const value = shifted(values[k]!, low)
    if (value === 0) {
      run++
      continue
    }
    ends.flush()
    for (; run > 15; run -= 16) scan.symbol(0xf0)
    scan.symbol((run << 4) | sizeOf(value))
    putValue(scan.out, value, sizeOf(value))
    run = 0
  }
  if (run > 0) ends.count++
}

function writeRefinement(scan: ScanWriter, ends: EndRun, values: ArrayLike<number>, band: Band): void {
  const { start, end, high, low } = band
  const isNew = (k: number) => shifted(values[k]!, high) === 0 && shifted(values[k]!, low) !== 0
  let last = end
  while (last >= start && !isNew(last)) last--
  let run = 0
  let corrections: number[] = []
  for (let k = start; k <= end; k++) {
    const value = shifted(values[k]!, low)
    if (shifted(values[k]!, high) !== 0) {
      corrections.push(Math.abs(value) & 1)
      continue
    }
    if (value === 0) {
      run++
      if (run < 16 || k > last) continue
      ends.flush()
      scan.symbol(0xf0)
      for (const bit of corrections) scan.out.put(bit, 1)
      corrections = []
      run = 0
      continue
    }
    ends.flush()
    scan.symbol((run << 4) | 1)
    scan.out.put(value > 0 ? 1 : 0, 1)
    for (const bit of corrections) scan.out.put(bit, 1)
    corrections = []
    run = 0
  }
  if (last < end) {
    ends.count++
    ends.corrections.push(...corrections)
  }
}
