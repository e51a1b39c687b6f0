// The engine's JPEG decoder in Node, without the Worker around it.
import { readFileSync } from 'node:fs'

const module = new WebAssembly.Module(readFileSync(new URL('../../build/engine.wasm', import.meta.url)))

const GUARD = 256

/** A fresh instance of the engine, as a cold isolate has it. */
export function makeEngine() {
  return new WebAssembly.Instance(module, {}).exports
}

/**
 * Decodes `file` and drops the rows.
 * @param {WebAssembly.Exports} engine
 * @param {Uint8Array} file
 * @param {number} shrink log2 of the reduction
 * @param {{ limit?: number, chunk?: () => number, bandBytes?: number, maxRows?: number, crop?: (width: number, height: number) => number[] }} options
 * @returns {{ status: number, pixels: number, flaws: number, guarded: boolean }} the last status (3 for a
 *   whole picture), and whether the block allocated behind the decoder's memory is as it was
 */
export function decodeJpeg(engine, file, shrink, options = {}) {
  const {
    limit = 1 << 30,
    chunk = () => 65536,
    bandBytes = 10 << 20,
    maxRows = Infinity,
    crop = () => [0, 0, 0, 0],
  } = options
  engine.arenaReset()
  engine.arenaLimit(limit)
  let status = engine.jpegDecOpen(0)
  let [at, pixels, rows, guard] = [0, 0, 0, 0]
  const guardBytes = () => new Uint8Array(engine.memory.buffer, guard, GUARD)
  while (status >= 0 && rows < maxRows) {
    status = engine.jpegDecRun()
    if (status === 0) {
      const space = engine.jpegDecSpace() >>> 0
      const part = file.subarray(at, at + Math.min(chunk(), engine.jpegDecRoom() >>> 0))
      new Uint8Array(engine.memory.buffer, space, part.length).set(part)
      at += part.length
      engine.jpegDecFed(part.length, at === file.length ? 1 : 0)
    } else if (status === 1) {
      const [width, height] = [engine.jpegDecWidth(), engine.jpegDecHeight()].map((side) =>
        Math.ceil(side / 2 ** shrink),
      )
      status = engine.jpegDecBegin(shrink, 0, ...crop(width, height), bandBytes)
      if (status === 0) guard = engine.alloc(GUARD) >>> 0
      if (guard !== 0) guardBytes().fill(0xa5)
    } else if (status === 2) {
      rows += engine.jpegDecRowCount()
      pixels += engine.jpegDecRowCount() * engine.jpegDecWidth()
    } else if (status === 4) at = 0
    else break
  }
  const guarded = guard === 0 || guardBytes().every((byte) => byte === 0xa5)
  return { status, pixels, flaws: engine.jpegDecFlaws(), guarded }
}
