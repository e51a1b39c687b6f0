// AV1 pictures by our own decoder, by rows; what that leaves out (super-resolution, block copy, layers) by dav1d, a
// frame at a time, where it was planned for.
import { ImageError } from '../error'
import { readAv1Sequence } from './av1-sequence'
import type { PictureDecoder } from './coded-picture'

/**
 * A decoder of AV1 pictures; it is dropped with its pictures.
 * @param fallback whether the plan has room for the codec of whole frames
 */
export async function openAvifDecoder(fallback: boolean): Promise<PictureDecoder> {
  const { openAv1 } = await import('./av1-picture')
  const own = openAv1()
  let other: PictureDecoder | null = null
  return {
    async open(item, data, options) {
      const lacking = own.refuses?.(data)
      if (!lacking) return own.open(item, data, options)
      // Of these no size would do.
      const { bitDepth } = readAv1Sequence(data)
      if (bitDepth > 8) {
        throw new ImageError('unsupported', `Expected no ${lacking} in an AVIF picture of ${bitDepth} bits`)
      }
      if (!fallback) {
        throw new ImageError('unsupported', `Expected a smaller AVIF picture for one with ${lacking}`)
      }
      if (!other) {
        const { openDav1d } = await import('./av1-frame')
        other = await openDav1d()
      }
      return other.open(item, data, options)
    },
  }
}
