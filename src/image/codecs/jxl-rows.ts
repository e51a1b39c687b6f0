// JPEG XL stills by our own decoder (src/engine/jxl.ts), which has a module of its own: the file is held there, and of the
// picture a row of groups of 256 pixels. What it leaves out is told by name, for libjxl.
import jxlModule from '../../../build/jxl.wasm'
import type { Engine } from '../engine'
import { ImageError } from '../error'
import type { ByteSource, Orientation } from '../header'
import { nakedCodestream } from '../jxl/container'
import { type JxlFront, readJxlFront } from '../jxl/front'
import { PROFILE_ROOM } from '../jxl/front-reader'
import { encodingOf, mixing } from '../jxl/output-colour'
import { LIMITS } from '../metadata/kinds'
import type { Bands, RowReader, Rows } from '../rows'
import { JXL_STRIP as STRIP } from './jxl'
import { readInto } from './source'

/** What this decoder leaves out: the statuses of src/engine/jxl-fault.ts, and what the image header tells. */
const LEFT_OUT: Record<number, string> = {
  16: 'layers',
  17: 'patches',
  18: 'splines',
  19: 'low frequencies in a frame of their own',
  20: 'noise',
  21: 'halved colours without a transform',
  22: 'an enlarged frame with alpha',
  23: 'transforms of the whole picture',
}
const TRUNCATED = 1
const CORRUPT = 2
const TOO_LARGE = 3
/** A picture of an eighth of the size was asked for that has none. */
const NO_EIGHTH = 24

/** Steps of light that the decoder's curve is told of. */
const STEPS = 65536

/** A picture that this decoder leaves out; `eighth`: only the one of an eighth of its size. */
export class LeftOutError extends Error {
  override readonly name = 'LeftOutError'

  constructor(
    readonly feature: string,
    readonly eighth = false,
  ) {
    super(`The picture has ${feature}`)
  }
}

/** A picture that is stored turned otherwise than it was planned for. */
export class TurnedError extends Error {
  override readonly name = 'TurnedError'

  constructor(readonly orientation: Orientation) {
    super(`The picture has orientation ${orientation}`)
  }
}

interface Exports {
  readonly memory: WebAssembly.Memory
  readonly alloc: Call
  readonly arenaLimit: Call
  readonly arenaReset: Call
  readonly jxlColour: Call
  readonly jxlHeight: Call
  readonly jxlImage: Call
  readonly jxlOpen: Call
  readonly jxlOut: Call
  readonly jxlOutput: Call
  readonly jxlRead: Call
  readonly jxlStride: Call
  readonly jxlWidth: Call
}
type Call = (...args: number[]) => number

export interface JxlRowOptions {
  readonly bands: Bands
  readonly depth: 8 | 16
  /** Whether a picture of an eighth of the size is asked for. */
  readonly eighth: boolean
  /** Bytes that the decoder may hold. */
  readonly most: number
  /** Of the rows that are expected, which are the stored ones. */
  readonly orientation: Orientation
}

/**
 * Opens a still. Throws before any row is given: LeftOutError, where libjxl is to decode it; TurnedError; ImageError.
 */
export async function openJxlRows(
  engine: Engine,
  source: ByteSource,
  options: JxlRowOptions,
): Promise<RowReader> {
  const { bands, depth, eighth, most, orientation } = options
  const own = new WebAssembly.Instance(jxlModule, {}).exports as unknown as Exports
  own.arenaLimit(most)
  own.arenaReset()
  const file = own.alloc(source.size) >>> 0
  if (file === 0) throw tooLarge(most)
  const length = await readInto(source, () =>
    new Uint8Array(own.memory.buffer).subarray(file, file + source.size),
  )
  const bytes = new Uint8Array(own.memory.buffer).subarray(file, file + length)
  const naked = nakedCodestream(bytes)
  const front = readJxlFront(bytes.subarray(0, Math.min(naked, PROFILE_ROOM)), LIMITS.icc)
  const beyond = leftOutOf(front, bands)
  if (beyond !== null) throw new LeftOutError(beyond)
  if (front.header.orientation !== orientation) throw new TurnedError(front.header.orientation as Orientation)
  prepare(own, front, bands, depth)
  const status = own.jxlOpen(file + Math.ceil(front.end / 8), file + naked, eighth ? 1 : 0)
  if (status !== 0) throw failure(status, most)
  return reader(engine, own, options, front.header.premultiplied)
}

/** What the image header tells of that this decoder leaves out. */
function leftOutOf({ header, decodeTo }: JxlFront, bands: Bands): string | null {
  const { beyond, channels, xyb, premultiplied } = header
  if (beyond !== null) return `a ${beyond} of its own`
  if (channels.odd) return 'channels of another size or kind'
  if (premultiplied && bands === 2) return 'grey that is multiplied by alpha'
  if (!xyb) return null
  const colour = decodeTo ?? header.colour
  return encodingOf(colour) === null || mixing(colour) === null ? 'colours that hang on the display' : null
}

/** Tells the decoder of the picture, and how its samples are to be written. */
function prepare(own: Exports, { header, decodeTo }: JxlFront, bands: Bands, depth: 8 | 16): void {
  const { width, height, xyb, bitDepth, colour: stored, channels, animated, timecodes } = header
  const grey = stored.space === 'grey'
  const alpha = bands % 2 === 0 ? channels.alpha : -1
  own.jxlImage(
    ...[width, height, Number(xyb), bitDepth, Number(grey)],
    ...[channels.count, alpha, Number(animated), Number(timecodes)],
  )
  const curve =
    own.jxlOutput(Number(bands < 3), alpha < 0 ? 0 : channels.alphaBits, Number(depth === 16)) >>> 0
  if (!xyb || curve === 0) return
  const colour = decodeTo ?? stored
  new Float32Array(own.memory.buffer, own.jxlColour(), 15).set(mixing(colour)!)
  const encode = encodingOf(colour)!
  const table = new Uint16Array(own.memory.buffer, curve, STEPS + 1)
  for (let i = 0; i <= STEPS; i++) table[i] = Math.round(65535 * encode(Math.min(1, i / (STEPS - 1))))
}

function reader(
  engine: Engine,
  own: Exports,
  { bands, depth, most }: JxlRowOptions,
  premultiplied: boolean,
): RowReader {
  const [width, height, stride] = [own.jxlWidth(), own.jxlHeight(), own.jxlStride()]
  if (stride !== width * bands * (depth / 8)) {
    throw new ImageError('corrupt', `Expected ${bands} channels of a JPEG XL picture but received others`)
  }
  const strip = engine.alloc(STRIP * stride)
  let given = 0
  // Of what the decoder made last, rows and those of them that were handed on. The first come at once, so that a
  // fault that all groups would have is known before any row is given.
  let [made, used] = [own.jxlRead(), 0]
  if (made < 0) throw failure(-made, most)
  return {
    width,
    height,
    bands,
    async read(): Promise<Rows | null> {
      if (given >= height) return null
      if (used === made) {
        made = own.jxlRead()
        used = 0
        if (made < 0) throw failure(-made, most)
        if (made === 0) throw new ImageError('truncated', 'The JPEG XL picture ends too early')
      }
      const count = Math.min(STRIP, made - used, height - given)
      const from = (own.jxlOut() >>> 0) + used * stride
      engine.bytes.set(new Uint8Array(own.memory.buffer, from, count * stride), strip)
      if (premultiplied && bands === 4) engine.call('frameUnmultiply', strip, count * width, depth)
      used += count
      given += count
      return { pointer: strip, count, stride }
    },
    close: async () => {},
  }
}

function tooLarge(most: number): ImageError {
  return new ImageError('too-large', `The JPEG XL picture needs more than the ${most} bytes planned for it`)
}

function failure(status: number, most: number): Error {
  if (status === NO_EIGHTH) return new LeftOutError('no picture of an eighth of its size', true)
  const feature = LEFT_OUT[status]
  if (feature !== undefined) return new LeftOutError(feature)
  if (status === TOO_LARGE) return tooLarge(most)
  if (status === TRUNCATED) return new ImageError('truncated', 'The JPEG XL picture ends too early')
  return new ImageError(
    'corrupt',
    `The JPEG XL picture can't be decoded${status === CORRUPT ? '' : ` (${status})`}`,
  )
}
