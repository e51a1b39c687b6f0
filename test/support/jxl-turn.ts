// Writes an orientation into a JPEG XL codestream that has none, as cjxl does for a JPEG with EXIF Orientation.
import { JxlBits } from '../../src/image/jxl/bits'

/** Counts the bits that are read, and keeps them. */
class Recorder extends JxlBits {
  readonly bits: number[] = []
  override u(count: number): number {
    const value = super.u(count)
    for (let i = 0; i < count; i++) this.bits.push(Math.floor(value / 2 ** i) & 1)
    return value
  }
}

const three = (value: number) => [value & 1, (value >> 1) & 1, value >> 2]

/** The codestream with `orientation`. Its metadata must have no extra fields, no profile and no extensions. */
export function turnJxl(file: Uint8Array, orientation: number): Uint8Array<ArrayBuffer> {
  const read = new Recorder(file)
  read.skip(16)
  const small = read.bool()
  const side = () => (small ? read.u(5) : read.u32([1, 9], [1, 13], [1, 18], [1, 30]))
  side()
  if (read.u(3) === 0) side()
  const head = [...read.bits]
  const from = read.bits.length
  // [all default]: spelt out; else [not default][no extra fields] and the rest as it is.
  // 8-bit integers, 16-bit buffers, no extra channels, XYB, default colours: what all defaults are.
  let body = [0, 0, 0, 1, 0, 0, 1, 1]
  if (!read.bool()) {
    if (read.bool()) throw new Error('the codestream has extra fields')
    read.skip(1)
    read.u32(8, 10, 12, [1, 6])
    read.skip(1)
    const channels = read.u32(0, 1, [2, 4], [1, 12])
    for (let i = 0; i < channels; i++) if (!read.bool()) throw new Error('an extra channel is not default')
    read.skip(1)
    if (!read.bool()) {
      if (read.bool() || read.enumerated() > 1) throw new Error('the codestream has a profile')
      read.enumerated()
      if (read.bits.at(-1) !== undefined) read.enumerated()
      if (read.bool()) read.skip(24)
      else read.enumerated()
      read.enumerated()
    }
    body = read.bits.slice(from + 2)
    if (read.u(2) !== 0) throw new Error('the codestream has extensions')
  }
  if (!read.bool()) throw new Error('the transform is not default')
  const rest = Math.ceil(read.bits.length / 8)
  // Extra fields: orientation, no intrinsic size, no preview, no animation; then the default tone mapping.
  const bits = [...head, 0, 1, ...three(orientation - 1), 0, 0, 0, ...body, 1, 0, 0, 1]
  const header = new Uint8Array(Math.ceil(bits.length / 8))
  bits.forEach((bit, i) => {
    header[i >> 3]! |= bit << (i & 7)
  })
  const turned = new Uint8Array(header.length + file.length - rest)
  turned.set(header)
  turned.set(file.subarray(rest), header.length)
  return turned
}
