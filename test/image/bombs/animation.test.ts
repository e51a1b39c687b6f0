// GIF and WebP animations made to do harm: frames that a canvas can't show, thousands of them, chunks as large as
// the file. Refused by the limits, or read at a cost that hangs on the file's bytes and the canvas.
import { describe, expect, it } from 'vitest'
import { openAnimation } from '../../../src/image/animation'
import { mostFrameBytes } from '../../../src/image/animation/webp-frames'
import { Engine } from '../../../src/image/engine'
import { checkHeader } from '../../../src/image/limits'
import { probe } from '../../../src/image/probe'
import { join, le16, le32, type Part } from '../../support/bmff'
import { countedSource } from '../../support/counted'
import { encoded } from '../../support/oracle'
import { FINE, outcomeOf } from '../../support/outcome'
import { scene } from '../../support/rows'

const LIMIT = 16 << 20

/** Frames of a file, at most `most`, with what they took. */
async function frames(file: Uint8Array, format: 'gif' | 'webp', most = 1000) {
  const engine = new Engine(LIMIT)
  const source = countedSource(file)
  let count = 0
  const outcome = await outcomeOf(async () => {
    for await (const { reader } of openAnimation(engine, source, { format })) {
      while (await reader.read());
      if (++count === most) break
    }
  })
  expect(engine.memory.buffer.byteLength).toBeLessThanOrEqual(LIMIT)
  return { outcome, count, taken: source.taken, work: engine.call('gifWork') }
}

describe('GIF', () => {
  const screen = (width: number, height: number) =>
    join('GIF89a', le16(width), le16(height), [0x80, 0, 0], [0, 0, 0, 255, 255, 255])
  const image = (width: number, height: number, codeSize: number, data: Uint8Array, packed = 0) => {
    const blocks: Part[] = []
    for (let at = 0; at < data.length; at += 255) {
      const block = data.subarray(at, at + 255)
      blocks.push(block.length, block)
    }
    return join(0x2c, le16(0), le16(0), le16(width), le16(height), packed, codeSize, ...blocks, 0)
  }
  /**
   * LZW of the longest strings that there are: each code is the one that is just being made, until the table is
   * full (a string of 3,837 pixels), and then that one over and over.
   */
  function longest(bytes: number): Uint8Array {
    const out = new Uint8Array(bytes)
    let [bits, have, at, size, next] = [0, 0, 0, 9, 258]
    const put = (code: number) => {
      bits |= code << have
      for (have += size; have >= 8; have -= 8, bits >>>= 8) if (at < bytes) out[at++] = bits & 255
    }
    put(256)
    put(1)
    while (at < bytes) {
      put(Math.min(next, 4095))
      if (next < 4096) next++
      if (next === 1 << size && size < 12) size++
    }
    return out
  }

  it('strings of a bomb are as long as the test says', async () => {
    const data = longest(100_000)
    const { outcome, work } = await frames(join(screen(2000, 1500), image(2000, 1500, 8, data), 0x3b), 'gif')
    expect(outcome).toEqual(FINE)
    // All of the canvas, out of 60 KB at most.
    expect(work).toBeGreaterThanOrEqual(2000 * 1500)
  })

  it.each([
    ['wider than its canvas', 1, 4000, 65535, 4000, 0],
    ['higher than its canvas', 4000, 1, 4000, 65535, 0],
    ['interlaced, higher than its canvas', 4000, 1, 4000, 65535, 0x40],
    ['both', 1, 1, 65535, 65535, 0],
    ['both, interlaced', 1, 1, 65535, 65535, 0x40],
  ])('a frame that is %s costs no more than its codes', async (_name, w, h, width, height, packed) => {
    const data = longest(400_000)
    const file = join(screen(w, h), image(width, height, 8, data, packed), 0x3b)
    const { outcome, count, work } = await frames(file, 'gif')
    expect([outcome, count]).toEqual([FINE, 1])
    // A code each, the canvas, and a string for each line that a code runs over.
    const lines = Math.min(height, (3837 * ((data.length * 2) / 3)) / width)
    expect(work).toBeLessThanOrEqual(data.length + 2 * w * h + 4096 * (lines + 2))
  })

  it('frames by the thousand are refused, and so are their pixels', () => {
    const frame = image(1, 1, 2, Uint8Array.of(0x44, 0x01))
    const many = join(screen(1, 1), ...Array.from({ length: 20_000 }, () => frame), 0x3b)
    expect(probe(many).pageCount).toBe(20_000)
    expect(() => checkHeader(probe(many))).toThrow('at most 500 frames')
    const large = join(screen(65535, 1500), ...Array.from({ length: 400 }, () => frame), 0x3b)
    expect(() => checkHeader(probe(large))).toThrow('at most 200000000 pixels in all frames together')
    expect(() => checkHeader(probe(join(screen(65535, 65535), frame, 0x3b)))).toThrow(
      'at most 100000000 pixels',
    )
  })

  it('a huge screen with hardly a byte takes no more memory than is planned', async () => {
    const file = join(screen(65535, 65535), image(65535, 65535, 8, longest(20)), 0x3b)
    expect((await frames(file, 'gif')).outcome).toMatchObject({ kind: 'too-large' })
  })

  it('empty blocks, extensions and comments without an end', async () => {
    const noise: [string, Uint8Array][] = [
      ['extensions', join(...Array.from({ length: 50_000 }, () => [0x21, 0xfe, 1, 65, 0]))],
      ['controls', join(...Array.from({ length: 50_000 }, () => [0x21, 0xf9, 4, 0, 0, 0, 0, 0]))],
      ['zeros', new Uint8Array(200_000)],
      ['a comment', join([0x21, 0xfe], new Uint8Array(200_000).fill(1))],
    ]
    for (const [what, bytes] of noise) {
      const { outcome, taken } = await frames(join(screen(2, 2), bytes), 'gif')
      expect(outcome, what).toMatchObject({ kind: 'truncated' })
      expect(taken, what).toBeLessThanOrEqual(bytes.length + 70_000)
    }
  })
})

describe('WebP', () => {
  const chunk = (code: string, ...body: Part[]) => {
    const bytes = join(...body)
    return join(code, le32(bytes.length), bytes, ...(bytes.length & 1 ? [0] : []))
  }
  const le24 = (value: number) => [value & 255, (value >> 8) & 255, value >> 16]
  const riff = (...chunks: Uint8Array[]) => {
    const bytes = join('WEBP', ...chunks)
    return join('RIFF', le32(bytes.length), bytes)
  }
  const vp8x = (width: number, height: number) => chunk('VP8X', 2, 0, 0, 0, le24(width - 1), le24(height - 1))
  const anim = chunk('ANIM', le32(0), le16(0))
  const anmf = (width: number, height: number, ...body: Part[]) =>
    chunk('ANMF', le24(0), le24(0), le24(width - 1), le24(height - 1), le24(50), 0, ...body)

  async function still(): Promise<Uint8Array> {
    const { data } = await encoded(scene(16, 16, 3), [['webp']], {
      raw: { width: 16, height: 16, channels: 3 },
    })
    return data.slice(12)
  }

  it('frames by the thousand are refused', async () => {
    const frame = anmf(16, 16, await still())
    const many = riff(vp8x(16, 16), anim, ...Array.from({ length: 2000 }, () => frame))
    expect(() => checkHeader(probe(many))).toThrow('at most 500 frames')
  })

  it('a canvas of 16,384 × 16,384 for frames of 16 × 16 is refused', async () => {
    const frame = anmf(16, 16, await still())
    const file = riff(vp8x(16384, 16384), anim, frame, frame)
    expect(() => checkHeader(probe(file))).toThrow('at most 100000000 pixels')
    expect((await frames(file, 'webp')).outcome).toMatchObject({ kind: 'too-large' })
  })

  it('a chunk of megabytes for a few pixels is not read', async () => {
    const picture = await still()
    const fat = anmf(16, 16, picture, chunk('JUNK', new Uint8Array(4 << 20)))
    const alone = await frames(riff(vp8x(16, 16), anim, fat), 'webp')
    expect(alone.outcome).toMatchObject({
      kind: 'corrupt',
      message: expect.stringContaining(String(mostFrameBytes(16, 16))),
    })
    expect(alone.taken).toBeLessThanOrEqual(3 * 65536)
    // Behind a frame that is sound the animation ends.
    const later = await frames(riff(vp8x(16, 16), anim, anmf(16, 16, picture), fat), 'webp')
    expect(later).toMatchObject({ outcome: FINE, count: 1 })
  })

  it('chunks that claim 4 GB, that are empty, that follow none', async () => {
    const picture = await still()
    const claim = join('ANMF', le32(0xffffffff), new Uint8Array(40))
    for (const bad of [
      claim,
      chunk('ANMF'),
      anmf(16, 16),
      anmf(400, 400, picture),
      anmf(16, 16, chunk('ALPH')),
    ]) {
      const alone = await frames(riff(vp8x(16, 16), anim, bad), 'webp')
      expect(alone.count).toBe(0)
      expect(['corrupt', 'truncated']).toContain(alone.outcome.kind)
      const later = await frames(riff(vp8x(16, 16), anim, anmf(16, 16, picture), bad), 'webp')
      expect(later).toMatchObject({ outcome: FINE, count: 1 })
    }
  })
})
