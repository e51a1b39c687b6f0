// A frame's rows into a buffer of RGBA in the arena.
import type { Engine } from '../engine'
import { ImageError } from '../error'
import type { RowReader } from '../rows'

/** Reads all rows of a frame to `to`, as RGBA without gaps. Throws where the size is another. */
export async function readFrame(
  engine: Engine,
  frame: RowReader,
  size: { readonly width: number; readonly height: number },
  to: number,
): Promise<void> {
  const { width, bands } = frame
  if (width !== size.width || frame.height !== size.height) {
    throw new ImageError(
      'corrupt',
      `Expected frames of ${size.width}×${size.height} but received ${width}×${frame.height}`,
    )
  }
  let at = to
  for (let rows = await frame.read(); rows; rows = await frame.read()) {
    for (let i = 0; i < rows.count; i++, at += width * 4) {
      const from = rows.pointer + i * rows.stride
      if (bands === 4) engine.bytes.copyWithin(at, from, from + width * 4)
      else engine.call('frameAddAlpha', from, bands, at, width)
    }
  }
  await frame.close()
}
