// The engine's JPEG decoder alone, in Node, at its four scales; beside it libvips (sharp, one
// thread): its decode at full size, and the whole of a thumbnail for which it decodes at that scale.
import sharp from 'sharp'
import { compare, machine, once, table } from './support/compare.mjs'
import { decodeJpeg, makeEngine } from './support/jpeg.mjs'
import { photograph } from './support/pictures.mjs'

sharp.concurrency(1)
sharp.cache(false)

const SIZES = once ? { 1.2: [1200, 1000] } : { 12.5: [3072, 4080], 50: [8160, 6120] }
const KINDS = {
  '4:2:0': {},
  '4:4:4': { chromaSubsampling: '4:4:4' },
  progressive: { progressive: true },
}

const rows = []
for (const [megapixels, [width, height]] of Object.entries(SIZES)) {
  const pixels = await (await photograph(width, height)).raw().toBuffer()
  for (const [kind, options] of Object.entries(KINDS)) {
    const raw = { width, height, channels: 3 }
    const image = sharp(pixels, { raw, limitInputPixels: false })
    const file = await image.jpeg({ quality: 85, ...options }).toBuffer()
    const engine = makeEngine()
    for (const shrink of [0, 1, 2, 3]) {
      // libvips leaves a factor of two or more to its resampler.
      const native = () =>
        shrink === 0
          ? sharp(file).raw().toBuffer()
          : sharp(file)
              .resize(Math.floor(width / 2 ** (shrink + 1)))
              .raw()
              .toBuffer()
      const sides = { engine: async () => decodeJpeg(engine, file, shrink), native }
      const result = await compare(sides, { rounds: megapixels === '50' ? 5 : 11, warmup: 2 })
      rows.push([
        `${megapixels} MP ${kind}`,
        `1/${2 ** shrink}`,
        result.engine.median.toFixed(1),
        `${result.native.median.toFixed(1)}${shrink === 0 ? '' : ' with resizing'}`,
        (result.engine.median / result.native.median).toFixed(2),
      ])
    }
  }
}
console.log(`${machine()}; medians in ms\n`)
table(['JPEG', 'scale', 'engine', 'libvips', 'ratio'], rows)
