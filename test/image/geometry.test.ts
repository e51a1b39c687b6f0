import { describe, expect, it } from 'vitest'
import {
  centred,
  compose,
  fitInside,
  inverse,
  place,
  rotateAndFlip,
  type Turn,
  turned,
  turnedWindow,
  turnOf,
  turnOfOrientation,
} from '../../src/image/geometry'

const TURNS = [0, 1, 2, 3, 4, 5, 6, 7] as const

/** A frame of numbered pixels, turned as the codes are defined: transpose, mirror columns, mirror rows. */
function apply(frame: number[][], turn: Turn): number[][] {
  let out = turn & 4 ? frame[0]!.map((_, x) => frame.map((row) => row[x]!)) : frame.map((row) => [...row])
  if (turn & 1) out = out.map((row) => row.reverse())
  if (turn & 2) out = out.reverse()
  return out
}

const frame = [
  [1, 2, 3],
  [4, 5, 6],
]

describe('turns', () => {
  it('compose as applying one after the other does', () => {
    for (const first of TURNS) {
      for (const second of TURNS) {
        expect(apply(frame, compose(first, second))).toEqual(apply(apply(frame, first), second))
      }
      expect(compose(first, inverse(first))).toBe(0)
    }
  })

  it('are those of EXIF, TIFF 6.0 §8', () => {
    const upright = { 1: [1, 2], 2: [3, 2], 3: [6, 5], 4: [4, 5], 5: [1, 4], 6: [4, 1], 7: [6, 3], 8: [3, 6] }
    for (const [orientation, start] of Object.entries(upright)) {
      expect(apply(frame, turnOfOrientation(Number(orientation) as 1))[0]!.slice(0, 2)).toEqual(start)
    }
  })

  it('are each one rotation and at most one horizontal flip', () => {
    for (const turn of TURNS) {
      const { rotate, flip } = rotateAndFlip(turn)
      expect(turnOf(rotate, flip)).toBe(turn)
    }
    expect(apply(frame, turnOf(90, 'none'))).toEqual([
      [4, 1],
      [5, 2],
      [6, 3],
    ])
  })

  it('move windows with the pixels in them', () => {
    const window = { left: 1, top: 0, width: 2, height: 1 }
    for (const turn of TURNS) {
      const moved = turnedWindow(window, { width: 3, height: 2 }, turn)
      const cut = apply(frame, turn)
        .slice(moved.top, moved.top + moved.height)
        .map((row) => row.slice(moved.left, moved.left + moved.width))
      expect(cut).toEqual(apply([[2, 3]], turn))
      expect(turned(window, turn)).toEqual({
        width: moved.width,
        height: moved.height,
        ...(turn & 4 ? {} : { left: 1, top: 0 }),
      })
    }
  })
})

describe('fit', () => {
  it('keeps the ratio, rounds to nearest, and never reaches 0', () => {
    const table: [number, number, number | undefined, number | undefined, number, number][] = [
      [4000, 3000, 256, undefined, 256, 192],
      [3000, 4000, 256, undefined, 256, 341],
      [3000, 4000, undefined, 256, 192, 256],
      [3000, 4000, 256, 256, 192, 256],
      [4000, 3000, 256, 256, 256, 192],
      [4000, 1, 10, undefined, 10, 1],
      [100, 50, 300, 300, 300, 150],
      [3, 2, 1, undefined, 1, 1],
      [101, 67, 50, undefined, 50, 33],
      [640, 427, undefined, undefined, 640, 427],
    ]
    for (const [width, height, w, h, across, down] of table) {
      expect(fitInside({ width, height }, w, h)).toEqual({ width: across, height: down })
    }
  })
})

describe('a side that follows', () => {
  it('is rounded to nearest, halves up', () => {
    for (const [width, height, across, down] of [
      [10, 15, 333, 500],
      [10, 85, 7, 60],
      [20, 190, 333, 3164],
      [3, 7, 100, 233],
      [1000, 1, 10, 1],
    ] as const) {
      expect(fitInside({ width, height }, across)).toEqual({ width: across, height: down })
      expect(fitInside({ width: height, height: width }, undefined, across)).toEqual({
        width: down,
        height: across,
      })
    }
  })
})

describe('placing', () => {
  it('covers with fill, and cuts only one side', () => {
    const size = { width: 4000, height: 3000 }
    const placed = place(size, size, { width: 256, height: 256 }, 'fill')
    expect(placed.scaled).toEqual({ width: 341, height: 256 })
    expect(centred(placed.scaled, placed.target)).toEqual({ left: 43, top: 0, width: 256, height: 256 })
  })

  it('crops at the own scale, scaled up only where the window is larger', () => {
    const size = { width: 400, height: 300 }
    const inside = place(size, size, { width: 100, height: 100 }, 'crop')
    expect(inside).toMatchObject({ shrinkX: 1, shrinkY: 1, scaled: size })
    const larger = place(size, size, { width: 200, height: 600 }, 'crop')
    expect(larger).toMatchObject({ shrinkX: 0.5, scaled: { width: 800, height: 600 } })
  })

  it('takes what the decoder gives for the whole picture', () => {
    const placed = place(
      { width: 4001, height: 3001 },
      { width: 1001, height: 751 },
      { width: 256, height: 192 },
      'fit',
    )
    expect(placed.shrinkX).toBe(1001 / 256)
    expect(placed.shrinkY).toBe(placed.shrinkX)
  })

  it('stretches each side by itself', () => {
    const size = { width: 400, height: 300 }
    const { shrinkX, shrinkY } = place(size, size, { width: 100, height: 100 }, 'stretch')
    expect([shrinkX, shrinkY]).toEqual([4, 3])
  })
})
