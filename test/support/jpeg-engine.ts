// The engine's JPEG decoder without the streams around it, for decoding many small files: bytes go in and
// rows come out synchronously, in one instance.
import { Engine } from '../../src/image/engine'

export interface Decode {
  /** log2 of the reduction. */
  readonly shrink: number
  /** Whether halves are flat. */
  readonly flat?: boolean
  /** Whether planes are asked for, where the file has them. */
  readonly planar?: boolean
  /** Bytes of the file that are handed in at once. */
  readonly chunk: number
  readonly bandBytes: number
  /** Rows after which decoding stops: a damaged file may claim any height. */
  readonly mostRows: number
  /** Chooses left, top, width and height for a reduced picture; a width of 0 is all of it. */
  crop(width: number, height: number): readonly [number, number, number, number]
}

export interface Decoded {
  /** The decoder's last status: 3 at the end of the picture, below 0 an error. */
  readonly status: number
  /** 1 ended too early, 2 broken data, 3 both. */
  readonly flaws: number
  /** Checksum of the rows (FNV-1a over 32-bit words). */
  readonly hash: number
  readonly rows: number
  /** Whether the blocks before and behind the decoder's memory are as they were. */
  readonly isGuarded: boolean
  /** MCUs, and blocks of scans of one component, that were decoded or left empty. */
  readonly work: number
  /** Blocks of 8×8 pixels in the picture; 0 without a header. */
  readonly blocks: number
  /** Calls of the decoder. */
  readonly calls: number
  /** Times that the file was read. */
  readonly passes: number
}

const GUARD = 256
const GUARD_BYTE = 0xa5
const [NEED_INPUT, HEADER, ROWS, REWIND, NO_HEIGHT] = [0, 1, 2, 4, -9]
/** Stands in for the height where a file leaves it to DNL. */
const LINES = 32

/** An engine for many decodes. */
export function makeJpegEngine(limit: number) {
  const engine = new Engine(limit)
  const call = {
    run: engine.kernel('jpegDecRun'),
    space: engine.kernel('jpegDecSpace'),
    room: engine.kernel('jpegDecRoom'),
    fed: engine.kernel('jpegDecFed'),
    gap: engine.kernel('jpegDecGap'),
    leftOut: engine.kernel('jpegDecLeftOut'),
  }
  engine.reset(limit)
  const start = engine.alloc(0)

  const guard = (): number => {
    const pointer = engine.alloc(GUARD)
    engine.bytes.fill(GUARD_BYTE, pointer, pointer + GUARD)
    return pointer
  }
  const isWhole = (pointer: number): boolean => {
    const words = new Uint32Array(engine.memory.buffer, pointer, GUARD / 4)
    return words.every((word) => word === 0xa5a5a5a5)
  }

  /** What a strip consists of: its pixels, or the rows of its planes. */
  function stripRows(): Uint8Array[] {
    if (engine.call('jpegDecPlanar') === 0) {
      const bytes = engine.call('jpegDecRowCount') * engine.call('jpegDecWidth') * engine.call('jpegDecBands')
      const from = engine.call('jpegDecRows') >>> 0
      return [engine.bytes.subarray(from, from + bytes)]
    }
    return [0, 1, 2].flatMap((i) => {
      const stride = engine.call('jpegDecPlaneStride', i)
      const columns = engine.call('jpegDecPlaneWidth', i) - engine.call('jpegDecPlaneLeft', i)
      const from = engine.call('jpegDecPlane', i) >>> 0
      return Array.from({ length: engine.call('jpegDecPlaneRows', i) }, (_, row) =>
        engine.bytes.subarray(from + row * stride, from + row * stride + Math.min(columns, stride - 32)),
      )
    })
  }

  /**
   * Decodes a file. All memory above the static data is `background` at first: a decoder that reads what it
   * has not written gives other rows on another background.
   */
  function decode(file: Uint8Array, background: number, options: Decode, lines = 0): Decoded {
    const { shrink, flat, planar, chunk, bandBytes, mostRows, crop } = options
    const used = Math.max(engine.call('arenaPeak') + 65536, 1 << 18)
    engine.bytes.fill(background, start, Math.min(used, engine.memory.buffer.byteLength))
    engine.reset(limit)
    const before = guard()
    let behind = 0
    let status = engine.call('jpegDecOpen', lines)
    let [at, rows, hash, calls, passes, blocks] = [0, 0, 0x811c9dc5, 0, 1, 0]
    while (status >= 0 && rows < mostRows) {
      status = call.run()
      calls++
      if (status === NEED_INPUT) {
        const gap = Math.min(call.gap() >>> 0, file.length - at)
        if (gap > 0) call.leftOut(gap)
        at += gap
        const space = call.space() >>> 0
        const part = file.subarray(at, at + Math.min(chunk, call.room() >>> 0))
        engine.bytes.set(part, space)
        at += part.length
        call.fed(part.length, at === file.length ? 1 : 0)
      } else if (status === HEADER) {
        const [width, height] = [engine.call('jpegDecWidth'), engine.call('jpegDecHeight')]
        blocks = Math.ceil(width / 8) * Math.ceil(height / 8)
        const window = crop(Math.ceil(width / 2 ** shrink), Math.ceil(height / 2 ** shrink))
        status = engine.call('jpegDecBegin', shrink, flat ? 1 : 0, planar ? 1 : 0, ...window, bandBytes)
        if (status === 0) behind = guard()
      } else if (status === ROWS) {
        for (const row of stripRows()) {
          for (let i = 0; i < row.length; i++) hash = Math.imul(hash ^ row[i]!, 0x01000193)
        }
        rows += engine.call('jpegDecRowCount')
      } else if (status === REWIND) {
        at = 0
        passes++
      } else break
    }
    if (status === NO_HEIGHT && lines === 0) return decode(file, background, options, LINES)
    return {
      ...{ status, flaws: engine.call('jpegDecFlaws'), hash, rows, calls, passes, blocks },
      isGuarded: isWhole(before) && (behind === 0 || isWhole(behind)),
      work: engine.call('jpegDecWork'),
    }
  }
  return { decode, bytes: () => engine.memory.buffer.byteLength }
}
