// JPEGs of circles that cjxl's library (libjxl 0.11) recompressed without loss: VarDCT frames of Y, Cb and Cr with the
// JPEG's own quantisation tables, for each way in which colours can have fewer samples; `all halved alike` states factors of
// 1 × 2 for every component.
import files from './jxl-recompressed.json'

/** Codestreams by kind. */
export function recompressed(): Record<string, Uint8Array<ArrayBuffer>> {
  return Object.fromEntries(
    Object.entries(files).map(([kind, text]) => [kind, Uint8Array.from(atob(text), (c) => c.charCodeAt(0))]),
  )
}
