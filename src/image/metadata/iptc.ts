// IPTC-IIM inside Photoshop image resources (Adobe Photoshop File Formats, "Image Resource Blocks").
import { latin1, u16be, u32be } from '../feed'

/** What JPEG's APP13 begins with. */
export const PHOTOSHOP = 'Photoshop 3.0\0'
const IPTC_RESOURCE = 0x0404

/** The IPTC datasets of image resources, or of bytes that are datasets already; null where there are none. */
export function iptcOf(resources: Uint8Array): Uint8Array | null {
  const start = latin1(resources, 0, PHOTOSHOP.length) === PHOTOSHOP ? PHOTOSHOP.length : 0
  if (resources[start] === 0x1c) return resources.subarray(start)
  for (let at = start; at + 12 <= resources.length && latin1(resources, at, 4) === '8BIM'; ) {
    const name = resources[at + 6]!
    const size = at + 6 + ((name + 2) & ~1)
    if (size + 4 > resources.length) return null
    const length = u32be(resources, size)
    const end = size + 4 + length
    if (end > resources.length) return null
    if (u16be(resources, at + 4) === IPTC_RESOURCE) return resources.subarray(size + 4, end)
    at = end + (length & 1)
  }
  return null
}

/** One image resource with the datasets. */
export function iptcResource(iptc: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + iptc.length + (iptc.length & 1))
  bytes.set([0x38, 0x42, 0x49, 0x4d, IPTC_RESOURCE >>> 8, IPTC_RESOURCE & 255, 0, 0])
  new DataView(bytes.buffer).setUint32(8, iptc.length)
  bytes.set(iptc, 12)
  return bytes
}
