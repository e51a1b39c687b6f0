// The container of JPEG XL (ISO/IEC 18181-2 §9): a codestream in one box or in several.
import { latin1, u32be } from '../feed'

/**
 * Moves the codestream to the front of the file that holds it, in place, and gives its length; boxes are
 * overwritten. A naked codestream stays as it is, and so does a file whose boxes don't add up.
 */
export function nakedCodestream(file: Uint8Array): number {
  if (file[0] === 0xff) return file.length
  const parts: { from: number; to: number }[] = []
  for (let at = 0; at + 8 <= file.length; ) {
    const size32 = u32be(file, at)
    const type = latin1(file, at + 4, 4)
    let head = 8
    let size = size32 === 0 ? file.length - at : size32
    if (size32 === 1 && at + 16 <= file.length) {
      head = 16
      size = u32be(file, at + 8) * 2 ** 32 + u32be(file, at + 12)
    }
    if (size < head) break
    const to = Math.min(file.length, at + size)
    if (type === 'jxlc') parts.push({ from: at + head, to })
    // Parts begin with their number; they stand in order (§9.9).
    if (type === 'jxlp') parts.push({ from: Math.min(to, at + head + 4), to })
    at += size
  }
  let length = 0
  for (const { from, to } of parts) {
    file.copyWithin(length, from, to)
    length += to - from
  }
  return length === 0 ? file.length : length
}
