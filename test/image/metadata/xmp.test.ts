import { expect, it } from 'vitest'
import { iptcOf, iptcResource } from '../../../src/image/metadata/iptc'
import { setXmpOrientation, withoutExtension } from '../../../src/image/metadata/xmp'
import { be32, join } from '../../support/bmff'
import { iptcBlock } from '../../support/metadata'

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (packet: Uint8Array) => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(packet)

it('sets Orientation as attribute and as element, and nothing else', () => {
  const turned = (packet: string) => text(setXmpOrientation(bytes(packet), 1))
  expect(turned('<a tiff:Orientation="6" tiff:Make="6"/>')).toBe('<a tiff:Orientation="1" tiff:Make="6"/>')
  expect(turned("<a tiff:Orientation = '8'/>")).toBe("<a tiff:Orientation = '1'/>")
  expect(turned('<tiff:Orientation> 3</tiff:Orientation>')).toBe('<tiff:Orientation> 1</tiff:Orientation>')
  expect(turned('<dc:title>Orientation 6 \u00fc \u{1f332}</dc:title>')).toBe(
    '<dc:title>Orientation 6 \u00fc \u{1f332}</dc:title>',
  )
})

it('gives back the very packet where nothing changes', () => {
  const packet = bytes('<a/>')
  expect(setXmpOrientation(packet, 1)).toBe(packet)
  expect(withoutExtension(packet)).toBe(packet)
})

it('unlinks extended XMP at the same length', () => {
  const packet = bytes('<a xmpNote:HasExtendedXMP="00112233445566778899AABBCCDDEEFF" b="c"/>')
  const alone = withoutExtension(packet)
  expect(alone.length).toBe(packet.length)
  expect(text(alone)).toMatch(/^<a {2,} b="c"\/>$/)
})

it('finds IPTC among image resources', () => {
  const resource = iptcResource(iptcBlock)
  expect(resource.length % 2).toBe(0)
  expect(iptcOf(resource)).toEqual(iptcBlock)
  expect(iptcOf(iptcBlock)).toEqual(iptcBlock)
  const other = join('8BIM', [3, 0xed], [3, 65, 66, 67], be32(5), [1, 2, 3, 4, 5, 0])
  expect(iptcOf(join('Photoshop 3.0\0', other, resource))).toEqual(iptcBlock)
  expect(iptcOf(other)).toBeNull()
  expect(iptcOf(join('8BIM', [4, 4, 0, 0], be32(1000), [1]))).toBeNull()
  expect(iptcOf(new Uint8Array(3))).toBeNull()
})
