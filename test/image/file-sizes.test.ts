// Outputs of what was a JPEG before, against what is reserved for their files: the finer an output is coded over a
// coarse source, the more bytes it takes over those of its source.
import { expect, it } from 'vitest'
import { encoderOf } from '../../src/image/codecs'
import { lossyFileMost } from '../../src/image/codecs/file-sizes'
import { Engine } from '../../src/image/engine'
import { encoded, raw } from '../support/oracle'
import { photo } from '../support/photo'
import { fileOf } from '../support/rows'
import { noise } from '../support/scenes'

const picture = { width: 1720, height: 1200, bands: 3 } as const
const LIMIT = 100 << 20

it.each([
  ['noise', 5],
  ['noise', 20],
  ['noise', 60],
  ['photo', 5],
  ['photo', 20],
  ['photo', 60],
] as const)('a JPEG of %s at quality %i gives files within what is reserved', async (kind, quality) => {
  const { width, height, bands } = picture
  const pixels = kind === 'noise' ? noise(width * height * bands, 5) : photo(width, height, bands, 5)
  const source = (await encoded(pixels, [['jpeg', { quality }]], { raw: { width, height, channels: bands } }))
    .data
  const { data } = await raw(source, [])
  for (const [format, finer] of [
    ['jpg', 80],
    ['jpg', 89],
    ['jpg', 95],
    ['jpg', 100],
    ['webp', 80],
    ['webp', 95],
  ] as const) {
    const encoding = { ...picture, quality: finer, effort: 'interactive' as const }
    const engine = new Engine(LIMIT)
    engine.reset(LIMIT)
    const file = await fileOf(engine, await encoderOf(format).make(engine, encoding), data, picture)
    const most = lossyFileMost(format, { ...encoding, jpegBytes: source.length })
    const figures = `${format} at ${finer}: ${file.length} of ${most}, from ${source.length}`
    expect(file.length, figures).toBeLessThanOrEqual(most)
    // No more is ever reserved than for noise of which nothing is known.
    expect(most, figures).toBeLessThanOrEqual(lossyFileMost(format, encoding))
  }
})
