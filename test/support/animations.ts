// Animations of the kinds that people make, drawn from a seed: RGBA frames, all of one size.
import { random } from './rows'
import { seededScene } from './scenes'

export interface Animation {
  readonly width: number
  readonly height: number
  readonly frames: readonly Uint8Array[]
}

type Colour = readonly [r: number, g: number, b: number, a: number]
type Put = (x: number, y: number, colour: Colour) => void

function drawn(
  width: number,
  height: number,
  count: number,
  draw: (frame: number, put: Put, pixels: Uint8Array) => void,
): Animation {
  const frames = Array.from({ length: count }, (_, frame) => {
    const pixels = new Uint8Array(width * height * 4)
    const put: Put = (x, y, colour) => {
      if (x >= 0 && y >= 0 && x < width && y < height) pixels.set(colour, (y * width + x) * 4)
    }
    draw(frame, put, pixels)
    return pixels
  })
  return { width, height, frames }
}

function box(put: Put, left: number, top: number, width: number, height: number, colour: Colour): void {
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) put(left + x, top + y, colour)
}

/** What passes for text: letters of 7 × 10 pixels with soft edges, of which no two lines have the same. */
function letters(put: Put, left: number, top: number, seed: number, count: number): void {
  const next = random(seed)
  for (let i = 0; i < count; i++) {
    const inked = Array.from({ length: 20 }, () => next(3) > 0)
    const soft = Array.from({ length: 80 }, () => 30 + 20 * Math.max(0, next(22) - 10))
    if (next(6) === 0) continue
    for (let at = 0; at < 80; at++) {
      const grey = soft[at]!
      const part = at >> 2
      if (!inked[part]) continue
      put(left + i * 9 + (part % 4) * 2 + (at & 1), top + (part >> 2) * 2 + ((at >> 1) & 1), [
        grey,
        grey,
        grey,
        255,
      ])
    }
  }
}

/** Smooth colours with luminance detail and grain, as cameras give them. */
function photo(width: number, height: number): Uint8Array {
  const detail = seededScene(width, height, 1, 5)
  return new Uint8Array(width * height * 4).map((_, i) => {
    const [x, y, band] = [(i >> 2) % width, Math.floor((i >> 2) / width), i % 4]
    if (band === 3) return 255
    const tint = 40 * Math.sin(x / 47 + band * 2) + 30 * Math.cos(y / 61 + band)
    return Math.max(0, Math.min(255, 128 + (detail[i >> 2]! - 128) * 0.7 + tint))
  })
}

/** A part of a picture, as a frame. */
function window(
  picture: Uint8Array,
  stride: number,
  x: number,
  y: number,
  width: number,
  pixels: Uint8Array,
) {
  for (let row = 0; row * width * 4 < pixels.length; row++) {
    const from = ((y + row) * stride + x) * 4
    pixels.set(picture.subarray(from, from + width * 4), row * width * 4)
  }
}

/** Squares on nothing that turn about the middle, each place held for three frames; edges are soft. */
function turning(width: number, count: number): Animation {
  const colours: Colour[] = [
    [220, 40, 30, 255],
    [30, 90, 220, 255],
    [40, 170, 60, 255],
    [240, 180, 20, 255],
  ]
  return drawn(width, width, count, (frame, put) => {
    const held = Math.floor(frame / 3)
    for (const [i, [r, g, b]] of colours.entries()) {
      const angle = ((held + i * 2) * Math.PI) / 4
      const [x, y] = [0, 0].map((_, axis) =>
        Math.round(width / 2 - 10 + (width / 2 - 14) * (axis === 0 ? Math.cos(angle) : Math.sin(angle))),
      )
      box(put, x! - 1, y! - 1, 22, 22, [r, g, b, 120])
      box(put, x!, y!, 20, 20, [r, g, b, 255])
    }
  })
}

/** Every kind, by name; sides are even, for they are halved. */
export const ANIMATIONS: Readonly<Record<string, () => Animation>> = {
  'a page that scrolls': () =>
    drawn(240, 160, 10, (frame, put, pixels) => {
      pixels.fill(250)
      for (let i = 0; i < pixels.length; i += 4) pixels[i + 3] = 255
      for (let line = 0; line < 16; line++) letters(put, 8, line * 18 - frame * 6, line + 1, 24)
    }),
  'letters that are typed': () =>
    drawn(240, 60, 20, (frame, put, pixels) => {
      pixels.fill(255)
      letters(put, 8, 24, 9, frame + 1)
    }),
  'a square that blinks': () =>
    drawn(120, 60, 12, (frame, put) => {
      box(put, 0, 0, 120, 60, [240, 240, 240, 255])
      if (frame % 2 === 1) box(put, 50, 20, 21, 21, [20, 20, 20, 255])
    }),
  noise: () => {
    const next = random(3)
    return drawn(96, 96, 6, (_frame, _put, pixels) => {
      for (let i = 0; i < pixels.length; i++) pixels[i] = i % 4 === 3 ? 255 : next(256)
    })
  },
  'a pan over a photograph': () => {
    const picture = photo(360, 280)
    return drawn(300, 240, 6, (frame, _put, pixels) =>
      window(picture, 360, frame * 10, frame * 6, 300, pixels),
    )
  },
  'a square over a photograph': () => {
    const picture = photo(240, 180)
    return drawn(240, 180, 10, (frame, put, pixels) => {
      pixels.set(picture)
      box(put, 10 + frame * 18, 60, 40, 40, [230, 40, 30, 255])
    })
  },
  'a photograph that fades in': () => {
    const picture = photo(160, 120)
    return drawn(160, 120, 10, (frame, _put, pixels) => {
      for (let i = 0; i < pixels.length; i++) {
        pixels[i] = i % 4 === 3 ? 255 : (picture[i]! * (frame + 1)) / 10
      }
    })
  },
  'colours that go round': () =>
    drawn(192, 192, 8, (frame, put) => {
      for (let y = 0; y < 192; y++) {
        for (let x = 0; x < 192; x++)
          put(x, y, [(x + frame * 9) & 255, 255 - ((x + frame * 9) & 255), y, 255])
      }
    }),
  'squares that turn, with equal frames': () => turning(80, 24),
  'a sprite on nothing': () =>
    drawn(64, 64, 12, (frame, put) => {
      box(put, 8 + frame * 3, 12 + ((frame * 5) % 12), 24, 24, [200, 60, 20, 255])
      box(put, 20, 36, 8 + (frame % 4) * 4, 16, [30, 90, 200, 255])
    }),
  'spots that come and go': () =>
    drawn(96, 96, 12, (frame, put) => {
      for (let y = 0; y < 96; y++) {
        for (let x = 0; x < 96; x++) {
          const far = Math.hypot(x - 48 - 30 * Math.cos(frame / 2), y - 48 - 30 * Math.sin(frame / 2))
          if (far < 16) put(x, y, [40, 120, 230, Math.max(0, Math.min(255, Math.round((15 - far) * 64)))])
        }
      }
    }),
}
