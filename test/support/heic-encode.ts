// HEIC files as the engine's encoder makes them, what it believes a decoder shows, and what libde265 decodes.
import { openHevc } from '../../src/image/codecs/heic-decode'
import { heicEncodeBytes, makeHeicWriter } from '../../src/image/codecs/heic-encode'
import { readHeifPicture, readItem } from '../../src/image/codecs/heif-picture'
import { Ranges } from '../../src/image/codecs/ranges'
import { joined } from '../../src/image/encoded-file'
import { Engine } from '../../src/image/engine'
import type { Bands } from '../../src/image/rows'
import type { CodedTile } from './heif'
import { sourceOf } from './rows'

export interface HeicPicture {
  readonly width: number
  readonly height: number
  readonly bands: Bands
  readonly data: Uint8Array
}

export interface HeicOptions {
  readonly quality: number
  readonly deblocking?: boolean
  readonly profiled?: boolean
  /** Rows that are written at once. */
  readonly strip?: number
}

/** Planes of samples without gaps: Y, Cb, Cr. */
export type Planes = readonly Uint8Array[]

const even = (side: number): number => side + (side & 1)

/** Encodes, and collects the encoder's reconstruction of a picture that is coded whole. */
export async function encodeHeic(
  { width, height, bands, data }: HeicPicture,
  { quality, strip = 32, ...options }: HeicOptions,
): Promise<{ file: Uint8Array; planes: Planes; used: number }> {
  const room = heicEncodeBytes(width, height, bands) + strip * width * bands + (1 << 16)
  const engine = new Engine(room + (1 << 20))
  engine.reset(room + (1 << 20))
  const before = engine.call('arenaUsed')
  const writer = makeHeicWriter(engine, { width, height, bands, quality, ...options })
  const used = engine.call('arenaUsed') - before
  const stride = width * bands
  const pointer = engine.alloc(strip * stride + 64)
  const planes = [1, 2, 2].map((by) => new Uint8Array((even(width) / by) * (even(height) / by)))
  for (let row = 0; row < height; row += strip) {
    const count = Math.min(strip, height - row)
    engine.bytes.set(data.subarray(row * stride, (row + count) * stride), pointer)
    await writer.write({ pointer, count, stride })
    // A row of units is 32 high.
    if (strip !== 32) continue
    for (const [plane, samples] of planes.entries()) {
      const by = plane === 0 ? 1 : 2
      const [across, down] = [even(width) / by, even(height) / by]
      const from = engine.call('hevcEncReconstruction', plane)
      const line = engine.call('hevcEncStride', plane)
      for (let y = 0; y < 32 / by && row / by + y < down; y++) {
        const at = from + y * line
        samples.set(engine.bytes.subarray(at, at + across), (row / by + y) * across)
      }
    }
  }
  return { file: joined(await writer.finish()), planes, used }
}

/** The planes of each coded picture of a file, as libde265 decodes them: colour's tiles, or alpha's. */
export async function decodePlanes(
  file: Uint8Array,
  which: 'colour' | 'alpha' = 'colour',
): Promise<Planes[]> {
  const ranges = new Ranges(sourceOf(file))
  const picture = await readHeifPicture('heic', ranges)
  const grid = picture[which]
  if (!grid) throw new Error(`the file has no ${which}`)
  const codec = await openHevc()
  const pictures: Planes[] = []
  for (const tile of grid.tiles) {
    const decoded = await codec.open(tile, await readItem(tile, picture.idat, ranges), { chroma: true })
    const { planes, count } = decoded.nextRows()!
    pictures.push(
      planes.map(({ pointer, stride }, plane) => {
        const halved = plane > 0 && decoded.layout === '420'
        const [width, height] = halved ? [(decoded.width + 1) >> 1, (count + 1) >> 1] : [decoded.width, count]
        const samples = new Uint8Array(width * height)
        for (let y = 0; y < height; y++) {
          const at = pointer + y * stride
          samples.set(decoded.memory.subarray(at, at + width), y * width)
        }
        return samples
      }),
    )
    decoded.close()
  }
  await ranges.close()
  return pictures
}

/** The one coded picture of a file, to be put into another. */
export async function codedTile(file: Uint8Array): Promise<CodedTile> {
  const ranges = new Ranges(sourceOf(file))
  const { colour, idat } = await readHeifPicture('heic', ranges)
  const tile = colour.tiles[0]!
  const data = await readItem(tile, idat, ranges)
  await ranges.close()
  const configuration = tile.properties.find(({ type }) => type === 'hvcC')!.payload
  return { width: colour.width, height: colour.height, configuration, data }
}
