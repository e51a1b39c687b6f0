// Coded AV1 pictures out of what libvips encodes, to be put into other AVIF files.
import { readHeifPicture, readItem } from '../../src/image/codecs/heif-picture'
import { Ranges } from '../../src/image/codecs/ranges'
import type { CodedTile } from './heif'
import { encoded } from './oracle'
import { sourceOf } from './rows'

export interface Pixels {
  readonly width: number
  readonly height: number
  readonly bands: 1 | 2 | 3 | 4
  readonly data: Uint8Array
}

/** An AVIF file that libvips makes of pixels: 4:4:4 unless `options` say otherwise. */
export async function encodeAvif({ width, height, bands, data }: Pixels, options: object = {}) {
  const raw = { width, height, channels: bands }
  const grey = bands <= 2 ? [['toColourspace', 'b-w'] as [string, ...unknown[]]] : []
  return (await encoded(data, [...grey, ['avif', { quality: 80, effort: 0, ...options }]], { raw })).data
}

/** The coded pictures of an AVIF file: its colours, and alpha where it has some. */
export async function codedAv1(file: Uint8Array): Promise<{ colour: CodedTile; alpha: CodedTile | null }> {
  const ranges = new Ranges(sourceOf(file))
  const picture = await readHeifPicture('avif', ranges)
  const coded = async ({ width, height, tiles }: typeof picture.colour): Promise<CodedTile> => {
    const tile = tiles[0]!
    const configuration = tile.properties.find(({ type }) => type === 'av1C')!.payload
    return { width, height, configuration, data: await readItem(tile, picture.idat, ranges) }
  }
  const [colour, alpha] = [await coded(picture.colour), picture.alpha && (await coded(picture.alpha))]
  await ranges.close()
  return { colour, alpha }
}
