// Hand-built TIFF files of CMYK samples: libvips reads them, and no encoder comes between the inks and it.
import { join, le16, le32 } from './bmff'

/** An uncompressed CMYK TIFF, with a profile or without. */
export function cmykTiff(width: number, height: number, inks: Uint8Array, icc?: Uint8Array): Uint8Array {
  const bits = 8 + inks.length
  const profile = bits + 8
  const directory = profile + (icc?.length ?? 0) + ((icc?.length ?? 0) & 1)
  const entry = (tag: number, type: number, count: number, value: number) =>
    join(le16(tag), le16(type), le32(count), le32(value))
  const entries = [
    entry(256, 4, 1, width),
    entry(257, 4, 1, height),
    entry(258, 3, 4, bits),
    entry(259, 3, 1, 1),
    entry(262, 3, 1, 5),
    entry(273, 4, 1, 8),
    entry(277, 3, 1, 4),
    entry(278, 4, 1, height),
    entry(279, 4, 1, inks.length),
    entry(284, 3, 1, 1),
    entry(332, 3, 1, 1),
    ...(icc ? [entry(34675, 7, icc.length, profile)] : []),
  ]
  const padding = new Uint8Array((icc?.length ?? 0) & 1)
  const eights = [8, 8, 8, 8].flatMap(le16)
  const head = join('II', le16(42), le32(directory))
  return join(head, inks, eights, icc ?? [], padding, le16(entries.length), ...entries, le32(0))
}
