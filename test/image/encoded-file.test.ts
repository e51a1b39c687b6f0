import { describe, expect, it } from 'vitest'
import { JOINED_BYTES, joined, partOf, piecesOf, sizeOfPieces } from '../../src/image/encoded-file'
import { concat } from '../../src/image/feed'
import { noise } from '../support/scenes'

const file = noise(1000, 3)
const pieces = [0, 1, 17, 600, 600, 999].map((from, i, all) => file.subarray(from, all[i + 1] ?? 1000))

describe('a file in pieces', () => {
  it('is joined where it is small, and left alone where it is large', () => {
    expect(piecesOf(file)).toEqual([file])
    expect(piecesOf(pieces)).toEqual([file])
    expect(joined(pieces)).toEqual(file)
    const large = [new Uint8Array(JOINED_BYTES), Uint8Array.of(7)]
    expect(piecesOf(large)).toBe(large)
    expect(sizeOfPieces(large)).toBe(JOINED_BYTES + 1)
  })

  it('gives any part of itself', () => {
    for (let offset = 0; offset < 1000; offset += 13) {
      for (const length of [1, 2, 16, 584, 1000 - offset]) {
        if (offset + length > 1000) continue
        expect(concat(partOf(pieces, { offset, length }))).toEqual(file.subarray(offset, offset + length))
      }
    }
  })

  it('shares its bytes with its parts', () => {
    expect(partOf(pieces, { offset: 20, length: 5 })[0]!.buffer).toBe(file.buffer)
  })
})
