// A bump arena over the module's linear memory. One job owns an instance at a time: it
// allocates what its plan said, and resets the arena when it ends. Nothing is freed singly.

/** Bytes the arena may reach, counted from address 0; set by the planner for each job. */
let limit: usize = 16 * 1024 * 1024
let top: usize = 0
let peak: usize = 0

/** Sets the highest address that the arena may hand out, in bytes. */
export function arenaLimit(bytes: usize): void {
  limit = bytes
}

/** Forgets every allocation. */
export function arenaReset(): void {
  top = (__heap_base + 15) & ~15
  peak = top
}

/** The most bytes that were in use since the last reset, counted from address 0. */
export function arenaPeak(): usize {
  return peak
}

/** Bytes in use, counted from address 0. */
export function arenaUsed(): usize {
  return top == 0 ? __heap_base : top
}

/** A mark to hand to `arenaRelease`, which frees everything allocated since. */
export function arenaMark(): usize {
  return arenaUsed()
}

/** Frees everything that was allocated since `mark` was taken. */
export function arenaRelease(mark: usize): void {
  top = mark
}

/**
 * Allocates `bytes` at a multiple of 16. Returns 0 when that would pass the arena's limit
 * or the memory can't grow; the caller turns 0 into its out-of-memory status.
 * 64 bytes of slack behind the block let SIMD loads run over its end.
 */
export function alloc(bytes: usize): usize {
  if (top == 0) arenaReset()
  const start = top
  if (bytes > limit || start + bytes + 64 > limit) return 0
  const end = (start + bytes + 64 + 15) & ~15
  const pages = <i32>((end + 0xffff) >>> 16)
  const have = memory.size()
  if (pages > have && memory.grow(pages - have) < 0) return 0
  top = end
  if (end > peak) peak = end
  return start
}
