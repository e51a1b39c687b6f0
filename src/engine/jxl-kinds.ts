// Kinds of transforms of JPEG XL's blocks (ISO/IEC 18181-1:2024 §I.4): how many blocks of 8 × 8 each takes, and which order
// and which table of weights it shares with others.

/** The last kind's number. */
export const lastKind: i32 = 26

const ACROSS: StaticArray<u8> = [1, 1, 1, 1, 2, 4, 1, 2, 1, 4, 2, 4, 1, 1, 1, 1, 1, 1, 8, 4, 8, 16, 8, 16, 32, 16, 32]
const DOWN: StaticArray<u8> = [1, 1, 1, 1, 2, 4, 2, 1, 4, 1, 4, 2, 1, 1, 1, 1, 1, 1, 8, 8, 4, 16, 16, 8, 32, 32, 16]
const SHAPE: StaticArray<u8> = [0, 1, 1, 1, 2, 3, 4, 4, 5, 5, 6, 6, 1, 1, 1, 1, 1, 1, 7, 8, 8, 9, 10, 10, 11, 12, 12]
const TABLE: StaticArray<u8> = [
  0, 1, 2, 3, 4, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 10, 10, 11, 12, 12, 13, 14, 14, 15, 16, 16,
]

export const IDENTITY: i32 = 1
export const DCT2: i32 = 2
export const DCT4: i32 = 3
export const DCT4X8: i32 = 12
export const DCT8X4: i32 = 13
export const AFV0: i32 = 14

// @ts-ignore: decorator
@inline
export function blocksAcross(kind: i32): i32 {
  return <i32>unchecked(ACROSS[kind])
}

// @ts-ignore: decorator
@inline
export function blocksDown(kind: i32): i32 {
  return <i32>unchecked(DOWN[kind])
}

/** Which order its coefficients come in. */
// @ts-ignore: decorator
@inline
export function shapeOf(kind: i32): i32 {
  return <i32>unchecked(SHAPE[kind])
}

/** Which table has its weights. */
// @ts-ignore: decorator
@inline
export function tableOf(kind: i32): i32 {
  return <i32>unchecked(TABLE[kind])
}
