// HEVC pictures through libde265, which libheif-js brings: the coded pictures of a HEIC file are
// decoded one by one, and their planes are read where they lie.
import factory from '../../../build/codecs/heic-decode.js'
import wasm from '../../../build/codecs/heic-decode.wasm'
import { ImageError } from '../error'
import { codecFailure, guarded, instantiate } from './emscripten'
import type { HeifItem } from './isobmff'

/** One plane of a decoded picture, in the codec's memory. */
export interface Plane {
  readonly width: number
  readonly height: number
  /** Bytes from a row to the next. */
  readonly stride: number
  readonly pointer: number
}

/** A decoded HEVC picture. */
export interface HevcPicture {
  /** Luma, and two of chroma but where it is monochrome. */
  readonly planes: readonly Plane[]
  /** 0 none, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  readonly chroma: number
  readonly depth: number
  /** ITU-T H.273 table 4. */
  readonly matrix: number
  readonly fullRange: boolean
  /** Frees it. */
  release(): void
}

export interface HevcCodec {
  readonly memory: Uint8Array
  /** Decodes an hvc1 item from its bytes. Throws ImageError. */
  decode(item: HeifItem, data: Uint8Array): HevcPicture
}

/** Calls of the decoder for one picture; each takes a NAL unit or a slice. */
const MOST_TURNS = 10_000

const NOT_WHOLE = 'A HEIC picture is cut short'

/** Parameter sets of an hvcC property (14496-15 §8.3.3.1), and the size of lengths in the item. */
function configuration(item: HeifItem): { sets: Uint8Array[]; lengthSize: number } {
  const record = item.properties.find(({ type }) => type === 'hvcC')?.payload
  if (!record || record.length < 23)
    throw new ImageError('corrupt', 'A HEIC picture has no HEVC configuration')
  const word = (at: number): number => (record[at] ?? 0) * 256 + (record[at + 1] ?? 0)
  const sets: Uint8Array[] = []
  let at = 23
  for (let arrays = record[22]!; arrays > 0; arrays--) {
    const count = word(at + 1)
    at += 3
    for (let i = 0; i < count && at + 2 <= record.length; i++) {
      sets.push(record.subarray(at + 2, at + 2 + word(at)))
      at += 2 + word(at)
    }
  }
  return { sets, lengthSize: (record[21]! & 3) + 1 }
}

/** The NAL units of an item, each behind its length. */
function* units(data: Uint8Array, lengthSize: number): Generator<Uint8Array> {
  for (let at = 0; at + lengthSize <= data.length; ) {
    let length = 0
    for (let i = 0; i < lengthSize; i++) length = length * 256 + data[at + i]!
    at += lengthSize
    if (length > data.length - at) throw new ImageError('truncated', NOT_WHOLE)
    yield data.subarray(at, at + length)
    at += length
  }
}

/** An instance of the codec; it is dropped with its pictures. */
export async function openHevc(): Promise<HevcCodec> {
  const codec = await instantiate(factory, wasm)

  const push = (decoder: number, unit: Uint8Array): void => {
    const at = codec._malloc(unit.length)
    if (at === 0) throw new ImageError('too-large', 'The HEIC picture is too large to be decoded here')
    codec.HEAPU8.set(unit, at)
    codec._de265_push_NAL(decoder, at, unit.length, 0, 0, 0)
    codec._free(at)
  }

  const pictureOf = (decoder: number): Omit<HevcPicture, 'release'> => {
    const scratch = codec._malloc(8)
    const word = (): number => new DataView(codec.HEAPU8.buffer).getInt32(scratch, true)
    // An item has one picture; where the codec says "more" for ever without one, it is given up.
    let image = 0
    for (let turns = 0, more = 1; image === 0 && more !== 0 && turns < MOST_TURNS; turns++) {
      const status = codec._de265_decode(decoder, scratch)
      more = status === 0 ? word() : 0
      image = codec._de265_get_next_picture(decoder)
    }
    if (image === 0) throw codecFailure('heic', 'decoded')
    const chroma = codec._de265_get_chroma_format(image)
    const planes = (chroma === 0 ? [0] : [0, 1, 2]).map((channel) => {
      const pointer = codec._de265_get_image_plane(image, channel, scratch)
      return {
        width: codec._de265_get_image_width(image, channel),
        height: codec._de265_get_image_height(image, channel),
        stride: word(),
        pointer,
      }
    })
    codec._free(scratch)
    return {
      planes,
      chroma,
      depth: codec._de265_get_bits_per_pixel(image, 0),
      matrix: codec._de265_get_image_matrix_coefficients(image),
      fullRange: codec._de265_get_image_full_range_flag(image) !== 0,
    }
  }

  return {
    get memory() {
      return codec.HEAPU8
    },
    decode: (item, data) =>
      guarded('heic', 'decoded', () => {
        const { sets, lengthSize } = configuration(item)
        const decoder = codec._de265_new_decoder()
        try {
          for (const set of sets) push(decoder, set)
          for (const unit of units(data, lengthSize)) push(decoder, unit)
          codec._de265_flush_data(decoder)
          return { ...pictureOf(decoder), release: () => codec._de265_free_decoder(decoder) }
        } catch (error) {
          codec._de265_free_decoder(decoder)
          throw error
        }
      }),
  }
}
