// Photographs for the benchmarks, made rather than carried: octaves of noise for texture, soft
// shapes with hard edges, and a little sensor noise, so that a JPEG of quality 85 takes about
// as many bytes per pixel as a phone's. BENCH_PICTURE=file measures a real one instead.
import sharp from 'sharp'

/** Raw RGB of a seeded noise field (mulberry32), `side` × `side`. */
function noise(side, seed) {
  const pixels = Buffer.alloc(side * side * 3)
  let state = seed
  for (let i = 0; i < pixels.length; i++) {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    pixels[i] = (t ^ (t >>> 14)) & 255
  }
  return { input: pixels, raw: { width: side, height: side, channels: 3 } }
}

const shapes = (width, height) =>
  Buffer.from(`<svg width="${width}" height="${height}" viewBox="0 0 100 100" preserveAspectRatio="none" xmlns="http://www.w3.org/2000/svg">
    <defs><linearGradient id="g" x2="1" y2="1"><stop stop-color="#7fb2e5"/><stop offset="1" stop-color="#d9a066"/></linearGradient></defs>
    <rect width="100" height="100" fill="url(#g)"/><circle cx="30" cy="35" r="18" fill="#e8c39e"/>
    <path d="M0 80 L25 55 L45 75 L70 45 L100 70 V100 H0 Z" fill="#3c5a3c"/><rect x="62" y="18" width="22" height="14" fill="#8b2f2f"/>
  </svg>`)

/**
 * A picture as raw RGB.
 * @param {number} width pixels
 * @param {number} height pixels
 * @returns {Promise<sharp.Sharp>} ready for `.jpeg()` and others
 */
export async function photograph(width, height) {
  if (process.env.BENCH_PICTURE) {
    const data = await sharp(process.env.BENCH_PICTURE)
      .resize(width, height, { fit: 'fill' })
      .removeAlpha()
      .raw()
      .toBuffer()
    return sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false })
  }
  const layers = []
  for (const [side, seed, opacity] of [
    [24, 1, 0.5],
    [160, 2, 0.25],
    [1000, 3, 0.12],
  ]) {
    const { input, raw } = noise(side, seed)
    const layer = await sharp(input, { raw })
      .resize(width, height, { fit: 'fill', kernel: 'cubic' })
      .modulate({ saturation: 0.35 })
      .ensureAlpha(opacity)
      .raw()
      .toBuffer()
    layers.push({ input: layer, raw: { width, height, channels: 4 } })
  }
  const { input, raw } = noise(512, 4)
  const grain = await sharp(input, { raw })
    .extract({ left: 0, top: 0, width: Math.min(512, width), height: Math.min(512, height) })
    .ensureAlpha(0.04)
    .png()
    .toBuffer()
  const data = await sharp(shapes(width, height), { limitInputPixels: false })
    .removeAlpha()
    .composite([...layers, { input: grain, tile: true }])
    .removeAlpha()
    .raw()
    .toBuffer()
  return sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false })
}
