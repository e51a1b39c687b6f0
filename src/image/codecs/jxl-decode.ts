// JPEG XL pictures through libjxl (icodec), a whole frame at a time.
import factory from '../../../build/codecs/jxl-decode.js'
import wasm from '../../../build/codecs/jxl-decode.wasm'
import { ImageError } from '../error'
import type { ByteSource } from '../header'
import { nakedCodestream } from '../jxl/container'
import { decodableHeader, type JxlFront, needsHeader, readJxlFront } from '../jxl/front'
import { PROFILE_ROOM } from '../jxl/front-reader'
import { LIMITS } from '../metadata/kinds'
import { codecFailure, guarded, instantiate, reserveString } from './emscripten'
import type { Frame } from './frame'
import { held, holdPixels } from './held'
import { readInto } from './source'

/** What a header that is written anew may be longer by. */
const SLACK = 256

/**
 * Decodes the first frame to samples whose profile `readJxlFront` tells; they have 8 bits, or as many as the
 * picture in 16-bit numbers.
 */
export async function decodeJxl(source: ByteSource): Promise<Frame> {
  const codec = await instantiate(factory, wasm, holdPixels('_icodec_ImageData'))
  const file = guarded('jxl', 'decoded', () => reserveString(codec, source.size + SLACK))
  const length = await readInto(source, () => codec.HEAPU8.subarray(file.at))
  const room = codec.HEAPU8.subarray(file.at, file.at + source.size + SLACK)
  const naked = nakedCodestream(room.subarray(0, length))
  const { front, isCut } = frontOf(room.subarray(0, naked))
  const whole = front !== null && needsHeader(front) ? replaceHeader(room, naked, front) : naked
  new DataView(codec.HEAPU8.buffer).setUint32(file.wired, whole, true)
  return guarded('jxl', 'decoded', () => {
    let failure: unknown
    const frame = held(() => {
      failure = codec.decode(file)
    })
    if (!frame && isCut) throw new ImageError('truncated', 'The JPEG XL picture ends too early')
    if (!frame) throw codecFailure('jxl', 'decoded', failure)
    return { ...frame, premultiplied: front?.header.premultiplied === true }
  })
}

/** What stands in front of the picture, or null; `isCut`: because the file ends there. */
function frontOf(codestream: Uint8Array): { front: JxlFront | null; isCut: boolean } {
  try {
    return { front: readJxlFront(codestream.subarray(0, PROFILE_ROOM), LIMITS.icc), isCut: false }
  } catch (error) {
    if (!(error instanceof ImageError)) throw error
    // The decoder judges what can't be read here.
    return { front: null, isCut: error.kind === 'truncated' && codestream.length <= PROFILE_ROOM }
  }
}

/** Writes another header into `room`, which begins with a codestream of `length` bytes; the new length. */
function replaceHeader(room: Uint8Array, length: number, front: JxlFront): number {
  const header = decodableHeader(room, front)
  const frames = Math.ceil(front.end / 8)
  if (length - frames + header.length > room.length) return length
  room.copyWithin(header.length, frames, length)
  room.set(header)
  return length - frames + header.length
}
