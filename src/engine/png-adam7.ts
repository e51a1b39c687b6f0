// Adam7 (PNG third edition §8.2): the pixels of seven passes, put together row by row. Each pass may come
// from a reader of its own, so that no picture has to be held: `pngDecClone` makes one that goes on where
// another stands.
import { alloc } from './arena'
import { bytesOfRow, frontBytes, inflatedBytes, pngDecRoom } from './png-decode'
import { storedBits } from './png-expand'
import { Stream } from './png-stream'

/**
 * A second reader at the very place where `s` is, for passes of at most `width` pixels, which is no less than
 * those that `s` has read. It goes on with the bytes of the input window that `s` has not used.
 * Returns 0 when the arena is full.
 */
export function pngDecClone(s: Stream, width: i32, capacity: i32): usize {
  const from = changetype<usize>(s)
  const block = alloc(frontBytes() + inflatedBytes(bytesOfRow(width, storedBits(s))))
  if (block == 0) return 0
  memory.copy(block, from, s.out - from)
  const t = changetype<Stream>(block)
  const by = block - from
  t.input += by
  t.inputEnd += by
  t.base += by
  t.row += by
  t.out += by
  t.outEnd += by
  t.lengths += by
  t.literals += by
  t.distances += by
  t.window += by
  t.raw += by
  t.rawEnd += by
  return pngDecRoom(t, width, capacity) ? block : 0
}

/** Puts `count` pixels of `bytes` bytes to columns `first`, `first + step`… of the row at `to`. */
export function pngDecScatter(to: usize, from: usize, count: i32, bytes: i32, first: i32, step: i32): void {
  const gap = <usize>(step * bytes)
  const end = from + count * bytes
  to += first * bytes
  if (step == 1) {
    memory.copy(to, from, count * bytes)
  } else if (bytes == 1) {
    for (; from < end; from++, to += gap) store<u8>(to, load<u8>(from))
  } else if (bytes == 2) {
    for (; from < end; from += 2, to += gap) store<u16>(to, load<u16>(from))
  } else if (bytes == 3) {
    for (; from < end; from += 3, to += gap) {
      store<u16>(to, load<u16>(from))
      store<u8>(to, load<u8>(from, 2), 2)
    }
  } else if (bytes == 4) {
    for (; from < end; from += 4, to += gap) store<u32>(to, load<u32>(from))
  } else {
    for (; from < end; from += bytes, to += gap) memory.copy(to, from, bytes)
  }
}

/** Where a pass is missing: columns `first`, `first + step`… of `width` repeat the one `first` to the left. */
export function pngDecSpread(row: usize, width: i32, bytes: i32, first: i32, step: i32): void {
  const back = <usize>(first * bytes)
  for (let x = first; x < width; x += step) {
    const at = row + x * bytes
    memory.copy(at, at - back, bytes)
  }
}
