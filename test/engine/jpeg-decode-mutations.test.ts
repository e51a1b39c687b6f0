// 20,000 seeded damages to small JPEGs of many kinds, at every scale, whole and cropped: no trap, no write
// outside of the decoder's memory, no read of what it has not written, work in proportion.
import { expect, it } from 'vitest'
import { type Decode, makeJpegEngine } from '../support/jpeg-engine'
import { randomComponent, writeJpeg } from '../support/jpeg-writer'
import { mutateOften } from '../support/mutate'
import { random } from '../support/rows'

const { env } = import.meta as unknown as { env: Record<string, string | undefined> }
const COUNT = Number(env.VITE_FUZZ ?? 20_000)
const SEED = Number(env.VITE_FUZZ_SEED ?? 1)
const LIMIT = 4 << 20
const MOST_ROWS = 2048

const SAMPLINGS = [
  [[1, 1]],
  [
    [1, 1],
    [1, 1],
    [1, 1],
  ],
  [
    [2, 2],
    [1, 1],
    [1, 1],
  ],
  [
    [2, 1],
    [1, 1],
    [1, 1],
  ],
  [
    [1, 2],
    [1, 1],
    [1, 1],
  ],
  [
    [4, 1],
    [1, 1],
    [1, 1],
  ],
  [
    [2, 2],
    [2, 1],
    [1, 2],
  ],
  [
    [1, 1],
    [2, 2],
    [1, 1],
  ],
  [
    [3, 2],
    [1, 1],
    [1, 1],
  ],
  [
    [1, 1],
    [1, 1],
    [1, 1],
    [1, 1],
  ],
  [
    [2, 2],
    [1, 1],
    [1, 1],
    [2, 2],
  ],
] as const

function seeds(): Uint8Array[] {
  return SAMPLINGS.flatMap((sampling, n) => {
    const components = sampling.map(([h, v], i) => randomComponent(h, v, n * 8 + i))
    const picture = { width: 29 + 5 * n, height: 43 - 2 * n, components }
    const single = components.map((_, i) => [i])
    const adobe = components.length === 4 ? { adobe: n % 2 === 0 ? 2 : 0 } : {}
    return [
      writeJpeg({ ...picture, ...adobe }),
      writeJpeg({ ...picture, ...adobe, extended: true, restart: 2, stray: [0x17] }),
      writeJpeg({ ...picture, ...adobe, progressive: true }),
      writeJpeg({ ...picture, ...adobe, progressive: true, restart: 3 }),
      writeJpeg({ ...picture, ...adobe, scans: single, restart: n % 3 }),
      writeJpeg({ ...picture, ...adobe, dnl: true }),
    ]
  })
}

/** Markers that start a scan. */
function scansOf(file: Uint8Array): number {
  return file.reduce((count, byte, i) => count + Number(byte === 0xda && file[i - 1] === 0xff), 0)
}

it(`survives ${COUNT} mutations`, () => {
  const files = seeds()
  const engine = makeJpegEngine(LIMIT)
  const outcomes: Record<string, number> = {}
  for (let i = 0; i < COUNT; i++) {
    const next = random(SEED * 1_000_003 + i)
    const file = mutateOften(files[next(files.length)]!, next)
    const part = [next(1 << 16), next(1 << 16), next(1 << 16), next(1 << 16)] as const
    const isWhole = next(2) === 0
    const options: Decode = {
      shrink: next(4),
      flat: next(2) === 0,
      planar: next(2) === 0,
      chunk: next(3) === 0 ? 1 + next(200) : 65536,
      bandBytes: [1, 1 << 13, 1 << 20][next(3)]!,
      mostRows: MOST_ROWS,
      crop(width, height) {
        if (isWhole) return [0, 0, 0, 0]
        const [left, top] = [part[0] % width, part[1] % height]
        return [left, top, 1 + (part[2] % (width - left)), 1 + (part[3] % (height - top))]
      },
    }
    const what = `mutation ${i} of seed ${SEED}`
    const one = engine.decode(file, 0x00, options)
    const other = engine.decode(file, 0xff, options)
    expect(other, `${what}: the same on another background`).toEqual(one)
    expect(one.isGuarded, `${what}: guards`).toBe(true)
    const { status, flaws, work, blocks, calls, rows, passes } = one
    // A scan takes each of the picture's blocks at most once, however often the file is read.
    expect(work, `${what}: work`).toBeLessThanOrEqual(Math.max(1, scansOf(file)) * blocks)
    const pieces = passes * (file.length / options.chunk + 2)
    expect(calls, `${what}: calls`).toBeLessThanOrEqual(pieces + rows + 8)
    const outcome = status < 0 ? `error ${status}` : `picture, flaws ${flaws}`
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  }
  expect(engine.bytes()).toBeLessThanOrEqual(LIMIT)
  if (COUNT !== 20_000) console.log(outcomes)
  // Pictures sound, cut short, damaged; broken segments; files without a scan; other kinds of JPEG.
  for (const outcome of [
    'picture, flaws 0',
    'picture, flaws 1',
    'picture, flaws 2',
    'error -3',
    'error -4',
  ]) {
    expect(outcomes[outcome], outcome).toBeGreaterThan(COUNT / 50)
  }
}, 300_000)
