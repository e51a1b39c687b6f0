// AV1 pictures of 8 bits, of all kinds, through dav1d, which ogv brings for its player: a whole frame is decoded,
// and its planes are read where they lie.
import factory from '../../../build/codecs/av1-frame.js'
import wasm from '../../../build/codecs/av1-frame.wasm'
import { ImageError } from '../error'
import { type Av1Sequence, readAv1Sequence } from './av1-sequence'
import type { CodedPicture, CodedRows, PictureDecoder } from './coded-picture'
import { codecFailure, guarded, instantiate } from './emscripten'
import { extentOf } from './heif-picture'
import type { HeifItem } from './isobmff'

/** Samples by which a coded picture may be larger than its item says: a block. */
const PADDING = 8

interface Frame {
  readonly pointers: readonly number[]
  readonly strides: readonly number[]
  readonly width: number
  readonly height: number
}

/** An instance of the codec, which holds the last picture. */
async function openInstance() {
  let frame: Frame | null = null
  const codec = await instantiate<Awaited<ReturnType<typeof factory>>>(
    (options) =>
      factory({
        ...options,
        // Of a picture in layers all are decoded: the last one is the whole picture.
        onFrame(pointers, strides, width, height) {
          frame = { pointers, strides, width, height }
        },
      }),
    wasm,
  )
  codec._ogv_video_decoder_init()
  return {
    get memory() {
      return codec.HEAPU8
    },
    /** Decodes a temporal unit; its planes stay where they are until the next one. */
    decode(data: Uint8Array): Frame {
      frame = null
      const at = codec._malloc(data.length)
      if (at === 0) throw new ImageError('too-large', 'The AVIF picture is too large to be decoded here')
      codec.HEAPU8.set(data, at)
      codec._ogv_video_decoder_process_frame(at, data.length)
      codec._free(at)
      if (!frame) throw codecFailure('avif', 'decoded')
      return frame
    },
  }
}

/** Limits before allocation: the codec would make room for whatever the bitstream says. */
function checkSize(item: HeifItem, { width, height }: Av1Sequence): void {
  const said = extentOf('AVIF', item)
  if (width > said.width + PADDING || height > said.height + PADDING) {
    throw new ImageError(
      'corrupt',
      `Expected an AV1 picture of ${said.width}×${said.height} but received one of ${width}×${height}`,
    )
  }
}

/** A decoder; it is dropped with its pictures. */
export async function openDav1d(): Promise<PictureDecoder> {
  const codec = await openInstance()
  /** Takes the picture that lies in the codec's memory out of there, where it is still open. */
  let evict = (): void => {}

  const decode = (data: Uint8Array, sequence: Av1Sequence, chroma: boolean): CodedPicture => {
    evict()
    const { pointers, strides, width, height } = codec.decode(data)
    const { bitDepth, layout, colour } = sequence
    const count = layout === '400' || !chroma ? 1 : 3
    const rowsOf = (plane: number): number => (plane > 0 && layout === '420' ? (height + 1) >> 1 : height)
    // Addresses from where the planes begin, so that they stay true when the picture is moved.
    const base = Math.min(...pointers.slice(0, count))
    const planes = Array.from({ length: count }, (_, plane) => ({
      pointer: pointers[plane]! - base,
      stride: strides[plane]!,
    }))
    const size = Math.max(...planes.map(({ pointer, stride }, plane) => pointer + stride * rowsOf(plane)))
    let rows: CodedRows | null = { top: 0, count: height, planes }
    let moved: Uint8Array | null = null
    evict = () => {
      moved = codec.memory.slice(base, base + size)
    }
    const stay = evict
    return {
      ...{ width, height, bitDepth, layout, colour, sampleBytes: 1 },
      get memory() {
        return moved ?? codec.memory.subarray(base, base + size)
      },
      nextRows() {
        const all = rows
        rows = null
        return all
      },
      close() {
        moved = null
        if (evict === stay) evict = () => {}
      },
    }
  }

  return {
    open(item, data, { chroma }) {
      const sequence = readAv1Sequence(data)
      checkSize(item, sequence)
      return guarded('avif', 'decoded', () => decode(data, sequence, chroma))
    },
  }
}
