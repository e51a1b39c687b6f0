// Inverse transforms of VP8L (RFC 9649 §3.5), each on one row of ARGB words.

// @ts-ignore: decorator
@inline
function average(a: u32, b: u32): u32 {
  return (((a ^ b) & 0xfefefefe) >> 1) + (a & b)
}

/** The sum of four channels, each by itself. */
// @ts-ignore: decorator
@inline
function add(a: u32, b: u32): u32 {
  const alphaGreen = (a & 0xff00ff00) + (b & 0xff00ff00)
  const redBlue = (a & 0x00ff00ff) + (b & 0x00ff00ff)
  return (alphaGreen & 0xff00ff00) | (redBlue & 0x00ff00ff)
}

// @ts-ignore: decorator
@inline
function channel(argb: u32, shift: i32): i32 {
  return <i32>((argb >> shift) & 255)
}

// @ts-ignore: decorator
@inline
function clip(value: i32): u32 {
  return <u32>min(255, max(0, value))
}

/** Whichever of top and left is nearer to left + top − top left. */
function select(top: u32, left: u32, corner: u32): u32 {
  let difference = 0
  for (let shift = 0; shift < 32; shift += 8) {
    const c = channel(corner, shift)
    difference += abs(channel(left, shift) - c) - abs(channel(top, shift) - c)
  }
  return difference <= 0 ? top : left
}

function gradient(left: u32, top: u32, corner: u32): u32 {
  let argb: u32 = 0
  for (let shift = 0; shift < 32; shift += 8) {
    argb |= clip(channel(left, shift) + channel(top, shift) - channel(corner, shift)) << shift
  }
  return argb
}

function halfGradient(left: u32, top: u32, corner: u32): u32 {
  const mean = average(left, top)
  let argb: u32 = 0
  for (let shift = 0; shift < 32; shift += 8) {
    const a = channel(mean, shift)
    argb |= clip(a + (a - channel(corner, shift)) / 2) << shift
  }
  return argb
}

/**
 * Adds predictions to a row. `modes`: a byte for each block of 2^bits pixels; `above`: the row before with room for
 * one pixel more, 0 for the first row.
 */
export function vp8lPredict(row: usize, above: usize, width: i32, modes: usize, bits: i32): void {
  if (above == 0) {
    store<u32>(row, add(load<u32>(row), 0xff000000))
    for (let x: usize = 1; x < <usize>width; x++) {
      const at = row + (x << 2)
      store<u32>(at, add(load<u32>(at), load<u32>(at - 4)))
    }
    return
  }
  store<u32>(row, add(load<u32>(row), load<u32>(above)))
  // Right above the last pixel's neighbour stands this row's first.
  store<u32>(above + (<usize>width << 2), load<u32>(row))
  let left = load<u32>(row)
  for (let x = 1; x < width; ) {
    const mode = load<u8>(modes + (x >> bits))
    const end = min(width, ((x >> bits) + 1) << bits)
    for (; x < end; x++) {
      const at = row + (<usize>x << 2)
      const up = above + (<usize>x << 2)
      const top = load<u32>(up)
      let predicted: u32 = 0xff000000
      switch (mode) {
        case 1:
          predicted = left
          break
        case 2:
          predicted = top
          break
        case 3:
          predicted = load<u32>(up, 4)
          break
        case 4:
          predicted = load<u32>(up - 4)
          break
        case 5:
          predicted = average(average(left, load<u32>(up, 4)), top)
          break
        case 6:
          predicted = average(left, load<u32>(up - 4))
          break
        case 7:
          predicted = average(left, top)
          break
        case 8:
          predicted = average(load<u32>(up - 4), top)
          break
        case 9:
          predicted = average(top, load<u32>(up, 4))
          break
        case 10:
          predicted = average(average(left, load<u32>(up - 4)), average(top, load<u32>(up, 4)))
          break
        case 11:
          predicted = select(top, left, load<u32>(up - 4))
          break
        case 12:
          predicted = gradient(left, top, load<u32>(up - 4))
          break
        case 13:
          predicted = halfGradient(left, top, load<u32>(up - 4))
          break
      }
      left = add(load<u32>(at), predicted)
      store<u32>(at, left)
    }
  }
}

// @ts-ignore: decorator
@inline
function share(factor: u32, colour: i32): i32 {
  return (<i32><i8>factor * <i32><i8>colour) >> 5
}

/** Gives red and blue back what green and red foretell of them, by factors for each block. */
export function vp8lColour(row: usize, width: i32, factors: usize, bits: i32): void {
  for (let x = 0; x < width; x++) {
    const by = load<u32>(factors + (<usize>(x >> bits) << 2))
    const at = row + (<usize>x << 2)
    const argb = load<u32>(at)
    const green = channel(argb, 8)
    const red = (channel(argb, 16) + share(by & 255, green)) & 255
    const blue = (channel(argb, 0) + share((by >> 8) & 255, green) + share((by >> 16) & 255, red)) & 255
    store<u32>(at, (argb & 0xff00ff00) | (<u32>red << 16) | <u32>blue)
  }
}

/** Adds green to red and blue. */
export function vp8lGreen(row: usize, width: i32): void {
  const end = row + (<usize>width << 2)
  for (let at = row; at < end; at += 4) {
    const argb = load<u32>(at)
    const green = (argb >> 8) & 255
    store<u32>(at, (argb & 0xff00ff00) | (((argb & 0x00ff00ff) + (green | (green << 16))) & 0x00ff00ff))
  }
}

/** Looks colours up in a palette of 256 words; 2^bits indices stand in one green. */
export function vp8lPalette(from: usize, to: usize, width: i32, palette: usize, bits: i32): void {
  const depth = 8 >> bits
  const most: u32 = (1 << depth) - 1
  const within = (1 << bits) - 1
  for (let x = 0; x < width; x++) {
    const green = (load<u32>(from + (<usize>(x >> bits) << 2)) >> 8) & 255
    const index = (green >> ((x & within) * depth)) & most
    store<u32>(to + (<usize>x << 2), load<u32>(palette + (<usize>index << 2)))
  }
}
