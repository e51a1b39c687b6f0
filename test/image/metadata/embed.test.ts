import ExifReader from 'exifreader'
import { expect, it } from 'vitest'
import type { Format } from '../../../src/image/formats'
import { embedMetadata, readMetadata, settleMetadata } from '../../../src/image/metadata'
import { orientationOf } from '../../../src/image/metadata/exif'
import { probe } from '../../../src/image/probe'
import { be32, box, heif, ispe, join, nclx, pixi } from '../../support/bmff'
import { packBits } from '../../support/jxl-bits'
import { exifBlock, iptcBlock, xmpPacket } from '../../support/metadata'
import { makeRandom, mutate } from '../../support/mutate'
import { encoded, metadata, raw } from '../../support/oracle'

const picture = {
  create: {
    width: 30,
    height: 20,
    channels: 3,
    background: '#446688',
    noise: { type: 'gaussian', mean: 128, sigma: 20 },
  },
}
const rgba = { create: { ...picture.create, channels: 4, background: { r: 9, g: 90, b: 200, alpha: 0.4 } } }
const bytesOf = (value: unknown) => new Uint8Array((value as { data: number[] }).data)
const icc = async () =>
  readMetadata((await encoded(null, [['withIccProfile', 'p3'], ['png']], picture)).data, 'png').icc!
const all = async () => ({ exif: exifBlock(), xmp: xmpPacket, iptc: iptcBlock, icc: await icc() })

it.each([
  ['jpeg', {}, picture],
  ['png', {}, picture],
  ['png', {}, rgba],
  ['webp', { quality: 80 }, picture],
  ['webp', { lossless: true }, rgba],
  ['webp', { quality: 80 }, rgba],
  ['avif', { effort: 1 }, picture],
  ['avif', { effort: 1 }, rgba],
] as const)('is read back from %s %o by libvips and exifreader', async (type, options, input) => {
  const format: Format = type === 'jpeg' ? 'jpg' : type
  const { data } = await encoded(null, [[type, options]], input)
  const given = await all()
  const file = embedMetadata(format, data, given)
  const judge = await metadata(file)
  expect(bytesOf(judge.icc)).toEqual(given.icc)
  expect(bytesOf(judge.xmp)).toEqual(given.xmp)
  expect(new TextDecoder().decode(bytesOf(judge.exif))).toContain('Konifer')
  const tags = await ExifReader.load(file.buffer as ArrayBuffer, { expanded: true, async: true })
  expect(tags.exif?.Make?.description).toBe('Konifer')
  expect(tags.icc?.['ICC Description']?.description).toBe('sP3C')
  if (format === 'jpg' || format === 'png') expect(tags.iptc?.['Object Name']?.description).toBe('Trees')
  // Our own reader agrees, and the pixels are the same.
  const { iptc, ...others } = given
  expect(readMetadata(file, format)).toEqual(format === 'jpg' || format === 'png' ? given : others)
  expect(probe(file)).toMatchObject({ width: 30, height: 20, alpha: probe(data).alpha, colorSpace: 'p3' })
  // A second time changes nothing but what is given.
  const again = embedMetadata(format, file, { ...given, exif: exifBlock(true) })
  expect(readMetadata(again, format).exif).toEqual(exifBlock(true))
  expect(probe(again)).toMatchObject({ width: 30, height: 20 })
})

it('keeps the pixels of a WebP and an AVIF it adds to', async () => {
  for (const type of ['webp', 'avif'] as const) {
    const { data } = await encoded(null, [[type, { effort: 1 }]], rgba)
    const file = embedMetadata(type, data, { exif: exifBlock(false, 1), xmp: xmpPacket })
    expect((await raw(file)).data).toEqual((await raw(data)).data)
  }
})

it('splits a large profile and a large packet over segments, and leaves out EXIF that does not fit one', async () => {
  const { data } = await encoded(null, [['jpeg']], picture)
  const large = {
    icc: new Uint8Array(200_000).fill(9),
    exif: new Uint8Array(70_000),
    iptc: new Uint8Array(100_000).fill(0x1c),
  }
  const xmp = new TextEncoder().encode(
    new TextDecoder().decode(xmpPacket).replace('forest', 'forest '.repeat(20_000)),
  )
  const file = embedMetadata('jpg', data, { ...large, xmp })
  const { xmp: back, ...found } = readMetadata(file, 'jpg')
  expect(found).toEqual({ icc: large.icc, iptc: large.iptc })
  expect(new TextDecoder().decode(back)).toContain(`dc:source="${'forest '.repeat(20_000)}"`)
  expect(new TextDecoder().decode(back)).not.toContain('HasExtendedXMP')
  const tags = await ExifReader.load(file.buffer as ArrayBuffer, { expanded: true })
  expect(tags.file?.['Image Width']?.value).toBe(30)
})

it('replaces the profile of a HEIF, and moves only what lies behind meta', () => {
  const source = heif({
    brand: 'heic',
    items: [
      { id: 1, type: 'hvc1', properties: [1, 2, 3], data: new Uint8Array([1, 2, 3, 4]) },
      { id: 2, type: 'Exif', data: join(be32(0), exifBlock()) },
    ],
    properties: [ispe(8, 8), pixi(8, 8, 8), nclx(12)],
  })
  const file = embedMetadata('heic', source, { xmp: xmpPacket, icc: new Uint8Array(300).fill(5) })
  expect(readMetadata(file, 'heic')).toEqual({
    exif: exifBlock(),
    xmp: xmpPacket,
    icc: new Uint8Array(300).fill(5),
  })
  const twice = embedMetadata('heic', file, { icc: new Uint8Array(20).fill(6) })
  expect(readMetadata(twice, 'heic').icc).toEqual(new Uint8Array(20).fill(6))
  expect(probe(twice)).toMatchObject({ width: 8, height: 8 })
})

it('wraps a JPEG XL codestream into a container', async () => {
  // 64×32 by a ratio, all else by default.
  const header = packBits([
    [0x0aff, 16],
    [1, 1],
    [3, 5],
    [7, 3],
    [1, 1],
    [1, 1],
  ])
  const stream = join(header, new Uint8Array(30))
  const file = embedMetadata('jxl', stream, await all())
  expect(readMetadata(file, 'jxl')).toEqual({ exif: exifBlock(), xmp: xmpPacket })
  expect({ ...probe(file) }).toEqual(probe(stream))
  expect(embedMetadata('jxl', stream, {})).toBe(stream)
  // A container keeps its codestream boxes and loses its old metadata.
  const again = embedMetadata('jxl', join(file, box('jbrd', [1, 2])), { xmp: xmpPacket })
  expect(readMetadata(again, 'jxl')).toEqual({ xmp: xmpPacket })
  const tags = await ExifReader.load(file.buffer as ArrayBuffer, { expanded: true })
  expect(tags.exif?.Make?.description).toBe('Konifer')
})

it('puts XMP and IPTC into a GIF, still and animated, and leaves the rest out', async () => {
  const still = await encoded(null, [['gif']], picture)
  const tall = { create: { ...picture.create, height: 40, pageHeight: 20 } }
  const moving = await encoded(null, [['gif', { delay: [90, 90] }]], tall)
  for (const { data } of [still, moving]) {
    const given = await all()
    const file = embedMetadata('gif', data, given)
    expect(readMetadata(file, 'gif')).toEqual({ xmp: given.xmp, iptc: given.iptc })
    expect(probe(file)).toEqual(probe(data))
    expect((await raw(file, [], { animated: true })).data).toEqual(
      (await raw(data, [], { animated: true })).data,
    )
    const tags = await ExifReader.load(file.buffer as ArrayBuffer, { expanded: true })
    expect(tags.gif?.['Image Width']?.value).toBe(30)
    expect(embedMetadata('gif', data, { exif: exifBlock() })).toBe(data)
  }
})

const output = { format: 'jpg', width: 100, height: 50, orientation: 1, strip: [], icc: null } as const

it('settles what goes into an output', async () => {
  const source = await all()
  const plain = settleMetadata(source, output)
  expect(Object.keys(plain).sort()).toEqual(['exif', 'iptc', 'xmp'])
  expect(orientationOf(plain.exif!)).toBe(1)
  expect(new TextDecoder().decode(plain.xmp)).toContain('tiff:Orientation="1"')
  expect(settleMetadata(source, { ...output, icc: source.icc }).icc).toBe(source.icc)
  expect(settleMetadata(source, { ...output, strip: ['exif', 'iptc', 'xmp'] })).toEqual({})
  expect(Object.keys(settleMetadata(source, { ...output, format: 'webp' })).sort()).toEqual(['exif', 'xmp'])
  expect(Object.keys(settleMetadata(source, { ...output, format: 'gif', icc: source.icc })).sort()).toEqual([
    'iptc',
    'xmp',
  ])
})

it.each(['webp', 'avif', 'jxl'] as const)('carries IPTC in the EXIF of %s, and back', async (format) => {
  const source = await all()
  for (const [given, strip] of [
    [source, []],
    [{ iptc: source.iptc }, []],
    [source, ['exif']],
    [{ ...source, exif: exifBlock(true) }, []],
  ] as const) {
    const settled = settleMetadata(given, { ...output, format, strip })
    expect(settled.iptc).toBeUndefined()
    const tags = await ExifReader.load(inJpeg(settled.exif!).buffer as ArrayBuffer, { expanded: true })
    expect(tags.iptc?.['Object Name']?.description).toBe('Trees')
    expect(tags.exif?.Make?.description).toBe('exif' in given && strip.length === 0 ? 'Konifer' : undefined)
    // Into a format with a place for it, it leaves EXIF again.
    const back = settleMetadata(settled, { ...output, format: 'jpg' })
    expect(back.iptc).toEqual(source.iptc)
    const plain = await ExifReader.load(inJpeg(back.exif!).buffer as ArrayBuffer, { expanded: true })
    expect(plain.iptc).toBeUndefined()
    expect(new TextDecoder().decode(back.exif)).not.toContain('Trees')
    expect(settleMetadata(settled, { ...output, format, strip: ['exif', 'iptc'] }).exif).toBeUndefined()
    expect(
      new TextDecoder().decode(settleMetadata(settled, { ...output, format, strip: ['iptc'] }).exif),
    ).not.toContain('Trees')
  }
})

/** The smallest JPEG that shows an EXIF block to a reader. */
const inJpeg = (exif: Uint8Array) => {
  const length = exif.length + 8
  return join([0xff, 0xd8, 0xff, 0xe1, length >> 8, length & 255], 'Exif\0\0', exif, [0xff, 0xd9])
}

it('takes IPTC out of Photoshop resources in EXIF, and survives damage there', async () => {
  const resources = join('8BIM', [4, 4, 0, 0], be32(iptcBlock.length), iptcBlock)
  // IFD0 with one entry of type BYTE, its bytes behind it.
  const exif = join(
    'MM',
    [0, 42],
    be32(8),
    [0, 1],
    [0x86, 0x49, 0, 1],
    be32(resources.length),
    be32(26),
    be32(0),
    resources,
  )
  const settled = settleMetadata({ exif }, output)
  expect(settled.iptc).toEqual(iptcBlock)
  expect(new TextDecoder().decode(settled.exif)).not.toContain('Trees')
  const random = makeRandom(7)
  const carrying = settleMetadata(await all(), { ...output, format: 'webp' }).exif!
  for (let i = 0; i < 500; i++) {
    const damaged = mutate(i % 2 === 0 ? carrying : exif, random)
    expect(settleMetadata({ exif: damaged }, output)).toBeDefined()
    expect(settleMetadata({ exif: damaged, iptc: iptcBlock }, { ...output, format: 'avif' })).toBeDefined()
  }
})

it('keeps the Orientation that pixels still need, even of a stripped EXIF', async () => {
  const source = await all()
  const turned = settleMetadata(source, { ...output, orientation: 6, strip: ['exif'] })
  expect(orientationOf(turned.exif!)).toBe(6)
  expect(new TextDecoder().decode(turned.exif)).not.toContain('Konifer')
  expect(orientationOf(settleMetadata({}, { ...output, orientation: 8 }).exif!)).toBe(8)
  expect(settleMetadata({}, { ...output, format: 'gif', orientation: 8 })).toEqual({})
  const large = settleMetadata(
    { exif: join(exifBlock(), new Uint8Array(70_000)) },
    { ...output, orientation: 5 },
  )
  expect([large.exif?.length, orientationOf(large.exif!)]).toEqual([26, 5])
})
