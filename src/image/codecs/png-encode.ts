// Rows in, PNG out: the host's side of src/engine/png-encode*.ts. The file holds the same pixels with as
// few samples as they need: grey, a palette of at most 256 colours, no alpha where all is opaque.
//
// What a picture needs is known at its end only. So the narrowest kind is assumed; a row that breaks the
// assumption ends that attempt, and what was written of it is read back (png-replay) and written again in
// the wider kind. There are at most three such turns, photographs take them in their first rows, and no
// picture is held but as compressed bytes.
import { deflateSync } from 'node:zlib'
import { type EncodedFile, Gatherer, sizeOfPieces } from '../encoded-file'
import type { Engine } from '../engine'
import { ImageError } from '../error'
import { concat } from '../feed'
import type { Bands, Rows, RowWriter } from '../rows'
import { pngFileMost } from './file-sizes'
import { makeChunk, type PngChunk, SIGNATURE } from './png-chunks'
import { GREY, GREY_ALPHA, PALETTE, RGB, RGB_ALPHA } from './png-header'
import { Replay } from './png-replay'

export interface PngWriterOptions {
  readonly width: number
  readonly height: number
  readonly bands: Bands
  /** 1 (fast) to 9 (small): how hard matches are searched for. Default 6. */
  readonly level?: number
  /** false: never a palette. */
  readonly palette?: boolean
  /** Profile to embed as iCCP; the file then keeps the profile's kind of colour. */
  readonly icc?: Uint8Array
  /** Further chunks, put before the image data: eXIf, iTXt, pHYs… An iCCP counts as `icc`. */
  readonly chunks?: readonly PngChunk[]
}

/** Candidates looked at for a match, and the length that ends the search, by level. */
const EFFORT = [
  [1, 16],
  [2, 16],
  [4, 32],
  [8, 32],
  [10, 64],
  [12, 128],
  [16, 128],
  [64, 258],
  [192, 258],
  [768, 258],
] as const

const CHANNELS: Record<number, number> = {
  [GREY]: 1,
  [RGB]: 3,
  [PALETTE]: 1,
  [GREY_ALPHA]: 2,
  [RGB_ALPHA]: 4,
}

/** Makes a writer; allocates `pngEncodeBytes` in the engine. */
export function makePngWriter(engine: Engine, options: PngWriterOptions): RowWriter {
  return new PngWriter(engine, options)
}

class PngWriter implements RowWriter {
  readonly #engine: Engine
  readonly #options: PngWriterOptions
  readonly #room: number
  readonly #row: number
  readonly #replay: Replay
  readonly #effort: readonly [number, number]
  #kind = -1
  #rows = 0
  #written = 0
  readonly #idats = new Gatherer()

  constructor(engine: Engine, options: PngWriterOptions) {
    const { width, bands, level = 6 } = options
    this.#engine = engine
    this.#options = options
    this.#effort = EFFORT[level] ?? EFFORT[6]
    const profiled = options.icc !== undefined || (options.chunks ?? []).some(({ type }) => type === 'iCCP')
    // A grey picture takes a profile for grey, a palette one for colours (third edition §11.3.2.3).
    const mayGrey = !profiled || bands < 3
    const mayIndex = options.palette !== false && (!profiled || bands > 2)
    this.#room = engine.call('pngEncOpen', width, bands, Number(mayGrey), Number(mayIndex)) >>> 0
    this.#row = engine.alloc(width * bands)
    this.#replay = new Replay(engine, width, bands)
    if (this.#room === 0)
      throw new ImageError('too-large', `A PNG ${width} pixels wide needs too much memory`)
  }

  get most(): number {
    const { width, height, bands } = this.#options
    // Another kind would mean to write the picture again.
    if (CHANNELS[this.#kind] !== bands) return pngFileMost(this.#options)
    return this.#written + pngFileMost({ width, bands, height: height - this.#rows }) + BUFFERED
  }

  write(rows: Rows): void {
    for (let done = 0; done < rows.count; ) {
      done += this.#take(rows.pointer + done * rows.stride, rows.stride, rows.count - done)
    }
  }

  finish(): EncodedFile {
    this.#end()
    const depth = this.#depth()
    if (depth < 8) this.#pack(depth)
    const idats = this.#kind === PALETTE && depth === 8 ? this.#doubtPalette() : this.#idats.take()
    return this.#file(depth, idats)
  }

  /** Hands rows to the engine; returns how many were taken. */
  #take(pointer: number, stride: number, count: number): number {
    const taken = this.#engine.call('pngEncRows', pointer, stride, count)
    this.#rows += taken
    if (taken < count) {
      const wanted = this.#engine.call('pngEncWanted')
      if (wanted !== this.#kind) this.#widen(wanted)
    }
    this.#drain(0)
    return taken
  }

  /** Takes chunks until the engine wants rows, or has ended. */
  #drain(last: 0 | 1): void {
    while (this.#engine.call('pngEncStep', last) === 1) {
      const bytes = this.#engine.call('pngEncChunk')
      if (bytes === 0) continue
      this.#idats.push(this.#engine.bytes.subarray(this.#room, this.#room + bytes))
      this.#written += bytes
    }
  }

  #end(): void {
    this.#drain(1)
  }

  #start(kind: number, filters = 0): void {
    this.#kind = kind
    this.#written = 0
    this.#engine.call('pngEncStart', kind, ...this.#effort, filters)
  }

  /** Goes over to a wider kind, with all rows written so far. */
  #widen(kind: number): void {
    if (this.#rows === 0) {
      this.#start(kind)
      return
    }
    this.#end()
    this.#rewrite(kind, this.#idats.take())
  }

  /** Writes what `idats` hold, of the present kind, in another. */
  #rewrite(kind: number, idats: Uint8Array[]): void {
    const before = this.#kind
    this.#start(kind)
    const rows = this.#rows
    this.#rows = 0
    this.#engine.call('pngEncReplaying', 1)
    for (const pointer of this.#replay.rows(idats, CHANNELS[before]!, rows)) {
      this.#engine.call('pngEncFromKind', before, this.#row, pointer, this.#options.width)
      while (this.#take(this.#row, 0, 1) === 0);
    }
    this.#engine.call('pngEncReplaying', 0)
  }

  /** Bits that the values of the finished kind need. */
  #depth(): number {
    if (this.#kind === GREY) return this.#engine.call('pngEncGreyDepth')
    if (this.#kind !== PALETTE) return 8
    const colors = this.#engine.call('pngEncColors')
    return colors <= 2 ? 1 : colors <= 4 ? 2 : colors <= 16 ? 4 : 8
  }

  /** Writes the picture again with several pixels to a byte. */
  #pack(depth: number): void {
    const idats = this.#idats.take()
    this.#start(this.#kind, 1)
    this.#engine.call('pngEncStartPacked', depth)
    const unit = this.#kind === GREY ? 255 / (2 ** depth - 1) : 1
    for (const pointer of this.#replay.rows(idats, 1, this.#rows)) {
      while (this.#engine.call('pngEncPack', pointer, unit) === 0) this.#drain(0)
    }
    this.#end()
  }

  /** A small picture may take fewer bytes without the many colours of its palette: the better of both. */
  #doubtPalette(): Uint8Array[] {
    const { width, height, bands } = this.#options
    const idats = this.#idats.take()
    if (width * height > SMALL) return idats
    this.#rewrite(bands === 2 ? GREY_ALPHA : bands === 3 ? RGB : RGB_ALPHA, [...idats])
    this.#end()
    const wider = this.#idats.take()
    if (sizeOfPieces(wider) < sizeOfPieces(idats) + sizeOfPieces(this.#palette())) return wider
    this.#kind = PALETTE
    return idats
  }

  #file(depth: number, idats: readonly Uint8Array[]): EncodedFile {
    const { width, height, icc, chunks = [] } = this.#options
    const header = new Uint8Array(13)
    const fields = new DataView(header.buffer)
    fields.setUint32(0, width)
    fields.setUint32(4, height)
    header.set([depth, this.#kind], 8)
    const head = [SIGNATURE, makeChunk('IHDR', header)]
    if (icc !== undefined) head.push(makeChunk('iCCP', concat([NO_NAME, deflateSync(icc)])))
    for (const { type, data } of chunks) head.push(makeChunk(type, data))
    if (this.#kind === PALETTE) head.push(...this.#palette())
    return [concat(head), ...idats, makeChunk('IEND', new Uint8Array())]
  }

  /** PLTE, and tRNS where a colour is not opaque. */
  #palette(): Uint8Array[] {
    const count = this.#engine.call('pngEncColors')
    const colors = new Uint8Array(3 * count)
    const alphas = new Uint8Array(count).fill(255)
    for (let i = 0; i < count; i++) {
      const color = this.#engine.call('pngEncColor', i)
      colors.set([color & 255, (color >> 8) & 255, (color >> 16) & 255], 3 * i)
      alphas[i] = color >>> 24
    }
    let last = count
    while (last > 0 && alphas[last - 1] === 255) last--
    const plte = makeChunk('PLTE', colors)
    return last === 0 ? [plte] : [plte, makeChunk('tRNS', alphas.subarray(0, last))]
  }
}

/** What rows that the engine has taken may still come to: a group of them, and a block of tokens. */
const BUFFERED = 128 * 1024

/** Pixels of a picture that is written twice, with and without its palette of more than 16 colours. */
const SMALL = 16384

/** Of iCCP: a profile's name, its end, and compression method 0. */
const NO_NAME = new TextEncoder().encode('ICC profile\0\0')
