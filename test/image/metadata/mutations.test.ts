// Seeded damage to blocks of EXIF, XMP, IPTC and ICC, and to the profiles within JPEG XL: what reads and rewrites
// them never fails, gives no more than it got, and says what it was told to say.
import { describe, expect, it } from 'vitest'
import { profileBytes } from '../../../src/image/colour/build-profile'
import { IccScan } from '../../../src/image/colour/icc-scan'
import { evaluateCurve } from '../../../src/image/colour/icc-tags'
import { parseProfile } from '../../../src/image/colour/profile'
import { ImageError } from '../../../src/image/error'
import { JxlBits } from '../../../src/image/jxl/bits'
import { readJxlFront } from '../../../src/image/jxl/front'
import { readIcc } from '../../../src/image/jxl/icc'
import { settleMetadata } from '../../../src/image/metadata'
import {
  describePicture,
  makeExif,
  readExifFacts,
  resetOrientation,
  separateIptc,
  setOrientation,
  withIptc,
} from '../../../src/image/metadata/exif'
import { iptcOf, iptcResource } from '../../../src/image/metadata/iptc'
import { setXmpOrientation, withExtended, withoutExtension } from '../../../src/image/metadata/xmp'
import { codedJxl, iccStream, operated } from '../../support/jxl-made'
import { exifBlock, iptcBlock, xmpPacket } from '../../support/metadata'
import { mutateOften } from '../../support/mutate'
import { random, scene } from '../../support/rows'

const { env } = import.meta as unknown as { env: Record<string, string | undefined> }
const COUNT = Number(env.VITE_FUZZ ?? 5000)
const SEED = Number(env.VITE_FUZZ_SEED ?? 1)

/** Damaged copies of blocks, with a generator for choices and a name to find them again. */
function* damaged(blocks: readonly Uint8Array[], offset: number, head = 200) {
  for (let i = 0; i < COUNT; i++) {
    const next = random((SEED * 7 + offset) * 1_000_003 + i)
    const bytes = mutateOften(blocks[next(blocks.length)]!, next, head)
    yield { bytes, next, what: `mutation ${i} of seed ${SEED}` }
  }
}

describe(`${COUNT} mutations of`, () => {
  it('EXIF: what is stated is read back', () => {
    const blocks = [
      exifBlock(),
      exifBlock(true, 3),
      makeExif(8),
      withIptc(exifBlock(), iptcBlock),
      withIptc(exifBlock(true), iptcBlock.subarray(0, 3)),
    ]
    const found = new Set<unknown>()
    for (const { bytes, next, what } of damaged(blocks, 11)) {
      found.add(readExifFacts(bytes)?.orientation)
      const before = bytes.slice()
      const orientation = (1 + next(8)) as 1
      const stated = readExifFacts(setOrientation(bytes, orientation))
      // Where there is none, none is needed to say 1.
      expect(stated?.orientation ?? 1, what).toBe(orientation)
      const described = describePicture(bytes, { orientation, width: 70_000, height: 2 })
      expect(described.length, what).toBeLessThanOrEqual(Math.max(bytes.length, 32) + 12 * 65536)
      const { exif, iptc } = separateIptc(bytes)
      expect((iptc?.length ?? 0) + exif.length, what).toBeLessThanOrEqual(2 * bytes.length)
      readExifFacts(resetOrientation(withIptc(exif, iptc ?? iptcBlock)))
      expect(bytes, `${what}: the block itself`).toEqual(before)
    }
    expect(found.size).toBeGreaterThan(8)
  }, 120_000)

  it('XMP', () => {
    const extension = new TextEncoder().encode(
      '<x><rdf:RDF xmlns:rdf="r" xmlns:e=\'e\'><rdf:Description e:a="1"/></rdf:RDF ></x>',
    )
    const noted = new TextEncoder().encode(
      `<rdf:RDF xmlns:rdf="r"><a xmpNote:HasExtendedXMP = '${'A'.repeat(32)}' tiff:Orientation='6'/></rdf:RDF>`,
    )
    for (const { bytes, next, what } of damaged([xmpPacket, extension, noted], 12)) {
      const other = [xmpPacket, extension, noted][next(3)]!
      // Broken UTF-8 becomes U+FFFD, three bytes for one.
      const most = 3 * (bytes.length + other.length)
      expect(withExtended(bytes, other).length, what).toBeLessThanOrEqual(most)
      expect(withExtended(other, bytes).length, what).toBeLessThanOrEqual(most)
      expect(withoutExtension(bytes).length, what).toBeLessThanOrEqual(most)
      expect(setXmpOrientation(bytes, 3).length, what).toBeLessThanOrEqual(most)
    }
  }, 120_000)

  it('IPTC', () => {
    const blocks = [iptcBlock, iptcResource(iptcBlock), iptcResource(iptcBlock.subarray(0, 5))]
    const found = new Set<boolean>()
    for (const { bytes, what } of damaged(blocks, 13)) {
      const iptc = iptcOf(bytes)
      found.add(iptc === null)
      expect(iptc?.length ?? 0, what).toBeLessThanOrEqual(bytes.length)
      for (const format of ['jpg', 'heic', 'png'] as const) {
        const output = { format, width: 3, height: 2, orientation: 1, strip: [], icc: null } as const
        settleMetadata({ exif: bytes, iptc: bytes, xmp: bytes, icc: bytes }, output)
      }
    }
    expect(found.size).toBe(2)
  }, 120_000)

  it('ICC profiles, in pieces as in one', () => {
    const found = new Set<string | undefined>()
    const blocks = [profileBytes('p3'), profileBytes('adobe_rgb'), profileBytes('srgb')]
    for (const { bytes, next, what } of damaged(blocks, 14, 300)) {
      const profile = parseProfile(bytes)
      found.add(profile?.kind)
      if (profile?.kind === 'matrix') {
        for (const curve of profile.curves) {
          for (const x of [0, 0.3, 1]) {
            const y = evaluateCurve(curve, x)
            expect(y >= 0 && y <= 1, what).toBe(true)
          }
        }
      }
      const scan = (piece: number) => {
        const scanned = new IccScan()
        for (let at = 0; at < bytes.length; at += piece) scanned.push(bytes.subarray(at, at + piece))
        return [scanned.present, scanned.dataSpace, scanned.description, scanned.knownSpace]
      }
      expect(scan(1 + next(50)), what).toEqual(scan(1 << 20))
    }
    expect(found.size).toBeGreaterThanOrEqual(2)
  }, 120_000)

  it('JPEG XL beginnings, with profiles in every coding', async () => {
    const file = await codedJxl(scene(9, 7, 4), 9, 7)
    const blocks = (['prefix', 'ans'] as const).map((coding) =>
      operated(file, { colour: iccStream(profileBytes('p3'), coding) }),
    )
    const outcomes: Record<string, number> = {}
    for (const { bytes, what } of damaged([file, ...blocks], 15, 40)) {
      try {
        const { icc, end } = readJxlFront(bytes, 1 << 16)
        expect(icc?.length ?? 0, what).toBeLessThanOrEqual(1 << 16)
        expect(end, what).toBeLessThanOrEqual(8 * bytes.length)
        outcomes.fine = (outcomes.fine ?? 0) + 1
      } catch (error) {
        if (!(error instanceof ImageError)) throw new Error(what, { cause: error })
        outcomes[error.kind] = (outcomes[error.kind] ?? 0) + 1
      }
    }
    for (const kind of ['fine', 'corrupt', 'truncated']) {
      expect(outcomes[kind], kind).toBeGreaterThan(COUNT / 200)
    }
    // Noise in place of a profile.
    for (let i = 0; i < COUNT; i++) {
      const next = random((SEED * 7 + 16) * 1_000_003 + i)
      const noise = Uint8Array.from({ length: 1 + next(400) }, () => next(256))
      try {
        readIcc(new JxlBits(noise), 1 << 16)
      } catch (error) {
        if (!(error instanceof ImageError)) throw new Error(`noise ${i} of seed ${SEED}`, { cause: error })
      }
    }
  }, 120_000)
})
