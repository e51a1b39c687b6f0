// The engine's JPEG decoder in Node, without the Worker around it.
import { readFileSync } from 'node:fs'

const module = new WebAssembly.Module(readFileSync(new URL('../../build/engine.wasm', import.meta.url)))

/** Bytes of a file that are handed in at once. */
const CHUNK = 65536

/** A fresh instance of the engine, as a cold isolate has it. */
export function makeEngine() {
  return new WebAssembly.Instance(module, {}).exports
}

/**
 * Decodes `file` and drops the rows.
 * @param {WebAssembly.Exports} engine
 * @param {Uint8Array} file
 * @param {number} shrink log2 of the reduction
 * @param {number} bandBytes what coefficients held between scans may take
 * @returns {{ status: number, pixels: number }} the last status, 3 for a whole picture
 */
export function decodeJpeg(engine, file, shrink, bandBytes = 8 << 20) {
  engine.arenaReset()
  engine.arenaLimit(1 << 30)
  let status = engine.jpegDecOpen(0)
  let [at, pixels] = [0, 0]
  while (status >= 0) {
    status = engine.jpegDecRun()
    if (status === 0) {
      const gap = Math.min(engine.jpegDecGap() >>> 0, file.length - at)
      if (gap > 0) engine.jpegDecLeftOut(gap)
      at += gap
      const space = engine.jpegDecSpace() >>> 0
      const part = file.subarray(at, at + Math.min(CHUNK, engine.jpegDecRoom() >>> 0))
      new Uint8Array(engine.memory.buffer, space, part.length).set(part)
      at += part.length
      engine.jpegDecFed(part.length, at === file.length ? 1 : 0)
    } else if (status === 1) status = engine.jpegDecBegin(shrink, 0, 0, 0, 0, 0, 0, bandBytes)
    else if (status === 2) pixels += engine.jpegDecRowCount() * engine.jpegDecWidth()
    else if (status === 4) at = 0
    else break
  }
  return { status, pixels }
}
