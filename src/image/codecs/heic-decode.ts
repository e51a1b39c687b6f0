// HEVC pictures through libde265, which libheif-js brings: the coded pictures of a HEIC file are
// decoded one by one, and their planes are read where they lie.
import factory from '../../../build/codecs/heic-decode.js'
import wasm from '../../../build/codecs/heic-decode.wasm'
import { ImageError } from '../error'
import type { ChromaLayout, CodedPicture, PictureDecoder } from './coded-picture'
import { codecFailure, guarded, instantiate } from './emscripten'
import { hevcUnits } from './hevc-units'

/** Calls of the decoder for one picture; each takes a NAL unit or a slice. */
const MOST_TURNS = 10_000

/** What libde265 calls the ways of sampling chroma (HEVC §6.2, chroma_format_idc). */
const LAYOUTS: readonly ChromaLayout[] = ['400', '420', '422', '444']

/** An instance of the codec; it is dropped with its pictures. */
export async function openHevc(): Promise<PictureDecoder> {
  const codec = await instantiate(factory, wasm)

  const push = (decoder: number, unit: Uint8Array): void => {
    const at = codec._malloc(unit.length)
    if (at === 0) throw new ImageError('too-large', 'The HEIC picture is too large to be decoded here')
    codec.HEAPU8.set(unit, at)
    codec._de265_push_NAL(decoder, at, unit.length, 0, 0, 0)
    codec._free(at)
  }

  /** Decodes what was pushed: the handle of its picture. */
  const decodeAll = (decoder: number, more: number): number => {
    // An item has one picture; where the codec says "more" for ever without one, it is given up.
    let image = 0
    for (let turns = 0, again = true; image === 0 && again && turns < MOST_TURNS; turns++) {
      again = codec._de265_decode(decoder, more) === 0 && wordAt(codec.HEAPU8, more) !== 0
      image = codec._de265_get_next_picture(decoder)
    }
    if (image === 0) throw codecFailure('heic', 'decoded')
    return image
  }

  /** A decoded picture, which lies in the codec's memory as a whole. */
  const pictureOf = (decoder: number, chroma: boolean): CodedPicture => {
    const scratch = codec._malloc(8)
    const image = decodeAll(decoder, scratch)
    const layout = LAYOUTS[codec._de265_get_chroma_format(image)]!
    const planes = (layout === '400' || !chroma ? [0] : [0, 1, 2]).map((channel) => {
      const pointer = codec._de265_get_image_plane(image, channel, scratch)
      return { pointer, stride: wordAt(codec.HEAPU8, scratch) }
    })
    codec._free(scratch)
    const height = codec._de265_get_image_height(image, 0)
    const bitDepth = codec._de265_get_bits_per_pixel(image, 0)
    let [isRead, isFreed] = [false, false]
    return {
      width: codec._de265_get_image_width(image, 0),
      height,
      bitDepth,
      sampleBytes: bitDepth > 8 ? 2 : 1,
      layout,
      colour: {
        primaries: 2,
        transfer: 2,
        matrix: codec._de265_get_image_matrix_coefficients(image),
        fullRange: codec._de265_get_image_full_range_flag(image) !== 0,
      },
      get memory() {
        return codec.HEAPU8
      },
      nextRows() {
        if (isRead) return null
        isRead = true
        return { top: 0, count: height, planes }
      },
      close() {
        if (!isFreed) codec._de265_free_decoder(decoder)
        isFreed = true
      },
    }
  }

  return {
    open: (item, data, { chroma }) =>
      guarded('heic', 'decoded', () => {
        const decoder = codec._de265_new_decoder()
        try {
          for (const unit of hevcUnits(item, data)) push(decoder, unit)
          codec._de265_flush_data(decoder)
          return pictureOf(decoder, chroma)
        } catch (error) {
          codec._de265_free_decoder(decoder)
          throw error
        }
      }),
  }
}

function wordAt(memory: Uint8Array, at: number): number {
  return new DataView(memory.buffer).getInt32(at, true)
}
