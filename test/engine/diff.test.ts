// What changes between frames, against plain twins on seeded random pixels.
import { describe, expect, it } from 'vitest'
import { Engine } from '../../src/image/engine'
import { random } from '../support/rows'

const [width, height] = [43, 29]
const count = width * height

/** Pixels of which each channel is one of a few values. */
function pixelsOf(next: (n: number) => number, values: number[]): Uint8Array {
  return new Uint8Array(count * 4).map(() => values[next(values.length)]!)
}

function loaded(...blocks: Uint8Array[]) {
  const engine = new Engine(4 << 20)
  const at = blocks.map((bytes) => {
    const pointer = engine.alloc(bytes.length)
    engine.bytes.set(bytes, pointer)
    return pointer
  })
  const read = (i: number): Uint8Array => engine.bytes.slice(at[i]!, at[i]! + blocks[i]!.length)
  return { engine, at, read }
}

const at = (pixels: Uint8Array, i: number): number[] => [...pixels.subarray(i * 4, i * 4 + 4)]

describe('diffMerge', () => {
  it('gives each pixel the first colour that is near it in all channels', () => {
    const next = random(1)
    const pixels = pixelsOf(next, [0, 3, 5, 120, 124, 126, 250, 255])
    const { engine, at: pointers, read } = loaded(pixels, new Uint8Array(1024))
    for (const most of [4, 40, 130]) {
      engine.bytes.set(pixels, pointers[0]!)
      const colours: number[][] = []
      const should = new Uint8Array(pixels.length)
      let full = false
      for (let i = 0; i < count && !full; i++) {
        const pixel = at(pixels, i)
        let found = colours.find((colour) => colour.every((value, c) => Math.abs(value - pixel[c]!) <= most))
        if (!found && colours.length === 256) full = true
        if (full) should.set(pixels.subarray(i * 4), i * 4)
        if (!found && !full) colours.push((found = pixel))
        if (!full) should.set(found!, i * 4)
      }
      expect(engine.call('diffMerge', pointers[0]!, count, most, pointers[1]!)).toBe(colours.length)
      expect(read(0)).toEqual(should)
    }
  })
})

describe('diffBlocks', () => {
  it('leaves the blocks of 8 × 8 that are left out as a whole', () => {
    const next = random(2)
    const mask = new Uint8Array(count).fill(1)
    for (let i = 0; i < 9; i++) mask[next(count)] = 0
    const { engine, at: pointers, read } = loaded(mask)
    const whole = (x: number, y: number): boolean => {
      for (let v = y & ~7; v < Math.min(height, (y & ~7) + 8); v++) {
        for (let u = x & ~7; u < Math.min(width, (x & ~7) + 8); u++)
          if (mask[v * width + u] === 0) return false
      }
      return true
    }
    const should = mask.map((_, i) => (whole(i % width, Math.floor(i / width)) ? 1 : 0))
    expect(engine.call('diffBlocks', pointers[0]!, width, height)).toBe(
      should.filter((out) => out === 1).length,
    )
    expect(read(0)).toEqual(should)
  })
})

describe('diffSettle', () => {
  it('keeps what is shown where that, or the frame before, is near enough', () => {
    const [most, drift] = [4, 6]
    const next = random(3)
    const values = [100, 103, 105, 108, 200]
    const [shown, before, after] = [1, 2, 3].map(() =>
      pixelsOf(next, values).map((value, i) => (i % 4 === 3 ? [90, 255][next(2)]! : value)),
    ) as [Uint8Array, Uint8Array, Uint8Array]
    // Some pixels are as in the frame before.
    for (let i = 0; i < count; i += 3) after.set(before.subarray(i * 4, i * 4 + 4), i * 4)
    const { engine, at: pointers, read } = loaded(shown, before, after)
    const apart = (a: number[], b: number[]): number =>
      Math.max(...[0, 1, 2].map((c) => Math.abs(a[c]! - b[c]!))) * a[3]!
    const should = new Uint8Array(after.length)
    for (let i = 0; i < count; i++) {
      const [s, b, a] = [at(shown, i), at(before, i), at(after, i)]
      const still = a[3] === b[3]
      const keeps =
        (still || a[3] === s[3]) &&
        (String(a) === String(b) ||
          apart(a, s) <= most * 255 ||
          (still && apart(a, s) <= drift * 255 && apart(a, b) <= most * 255))
      should.set(keeps ? s : a, i * 4)
    }
    engine.call('diffSettle', pointers[0]!, pointers[1]!, pointers[2]!, count, most, drift)
    expect(read(2)).toEqual(should)
    expect(read(1)).toEqual(after)
  })
})
