// The chunks of a PNG (third edition §5.3) from its first IDAT on: hands their payload to the
// inflater piece by piece, where it lies in the input window, and checks each chunk's CRC.
import { pngCrc } from './png-crc'
import { BAD_CHUNK, BAD_CRC, ENDED, NEED_INPUT, OUTPUT_FULL, Stream } from './png-stream'

const LENGTH_AND_TYPE: i32 = 0
const PAYLOAD: i32 = 1
const CHECK: i32 = 2
const OVER: i32 = 3

/** "IDAT" as a big-endian number. */
const IDAT: u32 = 0x49444154

export function frameStart(s: Stream): void {
  s.frame = LENGTH_AND_TYPE
  s.gathered = 0
  s.held = 0
  s.raw = s.window
  s.rawEnd = s.window
  s.input = s.window
  s.inputEnd = s.window
}

/** Collects a big-endian number of `bytes` bytes, which may lie across two windows. */
function gather(s: Stream, bytes: i32): bool {
  while (s.gathered < bytes) {
    if (s.raw >= s.rawEnd) return false
    s.held = (s.held << 8) | <u64>load<u8>(s.raw)
    s.raw++
    s.gathered++
  }
  s.gathered = 0
  return true
}

/** Goes on to the next piece of payload: OUTPUT_FULL when there is one, NEED_INPUT, ENDED or an error. */
export function nextPiece(s: Stream): i32 {
  for (;;) {
    if (s.frame == PAYLOAD) {
      if (s.chunkLeft == 0) {
        s.held = 0
        s.frame = CHECK
        continue
      }
      let n = s.rawEnd - s.raw
      if (n == 0) return NEED_INPUT
      if (n > <usize>s.chunkLeft) n = s.chunkLeft
      s.crc = pngCrc(s.crc, s.raw, n)
      s.input = s.raw
      s.inputEnd = s.raw + n
      s.raw += n
      s.chunkLeft -= <u32>n
      return OUTPUT_FULL
    }
    if (s.frame == LENGTH_AND_TYPE) {
      if (!gather(s, 8)) return NEED_INPUT
      if (<u32>s.held != IDAT) {
        s.frame = OVER
        continue
      }
      if (s.held >> 63) return BAD_CHUNK
      s.chunkLeft = <u32>(s.held >> 32)
      s.crc = 0x35af061e // of the four bytes "IDAT" (a CRC goes over type and payload)
      s.frame = PAYLOAD
      continue
    }
    if (s.frame == CHECK) {
      if (!gather(s, 4)) return NEED_INPUT
      if (<u32>s.held != s.crc) return BAD_CRC
      s.held = 0
      s.frame = LENGTH_AND_TYPE
      continue
    }
    return ENDED
  }
}
