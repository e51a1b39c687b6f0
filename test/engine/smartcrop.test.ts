// What the search for a crop reads, against plain twins.
import { describe, expect, it } from 'vitest'
import { Engine } from '../../src/image/engine'
import { makeRandom } from '../support/random'
import { noise } from '../support/scenes'

const pictures = Array.from({ length: 24 }, (_, seed) => {
  const random = makeRandom(seed + 50)
  const [width, height, bands] = [1 + (random() % 41), 1 + (random() % 37), 1 + (seed % 4)]
  return { data: noise(width * height * bands, seed), width, height, bands }
})

/** A sample times alpha where there is alpha. */
function premultiplied(data: Uint8Array, bands: number, i: number): number {
  const band = i % bands
  if (bands % 2 === 1 || band === bands - 1) return data[i]!
  return Math.floor((data[i]! * data[i - band + bands - 1]!) / 255)
}

describe('smartcrop kernels', () => {
  it('count samples as a loop does', () => {
    for (const { data, width, height, bands } of pictures) {
      const engine = new Engine(1 << 20)
      const source = engine.alloc(data.length)
      const counts = engine.alloc(4096)
      engine.bytes.set(data, source)
      engine.call('smartcropCount', source, width * bands, width, height, bands, counts)
      const expected = new Uint32Array(bands * 256)
      for (const i of data.keys()) expected[(i % bands) * 256 + premultiplied(data, bands, i)]!++
      expect(new Uint32Array(engine.memory.buffer, counts, bands * 256)).toEqual(expected)
    }
  })

  it('shrink as plain loops do', () => {
    for (const [seed, { data, width, height, bands }] of pictures.entries()) {
      const random = makeRandom(seed)
      const [across, down, rows, count] = [
        1 + (random() % 5),
        1 + (random() % 5),
        1 + (random() % 9),
        1 + (random() % 20),
      ]
      const colours = bands < 3 ? 1 : 3
      const shrunk = Math.ceil(height / down)
      const firsts = Array.from({ length: rows }, (_, y) => Math.floor((y * shrunk) / rows) - (random() % 9))
      firsts.sort((a, b) => a - b)
      const weights = Array.from({ length: rows * count }, () => (random() % 1200) - 300)
      const engine = new Engine(1 << 20)
      const source = engine.alloc(data.length)
      const taps = engine.alloc(rows * 68)
      const scratch = engine.alloc(width * colours * 37 + 32)
      const target = engine.alloc(Math.ceil(width / across) * rows * colours)
      engine.bytes.set(data, source)
      const view = new DataView(engine.memory.buffer)
      for (let y = 0; y < rows; y++) {
        view.setInt32(taps + y * 68, firsts[y]!, true)
        for (let i = 0; i < count; i++)
          view.setInt16(taps + y * 68 + 4 + i * 2, weights[y * count + i]!, true)
      }
      const picture = [source, width * bands, width, height, bands]
      engine.call('smartcropShrink', ...picture, across, down, rows, taps, count, scratch, target)

      const inside = (at: number, length: number) => Math.min(length - 1, Math.max(0, at))
      const box = (sum: number, factor: number) =>
        Math.floor(((sum + (factor >> 1)) * Math.floor(2 ** 24 / factor)) / 2 ** 24)
      const tall = (x: number, y: number, band: number) => {
        let sum = 0
        for (let i = 0; i < down; i++) {
          const at = inside(y * down + i, height) * width + x
          sum += premultiplied(data, bands, at * bands + band)
        }
        return box(sum, down)
      }
      const expected: number[] = []
      for (let y = 0; y < rows; y++) {
        const line = Array.from({ length: width * colours }, (_, i) => {
          let sum = 2048
          for (let k = 0; k < count; k++) {
            const row = inside(firsts[y]! + k, shrunk)
            sum += weights[y * count + k]! * tall(Math.floor(i / colours), row, i % colours)
          }
          return Math.min(255, Math.max(0, sum >> 12))
        })
        for (let x = 0; x < Math.ceil(width / across); x++) {
          for (let band = 0; band < colours; band++) {
            let sum = 0
            for (let i = 0; i < across; i++) sum += line[inside(x * across + i, width) * colours + band]!
            expected.push(box(sum, across))
          }
        }
      }
      const got = engine.bytes.subarray(target, target + expected.length)
      expect([...got], `${width}×${height}×${bands}, ${[across, down, rows, count]}`).toEqual(expected)
    }
  })
})
