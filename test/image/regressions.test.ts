// Each file of test/support/regression-bytes.ts through what probes, what reads metadata and what decodes, whole and
// in small pieces, on memory of zeros and of ones.
import { describe, expect, it } from 'vitest'
import { openAnimation } from '../../src/image/animation'
import { readHeifPicture } from '../../src/image/codecs/heif-picture'
import { openJpeg } from '../../src/image/codecs/jpeg-decode'
import { openPng } from '../../src/image/codecs/png-decode'
import { Ranges } from '../../src/image/codecs/ranges'
import { Engine } from '../../src/image/engine'
import { readMetadata } from '../../src/image/metadata'
import { makeProbe } from '../../src/image/probe'
import { makeJpegEngine } from '../support/jpeg-engine'
import { outcomeOf } from '../support/outcome'
import { type Ending, REGRESSIONS, type Regression } from '../support/regression-bytes'
import { pixelsOf, sourceOf } from '../support/rows'

const LIMIT = 16 << 20

function probed(file: Uint8Array, piece: number): void {
  const probe = makeProbe()
  for (let at = 0; at < file.length; at += piece) probe.push(file.slice(at, at + piece))
  probe.end()
}

async function decode({ format, jpeg }: Regression, file: Uint8Array, piece: number): Promise<void> {
  const engine = new Engine(LIMIT)
  const source = sourceOf(file, piece)
  if (format === 'jpg') await pixelsOf(engine, await openJpeg(engine, source, jpeg))
  if (format === 'png') await pixelsOf(engine, await openPng(engine, source))
  if (format === 'heic') await readHeifPicture(format, new Ranges(source))
  if (format === 'gif' || format === 'webp') {
    for await (const { reader } of openAnimation(engine, source, { format })) await pixelsOf(engine, reader)
  }
}

const ending = ({ kind, says = '' }: Ending) => ({ kind, message: expect.stringContaining(says) })

describe.each(REGRESSIONS.map((one) => [one.bug, one] as const))('regression: %s', (_bug, one) => {
  const file = one.file()
  // Small pieces of large files would only take long.
  const pieces = file.length < 100_000 ? [1, 65536] : [65536]

  it(one.did, async () => {
    for (const piece of pieces) {
      expect(await outcomeOf(() => probed(file, piece))).toMatchObject(ending(one.probe))
      expect(await outcomeOf(() => decode(one, file, piece))).toMatchObject(ending(one.decoder))
    }
    const found = readMetadata(file, one.format)
    if (one.metadata) expect(Object.keys(found)).toEqual(one.metadata)
  })

  if (one.jpeg && one.decoder.kind === 'fine') {
    const { shrink, bandBytes } = one.jpeg
    it('is the same on memory of zeros and of ones', () => {
      const engine = makeJpegEngine(LIMIT)
      const options = { shrink: Math.log2(shrink), bandBytes, chunk: 65536, mostRows: 2048 }
      const whole = { ...options, crop: () => [0, 0, 0, 0] as const }
      const [zeros, ones] = [0x00, 0xff].map((background) => engine.decode(file, background, whole))
      expect(ones).toEqual(zeros)
      expect(zeros).toMatchObject({ status: 3, isGuarded: true })
    })
  }
})

it('has a name of its own for each bug', () => {
  expect(new Set(REGRESSIONS.map(({ bug }) => bug)).size).toBe(REGRESSIONS.length)
})
