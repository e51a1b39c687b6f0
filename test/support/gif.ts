// Hand-made GIF files, with the features that encoders seldom use. LZW codes are all literals.

export interface HandFrame {
  x?: number
  y?: number
  width: number
  height: number
  /** Palette indices, row by row from the top. */
  pixels: ArrayLike<number>
  disposal?: number
  transparent?: number
  delay?: number
  interlaced?: boolean
  /** Colours as red, green, blue; up to 256, a power of two. */
  palette?: number[][]
}

function literals(pixels: ArrayLike<number>, codeSize: number): number[] {
  const bytes: number[] = []
  let bits = 0
  let have = 0
  const put = (code: number): void => {
    bits |= code << have
    have += codeSize + 1
    for (; have >= 8; have -= 8, bits >>>= 8) bytes.push(bits & 255)
  }
  const clear = 1 << codeSize
  for (let i = 0; i < pixels.length; i++) {
    // Cleared before the table can make codes longer.
    if (i % (clear - 2) === 0) put(clear)
    put(pixels[i]!)
  }
  put(clear + 1)
  if (have > 0) bytes.push(bits & 255)
  return bytes
}

const word = (value: number): number[] => [value & 255, value >> 8]

function paletteBits(palette: number[][]): number {
  return Math.log2(palette.length) - 1
}

/** The bytes of a GIF; `loop` null leaves the Netscape extension out. */
export function handGif(
  width: number,
  height: number,
  palette: number[][] | null,
  frames: HandFrame[],
  loop: number | null = null,
): Uint8Array {
  const bytes = [...new TextEncoder().encode('GIF89a'), ...word(width), ...word(height)]
  bytes.push(palette ? 0x80 | paletteBits(palette) : 0, 0, 0, ...(palette?.flat() ?? []))
  if (loop !== null) {
    bytes.push(0x21, 0xff, 11, ...new TextEncoder().encode('NETSCAPE2.0'), 3, 1, ...word(loop), 0)
  }
  for (const frame of frames) {
    const { transparent, disposal = 0, delay = 10, interlaced } = frame
    bytes.push(
      0x21,
      0xf9,
      4,
      (disposal << 2) | (transparent === undefined ? 0 : 1),
      ...word(delay),
      transparent ?? 0,
      0,
    )
    bytes.push(
      0x2c,
      ...word(frame.x ?? 0),
      ...word(frame.y ?? 0),
      ...word(frame.width),
      ...word(frame.height),
    )
    bytes.push((frame.palette ? 0x80 | paletteBits(frame.palette) : 0) | (interlaced ? 0x40 : 0))
    bytes.push(...(frame.palette?.flat() ?? []))
    const codeSize = Math.max(2, Math.log2((frame.palette ?? palette ?? { length: 256 }).length))
    const rows = interlaced
      ? [0, 1, 2, 3].flatMap((pass) => {
          const [start, step] = [[0, 4, 2, 1][pass]!, [8, 8, 4, 2][pass]!]
          return Array.from(
            { length: Math.ceil(Math.max(0, frame.height - start) / step) },
            (_, i) => start + i * step,
          )
        })
      : Array.from({ length: frame.height }, (_, i) => i)
    const pixels = rows.flatMap((row) =>
      Array.from(frame.pixels).slice(row * frame.width, (row + 1) * frame.width),
    )
    const data = literals(pixels, codeSize)
    bytes.push(codeSize)
    for (let at = 0; at < data.length; at += 255) {
      const block = data.slice(at, at + 255)
      bytes.push(block.length, ...block)
    }
    bytes.push(0)
  }
  bytes.push(0x3b)
  return new Uint8Array(bytes)
}
