// AVIF and HEIC headers: ISO base media boxes (ISO/IEC 14496-12) with HEIF items (ISO/IEC 23008-12)
// up to the end of `meta`. Orientation is what `irot` and `imir` say: EXIF Orientation is only
// informative in HEIF (23008-12 annex A), and viewers ignore it.
import { IccScan } from '../colour/icc-scan'
import { ImageError } from '../error'
import type { Feed, Step } from '../feed'
import { readBox } from './box'
import { type Draft, setColour } from './draft'
import { coloursOf, nclxOf } from './heif-colour'
import { settleItem } from './heif-item'
import { type Meta, newMeta, readMeta } from './heif-meta'

export const probeAvif = (feed: Feed, draft: Draft): Step => probeBmff(feed, draft)
export const probeHeic = (feed: Feed, draft: Draft): Step => probeBmff(feed, draft)

function* probeBmff(feed: Feed, draft: Draft): Step {
  for (;;) {
    const box = yield* readBox(feed, Number.POSITIVE_INFINITY)
    if (box === null)
      throw new ImageError('truncated', 'Expected a HEIF meta box but the file ended', feed.offset)
    if (box.type === 'meta') {
      const meta = newMeta(() => new IccScan())
      yield* readMeta(feed, box.end, meta)
      settleItem(meta, draft, box.end)
      setItemColour(meta, draft)
      draft.known = true
      return
    }
    if (box.type === 'moov' || !(yield* feed.skip(box.end - feed.offset))) {
      throw new ImageError(
        box.type === 'moov' ? 'unsupported' : 'truncated',
        `Expected a HEIF meta box but received ${box.type === 'moov' ? 'a file with only tracks' : 'the end of the file'}`,
        feed.offset,
      )
    }
  }
}

/** A profile wins over `nclx` (MIAF §7.3.6.4). */
function setItemColour(meta: Meta<IccScan>, draft: Draft): void {
  const colours = coloursOf(meta)
  const icc = colours.find((p) => p.profile !== undefined)?.profile
  const nclx = nclxOf(colours)
  const scan = new IccScan()
  if (!icc) scan.push(nclx?.profile ?? new Uint8Array())
  setColour(draft, icc ?? scan, icc ? 'unknown' : (nclx?.name ?? 'srgb'))
}
