// The small build (docs/formats.md) leaves codecs out: `--define KONIFER_SMALL:true` makes their
// imports unreachable, so that the bundler drops them. The test for it stands beside each import,
// for the bundler looks no further.
import { ImageError } from '../error'
import { FORMATS, type Format } from '../formats'

declare global {
  const KONIFER_SMALL: boolean
}

/** Refuses what the small build can't do. */
export function leftOut(format: Format, doing: 'decoded' | 'encoded'): never {
  throw new ImageError('unsupported', `${FORMATS[format].mime} can't be ${doing} in this build`)
}
