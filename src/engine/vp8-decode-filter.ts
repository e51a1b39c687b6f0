// The loop filters (RFC 6386 §15). A filter runs along an edge of `count` pixels: `across` is the
// way from one side to the other, `along` the way from one pixel of the edge to the next.

// @ts-ignore: decorator
@inline
function signed8(value: i32): i32 {
  return min(max(value, -128), 127)
}

// @ts-ignore: decorator
@inline
function clip(value: i32): u8 {
  return <u8>min(max(value, 0), 255)
}

/** Two pixels: where the step is high on both sides (§15.2), and in the simple filter. */
// @ts-ignore: decorator
@inline
function two(at: usize, across: usize, p1: i32, p0: i32, q0: i32, q1: i32): void {
  const a = 3 * (q0 - p0) + signed8(p1 - q1)
  const a1 = min(max((a + 4) >> 3, -16), 15)
  const a2 = min(max((a + 3) >> 3, -16), 15)
  store<u8>(at - across, clip(p0 + a2))
  store<u8>(at, clip(q0 - a1))
}

/** The simple filter on an edge. */
export function vp8SimpleEdge(at: usize, across: usize, along: usize, count: i32, limit: i32): void {
  const most = 2 * limit + 1
  for (let i = 0; i < count; i++, at += along) {
    const p1 = <i32>load<u8>(at - 2 * across)
    const p0 = <i32>load<u8>(at - across)
    const q0 = <i32>load<u8>(at)
    const q1 = <i32>load<u8>(at + across)
    if (4 * abs(p0 - q0) + abs(p1 - q1) <= most) two(at, across, p1, p0, q0, q1)
  }
}

/** The normal filter on an edge between macroblocks (`outer`) or within one. */
export function vp8NormalEdge(
  at: usize,
  across: usize,
  along: usize,
  count: i32,
  limit: i32,
  inner: i32,
  high: i32,
  outer: bool,
): void {
  const most = 2 * limit + 1
  for (let i = 0; i < count; i++, at += along) {
    const p1 = <i32>load<u8>(at - 2 * across)
    const p0 = <i32>load<u8>(at - across)
    const q0 = <i32>load<u8>(at)
    const q1 = <i32>load<u8>(at + across)
    if (4 * abs(p0 - q0) + abs(p1 - q1) > most) continue
    const p2 = <i32>load<u8>(at - 3 * across)
    const p3 = <i32>load<u8>(at - 4 * across)
    const q2 = <i32>load<u8>(at + 2 * across)
    const q3 = <i32>load<u8>(at + 3 * across)
    if (abs(p3 - p2) > inner || abs(p2 - p1) > inner || abs(p1 - p0) > inner) continue
    if (abs(q3 - q2) > inner || abs(q2 - q1) > inner || abs(q1 - q0) > inner) continue
    if (abs(p1 - p0) > high || abs(q1 - q0) > high) {
      two(at, across, p1, p0, q0, q1)
    } else if (outer) {
      const a = signed8(3 * (q0 - p0) + signed8(p1 - q1))
      const a1 = (27 * a + 63) >> 7
      const a2 = (18 * a + 63) >> 7
      const a3 = (9 * a + 63) >> 7
      store<u8>(at - 3 * across, clip(p2 + a3))
      store<u8>(at - 2 * across, clip(p1 + a2))
      store<u8>(at - across, clip(p0 + a1))
      store<u8>(at, clip(q0 - a1))
      store<u8>(at + across, clip(q1 - a2))
      store<u8>(at + 2 * across, clip(q2 - a3))
    } else {
      const a = 3 * (q0 - p0)
      const a1 = min(max((a + 4) >> 3, -16), 15)
      const a2 = min(max((a + 3) >> 3, -16), 15)
      const a3 = (a1 + 1) >> 1
      store<u8>(at - 2 * across, clip(p1 + a3))
      store<u8>(at - across, clip(p0 + a2))
      store<u8>(at, clip(q0 - a1))
      store<u8>(at + across, clip(q1 - a3))
    }
  }
}
