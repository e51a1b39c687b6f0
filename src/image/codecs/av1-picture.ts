// AV1 pictures by rows, in a WebAssembly module of their own (src/engine/av1.ts): of a picture only its compressed
// bytes are held, and a band of rows. Each open picture has an instance; a closed one's serves the next.
import av1Module from '../../../build/av1.wasm'
import { ImageError } from '../error'
import type { ChromaLayout, CodedPicture, PictureDecoder } from './coded-picture'
import { extentOf } from './heif-picture'
import type { HeifItem } from './isobmff'

/** Samples by which a coded picture may be larger than its item says: a block. */
const PADDING = 8
/** Bytes that hold a picture's headers. */
const HEAD = 65536
/** Static data of the module. */
const STATIC_BYTES = 5 * 65536

/** Statuses of src/engine/av1-state.ts. */
const MEMORY = -1
const TRUNCATED = -3
/** What a picture uses that this decoder doesn't have, by status. */
const REFUSED: Readonly<Record<number, string>> = {
  [-4]: 'frames that are predicted from others',
  [-5]: 'super-resolution',
  [-7]: 'intra block copy',
  [-8]: 'spatial layers',
  [-9]: 'more than 65536 samples a side',
}

/** What av1Fact tells, in its order. */
const FACTS = [
  'width',
  'height',
  'bitDepth',
  'planes',
  'halvedAcross',
  'halvedDown',
  'primaries',
  'transfer',
  'matrix',
  'fullRange',
] as const
type Facts = Record<(typeof FACTS)[number], number>

interface Exports {
  readonly memory: WebAssembly.Memory
  alloc(bytes: number): number
  arenaLimit(bytes: number): void
  arenaReset(): void
  av1Open(data: number, size: number): number
  av1Headers(data: number, size: number): number
  av1Fact(which: number): number
  av1Start(): number
  av1Next(): number
  av1Plane(plane: number): number
  av1Stride(plane: number): number
}

function failure(status: number): ImageError {
  const refused = REFUSED[status]
  if (refused) return new ImageError('unsupported', `Expected no ${refused} in AVIF`)
  if (status === MEMORY)
    return new ImageError('too-large', 'The AVIF picture needs more memory than was planned')
  if (status === TRUNCATED) return new ImageError('truncated', 'The AV1 picture ends early')
  return new ImageError('corrupt', 'The AV1 picture contradicts itself')
}

function layoutOf({ planes, halvedAcross, halvedDown }: Facts): ChromaLayout {
  if (planes === 1) return '400'
  return halvedDown ? '420' : halvedAcross ? '422' : '444'
}

/** Samples of both planes of chroma for one of luma. */
const CHROMA = { '400': 0, '420': 0.5, '422': 1, '444': 2 } as const satisfies Record<ChromaLayout, number>

/**
 * Bytes of WebAssembly memory that an open picture takes at most, its file's included.
 * @param layout where it isn't known, that which takes most
 */
export function av1PictureBytes(
  width: number,
  height: number,
  fileSize: number,
  layout: ChromaLayout = '444',
): number {
  const wide = Math.ceil(width / 128) * 128
  // A band of superblocks with what is above and below it, a stripe after each filter.
  const samples = (wide + 96) * 2 * 295 * (1 + CHROMA[layout])
  const units = (wide / 4 + 32) * 330 + 8 * wide
  const restoration = 24 * (width / 64 + 1) * (height / 64 + 1)
  const tiles = 16_384 * Math.min(64, Math.ceil(width / 64))
  return Math.ceil(STATIC_BYTES + fileSize + samples + units + restoration + tiles + 131_072)
}

/** An instance of the module, for one picture at a time. */
class Instance {
  readonly #exports = new WebAssembly.Instance(av1Module, {}).exports as unknown as Exports
  #view = new Uint8Array(this.#exports.memory.buffer)
  /** Whether a call trapped: what lies in the memory may be half-way. */
  broken = false

  /** All of the memory; growth moves it. */
  get bytes(): Uint8Array {
    const { buffer } = this.#exports.memory
    if (this.#view.buffer !== buffer) this.#view = new Uint8Array(buffer)
    return this.#view
  }

  /** Puts a picture's bytes into the memory and reads their headers. Throws ImageError. */
  read(data: Uint8Array, limit: number, headers: boolean): number {
    this.#exports.arenaReset()
    this.#exports.arenaLimit(limit)
    const at = this.#exports.alloc(data.length) >>> 0
    if (at === 0) return MEMORY
    this.bytes.set(data, at)
    return this.call(headers ? 'av1Headers' : 'av1Open', at, data.length)
  }

  /** Calls an export; a trap is a fault of the picture. */
  call(name: Exclude<keyof Exports, 'memory'>, ...args: number[]): number {
    try {
      return (this.#exports[name] as (...numbers: number[]) => number)(...args)
    } catch (cause) {
      this.broken = true
      throw new ImageError('corrupt', 'The AV1 picture can not be decoded', undefined, { cause })
    }
  }

  facts(): Facts {
    return Object.fromEntries(FACTS.map((name, which) => [name, this.call('av1Fact', which)])) as Facts
  }
}

/** Limits before allocation. */
function checkSize(item: HeifItem, { width, height }: Facts): void {
  const said = extentOf('AVIF', item)
  if (width > said.width + PADDING || height > said.height + PADDING) {
    throw new ImageError(
      'corrupt',
      `Expected an AV1 picture of ${said.width}×${said.height} but received one of ${width}×${height}`,
    )
  }
}

/** A decoder of AV1 still pictures; its memory is that of the pictures that are open at a time. */
export function openAv1(): PictureDecoder {
  const idle: Instance[] = []

  const begin = (instance: Instance, item: HeifItem, data: Uint8Array, chroma: boolean): CodedPicture => {
    const { width, height } = extentOf('AVIF', item)
    const limit = av1PictureBytes(width + PADDING, height + PADDING, data.length)
    const status = instance.read(data, limit, false)
    if (status < 0) throw failure(status)
    const facts = instance.facts()
    checkSize(item, facts)
    const started = instance.call('av1Start')
    if (started < 0) throw failure(started)
    const planes = Array.from({ length: chroma ? facts.planes : 1 }, (_, plane) => plane)
    let top = 0
    let open = true
    return {
      width: facts.width,
      height: facts.height,
      bitDepth: facts.bitDepth,
      sampleBytes: 2,
      layout: layoutOf(facts),
      colour: { ...facts, fullRange: facts.fullRange === 1 },
      get memory() {
        return instance.bytes
      },
      nextRows() {
        const count = instance.call('av1Next')
        if (count < 0) throw failure(count)
        if (count === 0) return null
        const rows = planes.map((plane) => ({
          pointer: instance.call('av1Plane', plane) >>> 0,
          stride: instance.call('av1Stride', plane),
        }))
        top += count
        return { top: top - count, count, planes: rows }
      },
      close() {
        if (open && !instance.broken) idle.push(instance)
        open = false
      },
    }
  }

  return {
    open: (item, data, { chroma }) => begin(idle.pop() ?? new Instance(), item, data, chroma),
    refuses(data) {
      const instance = idle.pop() ?? new Instance()
      const head = data.subarray(0, HEAD)
      const status = instance.read(head, STATIC_BYTES + 2 * HEAD, true)
      idle.push(instance)
      return REFUSED[status] ?? null
    },
  }
}
