// Pixels in and out of row readers and writers, and how far two pictures are apart.
import { joined } from '../../src/image/encoded-file'
import type { Engine } from '../../src/image/engine'
import type { ByteSource } from '../../src/image/header'
import type { Bands, RowReader, RowWriter } from '../../src/image/rows'

/** A source that gives `bytes` in chunks of `chunk`. */
export function sourceOf(bytes: Uint8Array, chunk = 65536): ByteSource {
  return {
    size: bytes.length,
    async open(offset = 0) {
      let at = offset
      return new ReadableStream({
        pull(controller) {
          if (at >= bytes.length) return controller.close()
          controller.enqueue(bytes.slice(at, (at += chunk)))
        },
      })
    },
  }
}

/** All rows of a reader, without gaps between them. */
export async function pixelsOf(engine: Engine, reader: RowReader): Promise<Uint8Array> {
  const line = reader.width * reader.bands
  const pixels = new Uint8Array(line * reader.height)
  let row = 0
  for (let rows = await reader.read(); rows; rows = await reader.read()) {
    for (let i = 0; i < rows.count; i++) {
      const from = rows.pointer + i * rows.stride
      pixels.set(engine.bytes.subarray(from, from + line), row++ * line)
    }
  }
  await reader.close()
  if (row !== reader.height) throw new Error(`the reader gave ${row} of ${reader.height} rows`)
  return pixels
}

/** Writes pixels in strips of `strip` rows, and gives the file. */
export async function fileOf(
  engine: Engine,
  writer: RowWriter,
  pixels: Uint8Array,
  picture: { width: number; height: number; bands: Bands },
  strip = 16,
): Promise<Uint8Array> {
  const stride = picture.width * picture.bands
  const pointer = engine.alloc(stride * strip)
  for (let row = 0; row < picture.height; row += strip) {
    const count = Math.min(strip, picture.height - row)
    engine.bytes.set(pixels.subarray(row * stride, (row + count) * stride), pointer)
    await writer.write({ pointer, count, stride })
  }
  return joined(await writer.finish())
}

/** Peak signal-to-noise ratio in dB; Infinity for equal pictures. */
export function psnr(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) throw new Error(`${a.length} samples against ${b.length}`)
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2
  return sum === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10((255 * 255 * a.length) / sum)
}

/** The largest difference of two samples. */
export function maxDiff(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) throw new Error(`${a.length} samples against ${b.length}`)
  let most = 0
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!))
  return most
}

/** A smooth picture with edges and a little texture, as encoders like it; alpha is a ramp. */
export function scene(width: number, height: number, bands: Bands): Uint8Array {
  const pixels = new Uint8Array(width * height * bands)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const wave = 60 * Math.sin(x / 17 + y / 29) + 40 * Math.cos(y / 11)
      const box = (x >> 5) % 3 === 1 && (y >> 5) % 2 === 0 ? 50 : 0
      const colour = [128 + wave, 110 + wave / 2 + box, 90 + box - wave / 3]
      const at = (y * width + x) * bands
      for (let band = 0; band < bands; band++) {
        const isAlpha = (bands === 2 || bands === 4) && band === bands - 1
        pixels[at + band] = isAlpha ? Math.round((255 * x) / Math.max(1, width - 1)) : colour[band]!
      }
    }
  }
  return pixels
}

/** A seeded generator of integers below `n` (mulberry32). */
export function random(seed: number): (n: number) => number {
  let state = seed
  return (n) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * n)
  }
}

/** Pixels without gaps as a reader, in strips of 7 rows. */
export function memoryReader(
  engine: Engine,
  pixels: Uint8Array,
  width: number,
  height: number,
  bands: Bands,
): RowReader {
  const stride = width * bands
  const pointer = engine.alloc(stride * 7)
  let row = 0
  return {
    width,
    height,
    bands,
    async read() {
      if (row >= height) return null
      const count = Math.min(7, height - row)
      engine.bytes.set(pixels.subarray(row * stride, (row + count) * stride), pointer)
      row += count
      return { pointer, count, stride }
    },
    async close() {},
  }
}
