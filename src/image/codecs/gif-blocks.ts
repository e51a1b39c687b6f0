// The blocks of a GIF file (GIF89a §17–27), read as the bytes come in.
import { ImageError } from '../error'
import type { ByteSource } from '../header'

/** The logical screen (§18). */
export interface GifScreen {
  readonly width: number
  readonly height: number
}

/** A frame's descriptor (§20) with its graphic control (§23). */
export interface GifFrame {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly interlaced: boolean
  /** Local, else global: red, green, blue. Empty where the file has neither. */
  readonly palette: Uint8Array
  /** Whether the palette is its own. */
  readonly local: boolean
  readonly transparent: number | null
  readonly delayMs: number
  /** 0 and 1 leave the frame, 2 clears its rectangle, 3 restores what was below. */
  readonly disposal: number
  readonly codeSize: number
}

/** Reads a GIF from its start to its end; frames' data must be taken before the next frame. */
export class GifBlocks {
  #reader: ReadableStreamDefaultReader<Uint8Array> | null = null
  #buffer: Uint8Array = new Uint8Array()
  #at = 0
  #offset = 0
  #global: Uint8Array = new Uint8Array()
  screen: GifScreen = { width: 0, height: 0 }

  constructor(readonly source: ByteSource) {}

  /** Bytes read so far. */
  get offset(): number {
    return this.#offset
  }

  async close(): Promise<void> {
    const reader = this.#reader
    this.#reader = null
    await reader?.cancel().catch(() => {})
  }

  /** The next `count` bytes, or fewer where the file ends. */
  async #take(count: number): Promise<Uint8Array> {
    while (this.#buffer.length - this.#at < count && this.#reader) {
      const { done, value } = await this.#reader.read()
      if (done) break
      const rest = this.#buffer.subarray(this.#at)
      const joined = new Uint8Array(rest.length + value.length)
      joined.set(rest)
      joined.set(value, rest.length)
      this.#buffer = joined
      this.#at = 0
    }
    const taken = this.#buffer.subarray(this.#at, this.#at + count)
    this.#at += taken.length
    this.#offset += taken.length
    return taken
  }

  async #need(count: number): Promise<Uint8Array> {
    const taken = await this.#take(count)
    if (taken.length < count) throw new ImageError('truncated', 'The GIF file ends too early', this.#offset)
    return taken
  }

  /** Header and logical screen. */
  async open(): Promise<void> {
    this.#reader = (await this.source.open()).getReader()
    const head = await this.#need(13)
    const signature = String.fromCharCode(...head.subarray(0, 6))
    if (signature !== 'GIF89a' && signature !== 'GIF87a') {
      throw new ImageError('corrupt', 'Expected a GIF87a or GIF89a file', 0)
    }
    this.screen = { width: head[6]! | (head[7]! << 8), height: head[8]! | (head[9]! << 8) }
    const packed = head[10]!
    if (packed & 0x80) this.#global = (await this.#need(3 * (2 << (packed & 7)))).slice()
  }

  /** The next sub-block's bytes (§15), or null at the terminator or where the file ends. */
  async subBlock(): Promise<Uint8Array | null> {
    const size = (await this.#take(1))[0] ?? 0
    return size === 0 ? null : this.#take(size)
  }

  async #skipSubBlocks(): Promise<void> {
    while (await this.subBlock());
  }

  /** The next frame, or null at the trailer or where the file ends between frames. */
  async next(): Promise<GifFrame | null> {
    let control = { transparent: null as number | null, delayMs: 0, disposal: 0 }
    for (;;) {
      const introducer = (await this.#take(1))[0]
      if (introducer === undefined || introducer === 0x3b) return null
      if (introducer === 0x2c) return { ...(await this.#descriptor()), ...control }
      // Stray bytes between blocks are passed over, as browsers do.
      if (introducer !== 0x21) continue
      const label = (await this.#take(1))[0]
      if (label !== 0xf9) {
        await this.#skipSubBlocks()
        continue
      }
      const data = await this.subBlock()
      if (data === null) continue
      if (data.length >= 4) {
        control = {
          transparent: data[0]! & 1 ? data[3]! : null,
          delayMs: (data[1]! | (data[2]! << 8)) * 10,
          disposal: (data[0]! >> 2) & 7,
        }
      }
      await this.#skipSubBlocks()
    }
  }

  async #descriptor() {
    const bytes = (await this.#need(9)).slice()
    const packed = bytes[8]!
    const palette = packed & 0x80 ? (await this.#need(3 * (2 << (packed & 7)))).slice() : this.#global
    const word = (at: number): number => bytes[at]! | (bytes[at + 1]! << 8)
    const frame = { x: word(0), y: word(2), width: word(4), height: word(6) }
    const codeSize = (await this.#need(1))[0]!
    const local = (packed & 0x80) !== 0
    return { ...frame, interlaced: (packed & 0x40) !== 0, palette, local, codeSize }
  }
}
