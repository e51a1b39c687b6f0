// The kernels of PNG against plain twins, on seeded random rows, exact.
import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { Engine } from '../../src/image/engine'
import { makeRandom } from '../support/mutate'
import { filterRow, unfilterRow } from '../support/png'

const ROOM = 4096
const engine = new Engine(1 << 20)
const [from, above, to] = [0, 1, 2].map(() => engine.alloc(ROOM + 32) + 16) as [number, number, number]
const random = makeRandom(7)

/** Noise, or steps small enough that filters tie. */
function row(bytes: number, smooth: boolean): Uint8Array {
  let value = 128
  return Uint8Array.from({ length: bytes }, () => {
    value += Math.floor(random() * 5) - 2
    return smooth ? value : random() * 256
  })
}

/** Puts a row with zeros before it, as the engine keeps them. */
function put(bytes: Uint8Array, at: number) {
  engine.bytes.fill(0, at - 16, at)
  engine.bytes.set(bytes, at)
}

const sizes = [1, 2, 3, 15, 16, 17, 48, 101, 1000, 4095]

describe.each([1, 2, 3, 4, 6, 8])('%i bytes a pixel', (bpp) => {
  it('unfilters as the specification has it', () => {
    for (const pixels of sizes) {
      const bytes = Math.min(ROOM - 16, pixels * bpp)
      for (const smooth of [false, true]) {
        for (let filter = 0; filter < 5; filter++) {
          const [filtered, before] = [row(bytes, smooth), row(bytes, smooth)]
          put(filtered, from)
          put(before, above)
          expect(engine.call('pngDecUnfilter', filter, to, from, above, bytes, bpp)).toBe(1)
          const got = engine.bytes.slice(to, to + bytes)
          expect(got, `filter ${filter}, ${bytes} bytes`).toEqual(unfilterRow(filter, filtered, before, bpp))
          if (bpp === 3) continue
          expect(engine.call('pngDecUnfilter', filter, above, from, above, bytes, bpp)).toBe(1)
          expect(engine.bytes.slice(above, above + bytes), `filter ${filter} in place`).toEqual(got)
        }
      }
    }
    expect(engine.call('pngDecUnfilter', 5, to, from, above, 16, bpp)).toBe(0)
    expect(engine.call('pngDecUnfilter', 255, to, from, above, 16, bpp)).toBe(0)
  })

  it('filters as the specification has it, and finds the least sum', () => {
    for (const pixels of sizes) {
      const bytes = Math.min(ROOM - 16, pixels * bpp)
      for (const smooth of [false, true]) {
        const [now, before] = [row(bytes, smooth), row(bytes, smooth)]
        put(now, from)
        put(before, above)
        const sums = [0, 1, 2, 3, 4].map((filter) => {
          engine.call('pngEncFilter', filter, to, from, above, bytes, bpp)
          const got = engine.bytes.slice(to, to + bytes + 1)
          expect(got, `filter ${filter}, ${bytes} bytes`).toEqual(filterRow(filter, now, before, bpp))
          return got.subarray(1).reduce((sum, v) => sum + Math.min(v, 256 - v), 0)
        })
        const best = engine.call('pngEncBestFilter', from, above, bytes, bpp)
        expect(sums[best]).toBe(Math.min(...sums))
      }
    }
  })
})

it('computes the CRC that zlib does, at any place and length', () => {
  const bytes = row(ROOM, false)
  engine.bytes.set(bytes, from)
  for (let i = 0; i < 60; i++) {
    const start = Math.floor(random() * 40)
    const length = i < 40 ? i : Math.floor(random() * 4000)
    const part = bytes.subarray(start, start + length)
    expect(engine.call('pngCrc', 0, from + start, length) >>> 0).toBe(crc32(part))
    const half = length >> 1
    const first = engine.call('pngCrc', 0, from + start, half)
    expect(engine.call('pngCrc', first, from + start + half, length - half) >>> 0).toBe(crc32(part))
  }
})
