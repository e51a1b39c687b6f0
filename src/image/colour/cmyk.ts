// CMYK without a profile, as coated offset paper shows it.

/**
 * R, G and B (0–255, clipped) as a cubic polynomial of the inks (0–1): 255 plus these, for c m y k, then
 * cc cm cy ck mm my mk yy yk kk, then the 20 products of three in the same order. Fitted by least squares to
 * what libvips gives for CMYK pictures without a profile, over a grid of 11⁴ inks of up to 320% in total
 * (40 dB); the usual complement formula is off by 22 dB.
 */
// biome-ignore format: a table
const TERMS: readonly (readonly [number, number, number])[] = [
  [-295.9, -127, -43.4], [-16.1, -239.8, -148.8], [-5.2, -40, -222.3], [-260.2, -239.2, -237.2],
  [43.7, 28.5, 19.7], [134.6, 149.5, 31], [45.4, 25.9, 63.8], [316.5, 120.8, 33.5], [-10.2, 89.9, 23.7],
  [-14, 34.6, 159.2], [17.3, 222.7, 147.9], [12.3, 19.3, 23.9], [0.3, 40.2, 215], [144.5, 98.7, 90.3],
  [-145, -2.6, -6.5], [117.2, -41.4, -7.6], [17.3, -5.8, -17], [4.7, -22.4, -4], [-61.6, -7.3, -5.7],
  [-40.7, -11.4, -42], [-137, -113.7, -7.3], [-15, -7.4, 31.9], [-23.6, -15.5, -57.8], [-45.6, -2.5, -1.7],
  [2.9, -93.3, -1.1], [7.2, 8.4, -25.8], [13.7, -18.7, -24.6], [2.5, -14.9, 6.8], [12.6, -28, -133],
  [-2, -11.4, -13.9], [-4.9, -3.8, -63.2], [-1.8, -9.8, -8], [-2.3, -4.9, -2], [-124.3, -106.4, -101.1],
]

/** For `colourCmyk`: 4 × f32 per term. */
export function cmykTerms(): Uint8Array {
  return new Uint8Array(Float32Array.from(TERMS.flatMap(([r, g, b]) => [r, g, b, 0])).buffer)
}

export const CMYK_BYTES = TERMS.length * 16
