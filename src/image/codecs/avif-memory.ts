// What reading an AVIF picture takes, by its header.
import { ImageError } from '../error'
import type { ImageHeader } from '../header'
import { MOST_CUT } from '../probe/heif-aperture'
import { av1PictureBytes } from './av1-picture'
import { av1FrameCost, costOf } from './costs'
import { extentOf, type Grid, type HeifPicture } from './heif-picture'
import { heifPixels, heifStripBytes } from './heif-rows'

export type AvifHeader = Pick<ImageHeader, 'width' | 'height' | 'alpha' | 'bitDepth' | 'interlaced'>

/** Pictures that take no more as frames may be of the kinds that need it. */
const MOST_FRAME_BYTES = 20_000_000
/** Narrowest tiles of a grid that are planned for, where there are more than a few: each of a row has its own memory. */
const TILE = 256
const FEW = 8
/** A file's bytes in the decoder's memory and on their way there. */
const COPIES = 2.1

/** Of the decoder's memories, without the file. */
function pictureBytes({ width, height, alpha, interlaced }: AvifHeader): number {
  const [across, down] = [width + MOST_CUT, height + MOST_CUT]
  const once = interlaced
    ? av1PictureBytes(across, down, 0)
    : Math.max(FEW, Math.ceil(across / TILE)) * av1PictureBytes(TILE, down, 0)
  return alpha ? 2 * once : once
}

function frameBytes({ width, height, alpha, interlaced }: AvifHeader, fileSize: number): number {
  return costOf(av1FrameCost(), heifPixels(width, height, interlaced) * (alpha ? 2 : 1), fileSize)
}

/** Whether a picture is planned as if it were decoded as a frame, so that any kind can be. */
export function hasFallback(header: AvifHeader, fileSize: number): boolean {
  return header.bitDepth === 8 && frameBytes(header, fileSize) <= MOST_FRAME_BYTES
}

/** Bytes that reading takes at most: of the engine's arena, and outside of it. */
export function avifBytes(header: AvifHeader, fileSize: number): { engine: number; outside: number } {
  const own = pictureBytes(header) + COPIES * fileSize
  return {
    engine: heifStripBytes(header.width + MOST_CUT, header.alpha, 2),
    outside: Math.ceil(hasFallback(header, fileSize) ? Math.max(own, frameBytes(header, fileSize)) : own),
  }
}

/** Limits before allocation: the tiles of a row are what is planned for, or less. Throws ImageError. */
export function checkAvifTiles({ colour, alpha }: HeifPicture, header: AvifHeader, fileSize: number): void {
  const bytesOf = ({ tiles, columns, width }: Grid): number => {
    const extent = extentOf('AVIF', tiles[0]!)
    return (
      Math.min(columns, Math.ceil(width / extent.width)) * av1PictureBytes(extent.width, extent.height, 0)
    )
  }
  const most = avifBytes(header, fileSize).outside
  if (bytesOf(colour) + (alpha && header.alpha ? bytesOf(alpha) : 0) > most) {
    throw new ImageError('unsupported', `Expected tiles of at least ${TILE} columns in AVIF`)
  }
}
