// HEIF and AVIF boxes made to do harm: counts, sizes and nesting that a few bytes can claim. Each is refused by
// name, or costs no more than its bytes; the picture's limits are not even looked at.
import { describe, expect, it } from 'vitest'
import { readHeifPicture } from '../../../src/image/codecs/heif-picture'
import { readHeifMeta } from '../../../src/image/codecs/isobmff'
import { Ranges } from '../../../src/image/codecs/ranges'
import { readMetadata, readMetadataFrom } from '../../../src/image/metadata'
import { makeProbe, probe } from '../../../src/image/probe'
import { auxC, be16, be32, box, fullBox, heif, ispe, join, type Part, prof } from '../../support/bmff'
import { countedSource } from '../../support/counted'
import { FINE, outcomeOf } from '../../support/outcome'
import { sourceOf } from '../../support/rows'

const ftyp = box('ftyp', 'heic', be32(0), 'heic', 'mif1')
const hdlr = fullBox('hdlr', 0, be32(0), 'pict', be32(0), be32(0), be32(0), 0)
const metaOf = (...children: Uint8Array[]) => fullBox('meta', 0, hdlr, ...children)
const fileOf = (...children: Uint8Array[]) => join(ftyp, metaOf(...children))
const infe = (id: number, type = 'hvc1') => fullBox('infe', 2, be16(id), be16(0), type, 0)
const iinf = (...infos: Uint8Array[]) => fullBox('iinf', 0, be16(infos.length), ...infos)
const pitm = fullBox('pitm', 0, be16(1))
const ipma = (...entries: Part[]) => fullBox('ipma', 0, be32(entries.length), ...entries)
/** The same bytes `count` times. */
function times(count: number, part: Uint8Array): Uint8Array {
  const all = new Uint8Array(count * part.length)
  for (let i = 0; i < count; i++) all.set(part, i * part.length)
  return all
}

/** Of what probes, and of what looks for the coded pictures; what reads metadata never fails. */
async function outcomes(file: Uint8Array) {
  readMetadata(file, 'heic')
  return {
    probe: await outcomeOf(() => probe(file)),
    decoder: await outcomeOf(() => readHeifPicture('heic', new Ranges(sourceOf(file)))),
  }
}

const corrupt = (message: RegExp) => ({ kind: 'corrupt', message: expect.stringMatching(message) })
const sound = [pitm, iinf(infe(1)), box('iprp', box('ipco', ispe(8, 8)), ipma([...be16(1), 1, 1]))]

describe('counts', () => {
  it('65,535 items of 65,535 extents without a byte each', async () => {
    // iloc of version 0, offsets and lengths of no bytes: six bytes an item.
    const iloc = fullBox('iloc', 0, 0, 0, be16(65535), times(65535, join(be16(1), be16(0), be16(65535))))
    const found = await outcomes(fileOf(...sound, iloc.subarray(0, 8 + 200_000 - 8)))
    expect(found.decoder.kind).toBe('corrupt')
    const small = fullBox('iloc', 0, 0, 0, be16(1000), times(1000, join(be16(1), be16(0), be16(65535))))
    expect(await outcomes(fileOf(...sound, small))).toEqual({
      probe: FINE,
      decoder: corrupt(/at most 65536 HEIF extents/),
    })
  })

  it('more properties than an index reaches', async () => {
    const many = box('iprp', box('ipco', times(200_000, box('free'))), ipma([...be16(1), 1, 1]))
    const { probe, decoder } = await outcomes(fileOf(pitm, iinf(infe(1)), many))
    expect(probe).toEqual(corrupt(/at most 32767 HEIF properties/))
    expect(decoder).toEqual(corrupt(/at most 65536 HEIF properties/))
  })

  it('more items than ids', async () => {
    const all = new Uint8Array(70_000 * 22)
    for (let i = 0; i < 70_000; i++) all.set(fullBox('infe', 3, be32(i), be16(0), 'hvc1'), i * 22)
    const infos = fullBox('iinf', 1, be32(70_000), all)
    const { probe, decoder } = await outcomes(fileOf(pitm, infos, sound[2]!))
    expect(probe).toEqual(corrupt(/at most 65536 HEIF items/))
    expect(decoder).toEqual(corrupt(/at most 65536 HEIF items/))
  })

  it('associations of ever more items, box after box', async () => {
    const boxes = Array.from({ length: 5 }, (_, n) =>
      fullBox(
        'ipma',
        1,
        be32(20_000),
        ...Array.from({ length: 20_000 }, (_, i) => [...be32(n * 20_000 + i), 0]),
      ),
    )
    const file = fileOf(pitm, iinf(infe(1)), box('iprp', box('ipco', ispe(8, 8)), ...boxes))
    expect(await outcomeOf(() => probe(file))).toEqual(corrupt(/at most 65536 HEIF items with properties/))
  })

  it('one auxiliary named 60,000 times, with a name that is long', async () => {
    const long = auxC('x'.repeat(100_000))
    const auxl = box('auxl', be16(2), be16(60_000), times(60_000, join(be16(1))))
    const all = Array.from({ length: 255 }, () => 2)
    const file = fileOf(
      ...[pitm, iinf(infe(1), infe(2)), fullBox('iref', 0, auxl)],
      box('iprp', box('ipco', ispe(8, 8), long), ipma([...be16(1), 1, 1], [...be16(2), 255, ...all])),
    )
    expect((await outcomes(file)).probe).toEqual(FINE)
  })

  it('more references than items can have', async () => {
    const dimg = box('dimg', be16(1), be16(60_000), times(60_000, join(be16(1))))
    const { probe, decoder } = await outcomes(fileOf(...sound, fullBox('iref', 0, dimg, dimg)))
    expect(probe).toEqual(corrupt(/at most 65536 HEIF references/))
    expect(decoder).toEqual(corrupt(/at most 65536 HEIF referenced items/))
  })

  it('10,000 EXIF items of a megabyte each, all of them at one place', async () => {
    const iloc = fullBox(
      ...(['iloc', 0, 0x44, 0, be16(10_000)] as const),
      ...Array.from({ length: 10_000 }, (_, i) =>
        join(be16(i + 2), be16(0), be16(1), be32(0), be32(1 << 20)),
      ),
    )
    const infos = iinf(infe(1), ...Array.from({ length: 10_000 }, (_, i) => infe(i + 2, 'Exif')))
    const file = join(fileOf(pitm, infos, sound[2]!, iloc), new Uint8Array(1 << 20))
    // The first word is an offset that leads nowhere: no item has EXIF, and few are looked at.
    const source = countedSource(file.fill(255, 0, 4))
    expect(await readMetadataFrom(source, 'heic')).toEqual({})
    expect(source.opened).toBeLessThanOrEqual(20)
    expect(source.taken).toBeLessThanOrEqual(20 * file.length)
  })

  it('profiles of more bytes than any picture has', () => {
    const profile = prof(new Uint8Array(1 << 20).fill(1))
    const properties = [ispe(8, 8), ...Array.from({ length: 12 }, () => profile)]
    const file = heif({ brand: 'heic', items: [{ id: 1, type: 'hvc1', properties: [1, 13] }], properties })
    expect(probe(file)).toMatchObject({ width: 8 })
    // The twelfth is over what all may have together; the first is as good as any.
    expect(readMetadata(file, 'heic').icc?.length).toBe(1 << 20)
  })
})

describe('boxes', () => {
  const size = (bytes: Uint8Array, value: number) => {
    const copy = bytes.slice()
    new DataView(copy.buffer).setUint32(0, value)
    return copy
  }

  it('within each other, 100,000 deep', async () => {
    const depth = 100_000
    const nested = new Uint8Array(8 * depth)
    for (let i = 0; i < depth; i++) nested.set(join(be32(8 * (depth - i)), 'iprp'), 8 * i)
    const { probe } = await outcomes(fileOf(pitm, iinf(infe(1)), nested))
    expect(probe).toEqual(corrupt(/ispe property/))
  })

  it.each([
    ['0 in the middle: all to the end', 0, 'fine'],
    ['4, less than its header', 4, 'corrupt'],
    ['7, less than its header', 7, 'corrupt'],
    ['over its parent', 0xffffffff, 'corrupt'],
  ])('of size %s', async (_name, bytes, kind) => {
    const last = size(box('free', new Uint8Array(40)), bytes)
    const file = fileOf(...sound, last)
    expect((await outcomeOf(() => probe(file))).kind).toBe(kind)
    expect((await outcomeOf(() => readHeifMeta(file.subarray(ftyp.length + 8)))).kind).toBe(kind)
  })

  it('of 64 bits: 0, less than its header, and 2^63', async () => {
    for (const large of [
      [0, 0],
      [0, 15],
      [0x80000000, 0],
      [0xffffffff, 0xffffffff],
    ] as const) {
      const last = join(be32(1), 'free', be32(large[0]), be32(large[1]), new Uint8Array(40))
      const { probe, decoder } = await outcomes(fileOf(...sound, last))
      expect(probe).toMatchObject({ kind: 'corrupt' })
      expect(decoder).toMatchObject({ kind: 'corrupt' })
    }
  })

  it('of size 0 for ever: a probe ends with the file', () => {
    const feeder = makeProbe()
    feeder.push(join(ftyp, be32(0), 'free'))
    feeder.push(new Uint8Array(100_000))
    expect(() => feeder.end()).toThrow(/meta box/)
  })
})

describe('grids', () => {
  const grid = (columns: number, rows: number, length: number) => {
    const parts = columns * rows
    const data = join(0, 0, rows - 1, columns - 1, be16(16), be16(16))
    const place = (id: number, offset: number, bytes: number) =>
      join(be16(id), be16(0), be16(1), be32(offset), be32(bytes))
    const make = (start: number) =>
      fileOf(
        pitm,
        iinf(infe(1, 'grid'), infe(2)),
        fullBox('iref', 0, box('dimg', be16(1), be16(parts), times(parts, join(be16(2))))),
        box('iprp', box('ipco', ispe(16, 16)), ipma([...be16(1), 1, 1], [...be16(2), 1, 1])),
        fullBox('iloc', 0, 0x44, 0, be16(2), place(1, start, data.length), place(2, start, length)),
      )
    return join(make(make(0).length), data, new Uint8Array(length))
  }

  it('one large tile, 60,000 times', async () => {
    const { probe, decoder } = await outcomes(grid(250, 240, 100_000))
    expect(probe).toEqual(FINE)
    expect(decoder).toEqual(corrupt(/more than the file has bytes for/))
  })

  it('one small tile four times is fine', async () => {
    expect(await outcomes(grid(2, 2, 50))).toEqual({ probe: FINE, decoder: FINE })
  })
})
