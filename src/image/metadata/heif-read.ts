// Metadata of AVIF and HEIC: Exif and XMP items (ISO/IEC 23008-12 annex A), a profile in colr.

import type { Place } from '../codecs/isobmff-writer'
import { type Feed, Joiner, type Step } from '../feed'
import { readBox } from '../probe/box'
import { coloursOf, nclxOf } from '../probe/heif-colour'
import { newMeta, readMeta } from '../probe/heif-meta'
import { parseIloc } from './iloc'
import { exifOf } from './jxl'
import { type Draft, keep, LIMITS } from './kinds'

/** Items that are read: each may be anywhere in the file. */
const MOST_TRIES = 16
/** Runs of bytes of an item: one, in files that are not made to do harm. */
const MOST_EXTENTS = 64

/** Reads `meta`, then the items it names wherever they lie. */
export function* readHeifMetadata(feed: Feed, found: Draft): Step {
  for (;;) {
    const box = yield* readBox(feed, Number.POSITIVE_INFINITY)
    if (box === null) return
    if (box.type !== 'meta') {
      if (!(yield* feed.skip(box.end - feed.offset))) return
      continue
    }
    const meta = newMeta(() => new Joiner(LIMITS.icc))
    yield* readMeta(feed, box.end, meta)
    const own = (meta.associations.get(meta.primary ?? -1) ?? []).map((i) => meta.properties[i])
    const profile = [...own, ...meta.properties].find((property) => property?.profile !== undefined)?.profile
    keep(found, 'icc', profile?.bytes ?? nclxOf(coloursOf(meta))?.profile)
    const places = meta.iloc === null ? new Map<number, Place>() : parseIloc(meta.iloc)
    let tries = 0
    for (const [id, type] of meta.types) {
      const place = places.get(id)
      if (place === undefined) continue
      const isXmp = type === 'mime' && meta.mimes.get(id) === 'application/rdf+xml'
      if (type === 'Exif' ? found.exif !== undefined : !isXmp || found.xmp !== undefined) continue
      if (++tries > MOST_TRIES) return
      if (isXmp) keep(found, 'xmp', yield* readItem(feed, place, meta.idat, LIMITS.xmp))
      else {
        const body = yield* readItem(feed, place, meta.idat, LIMITS.exif)
        if (body !== null) keep(found, 'exif', exifOf(body))
      }
    }
    return
  }
}

/** An item's bytes; null where they are too many, in another file, or can't be reached. */
function* readItem(feed: Feed, place: Place, idat: number | null, limit: number): Step<Uint8Array | null> {
  const base = place.method === 0 ? 0 : place.method === 1 ? idat : null
  if (base === null) return null
  if (place.extents.length > MOST_EXTENTS) return null
  if (place.extents.reduce((sum, { length }) => sum + length, 0) > limit) return null
  const joiner = new Joiner(limit)
  for (const { offset, length } of place.extents) {
    if (!(yield* feed.seek(base + offset)) || !(yield* feed.pour(length, joiner))) return null
  }
  return joiner.bytes
}
