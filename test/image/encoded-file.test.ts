import { describe, expect, it } from 'vitest'
import { Gatherer, JOINED_BYTES, joined, partOf, piecesOf, sizeOfPieces } from '../../src/image/encoded-file'
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

  it('is gathered from runs of any length, in few pieces', () => {
    const whole = noise(900_001, 6)
    const gatherer = new Gatherer()
    for (let at = 0, run = 1; at < whole.length; at += run, run = (run * 7 + 3) % 50_001) {
      gatherer.push(whole.subarray(at, at + run))
    }
    const gathered = gatherer.take()
    expect(gathered.length).toBeLessThan(9)
    expect(concat(gathered)).toEqual(whole)
    expect(gatherer.take()).toEqual([])
    gatherer.push(Uint8Array.of(1, 2))
    expect(gatherer.take()).toEqual([Uint8Array.of(1, 2)])
    // A small file takes little.
    gatherer.push(file)
    expect(gatherer.take()[0]!.buffer.byteLength).toBeLessThan(20_000)
  })

  it('shares its bytes with its parts', () => {
    expect(partOf(pieces, { offset: 20, length: 5 })[0]!.buffer).toBe(file.buffer)
  })
})
