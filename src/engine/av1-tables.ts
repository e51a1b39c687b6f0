// Block and transform sizes, as AV1 numbers them (AV1 specification, section "Conversion tables").

/** Mi_Width_Log2 and Mi_Height_Log2: a block's sides as powers of 2, in units of 4 samples. */
export const BLOCK_WIDTH_LOG2 = memory.data<u8>([0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 0, 2, 1, 3, 2, 4])
export const BLOCK_HEIGHT_LOG2 = memory.data<u8>([0, 1, 0, 1, 2, 1, 2, 3, 2, 3, 4, 3, 4, 5, 4, 5, 2, 0, 3, 1, 4, 2])

/** Max_Tx_Size_Rect and Max_Tx_Depth. */
export const LARGEST_TX = memory.data<u8>([0, 5, 6, 1, 7, 8, 2, 9, 10, 3, 11, 12, 4, 4, 4, 4, 13, 14, 15, 16, 17, 18])
export const TX_DEPTH = memory.data<u8>([0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 4, 4, 4, 2, 2, 3, 3, 4, 4])

/** Split_Tx_Size. */
export const SPLIT_TX = memory.data<u8>([0, 0, 1, 2, 3, 0, 0, 1, 1, 2, 2, 3, 3, 5, 6, 7, 8, 9, 10])

/** Tx_Width_Log2 and Tx_Height_Log2. */
export const TX_WIDTH_LOG2 = memory.data<u8>([2, 3, 4, 5, 6, 2, 3, 3, 4, 4, 5, 5, 6, 2, 4, 3, 5, 4, 6])
export const TX_HEIGHT_LOG2 = memory.data<u8>([2, 3, 4, 5, 6, 3, 2, 4, 3, 5, 4, 6, 5, 4, 2, 5, 3, 6, 4])

const INVALID: u8 = 22

/** Partition_Subsize, by partition, then by the square's side: 8, 16, 32, 64, 128. */
export const PARTS = memory.data<u8>([
  3, 6, 9, 12, 15,
  2, 5, 8, 11, 14,
  1, 4, 7, 10, 13,
  0, 3, 6, 9, 12,
  2, 5, 8, 11, 14,
  2, 5, 8, 11, 14,
  1, 4, 7, 10, 13,
  1, 4, 7, 10, 13,
  INVALID, 17, 19, 21, INVALID,
  INVALID, 16, 18, 20, INVALID,
])

/** Subsampled_Size: by block, horizontal and vertical subsampling. 22 where there is none. */
export const SUBSAMPLED = memory.data<u8>([
  0, 0, 0, 0, 1, 0, INVALID, 0, 2, INVALID, 0, 0, 3, 2, 1, 0, 4, 3, INVALID, 1, 5, INVALID, 3, 2, 6, 5, 4, 3,
  7, 6, INVALID, 4, 8, INVALID, 6, 5, 9, 8, 7, 6, 10, 9, INVALID, 7, 11, INVALID, 9, 8, 12, 11, 10, 9,
  13, 12, INVALID, 10, 14, INVALID, 12, 11, 15, 14, 13, 12, 16, 1, INVALID, 1, 17, INVALID, 2, 2,
  18, 4, INVALID, 16, 19, INVALID, 5, 17, 20, 7, INVALID, 18, 21, INVALID, 8, 19,
])

/** Intra_Mode_Context. */
export const MODE_CONTEXTS = memory.data<u8>([0, 1, 2, 3, 4, 4, 4, 4, 3, 0, 1, 2, 0])

/** Mode_To_Txfm. */
export const MODE_TX_TYPES = memory.data<u8>([0, 1, 2, 0, 3, 1, 2, 2, 1, 3, 1, 2, 3, 0])
/** Filter_Intra_Mode_To_Intra_Dir. */
export const FILTER_DIRECTIONS = memory.data<u8>([0, 1, 2, 6, 0])

/** Tx_Type_Intra_Inv_Set1 and 2. */
export const TX_TYPES_1 = memory.data<u8>([9, 0, 10, 11, 3, 1, 2])
export const TX_TYPES_2 = memory.data<u8>([9, 0, 3, 1, 2])
