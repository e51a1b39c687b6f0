// HEVC pictures made by hand: every block is PCM (ITU-T H.265 §7.3.8.7), so that the samples that
// go in come out, exactly. No encoder at hand writes HEVC.

/** Samples of the planes: luma, and two of chroma but for 4:0:0. Sides are multiples of 16. */
export interface HevcPlanes {
  readonly width: number
  readonly height: number
  readonly chroma: '4:0:0' | '4:2:0' | '4:2:2' | '4:4:4'
  readonly depth?: number
  readonly planes: readonly ArrayLike<number>[]
  readonly fullRange?: boolean
  readonly matrix?: number
}

const BLOCK = 16
const CHROMA = { '4:0:0': [0, 0], '4:2:0': [2, 2], '4:2:2': [2, 1], '4:4:4': [1, 1] } as const

class Bits {
  readonly bytes: number[] = []
  #bits = 0
  #count = 0

  u(value: number, width: number): this {
    for (let i = width - 1; i >= 0; i--) {
      this.#bits = (this.#bits << 1) | (Math.floor(value / 2 ** i) & 1)
      if (++this.#count === 8) {
        this.bytes.push(this.#bits)
        this.#bits = 0
        this.#count = 0
      }
    }
    return this
  }

  ue(value: number): this {
    const width = Math.floor(Math.log2(value + 1))
    return this.u(0, width).u(value + 1, width + 1)
  }

  flags(...values: number[]): this {
    for (const value of values) this.u(value, 1)
    return this
  }

  /** Zeros up to the next byte. */
  align(): this {
    while (this.#count > 0) this.u(0, 1)
    return this
  }

  /** rbsp_trailing_bits. */
  end(): this {
    return this.u(1, 1).align()
  }
}

/** rangeTabLps: §9.3.4.3.2.2, table 9-52, by state and quarter. */
const LPS = [
  '128 176 208 240',
  '128 167 197 227',
  '128 158 187 216',
  '123 150 178 205',
  '116 142 169 195',
  '111 135 160 185',
  '105 128 152 175',
  '100 122 144 166',
  '95 116 137 158',
  '90 110 130 150',
  '85 104 123 142',
  '81 99 117 135',
  '77 94 111 128',
  '73 89 105 122',
  '69 85 100 116',
  '66 80 95 110',
  '62 76 90 104',
  '59 72 86 99',
  '56 69 81 94',
  '53 65 77 89',
  '51 62 73 85',
  '48 59 69 80',
  '46 56 66 76',
  '43 53 63 72',
  '41 50 59 69',
  '39 48 56 65',
  '37 45 54 62',
  '35 43 51 59',
  '33 41 48 56',
  '32 39 46 53',
  '30 37 43 50',
  '29 35 41 48',
  '27 33 39 45',
  '26 31 37 43',
  '24 30 35 41',
  '23 28 33 39',
  '22 27 32 37',
  '21 26 30 35',
  '20 24 29 33',
  '19 23 27 31',
  '18 22 26 30',
  '17 21 25 28',
  '16 20 23 27',
  '15 19 22 25',
  '14 18 21 24',
  '14 17 20 23',
  '13 16 19 22',
  '12 15 18 21',
  '12 14 17 20',
  '11 14 16 19',
  '11 13 15 18',
  '10 12 15 17',
  '10 12 14 16',
  '9 11 13 15',
  '9 11 12 14',
  '8 10 12 14',
  '8 9 11 13',
  '7 9 11 12',
  '7 9 10 12',
  '7 8 10 11',
  '6 8 9 11',
  '6 7 9 10',
  '6 7 8 9',
].map((row) => row.split(' ').map(Number))

/** The arithmetic encoder (§9.3.4.4), as far as PCM needs it: one context whose bins are all likely. */
class Cabac {
  #low = 0
  #range = 510
  #first = true
  #outstanding = 0
  #state = 0

  constructor(readonly bits: Bits) {}

  start(): void {
    this.#low = 0
    this.#range = 510
    this.#first = true
    this.#outstanding = 0
  }

  #put(bit: number): void {
    if (this.#first) this.#first = false
    else this.bits.u(bit, 1)
    for (; this.#outstanding > 0; this.#outstanding--) this.bits.u(1 - bit, 1)
  }

  #renorm(): void {
    while (this.#range < 256) {
      if (this.#low < 256) {
        this.#put(0)
      } else if (this.#low >= 512) {
        this.#low -= 512
        this.#put(1)
      } else {
        this.#low -= 256
        this.#outstanding++
      }
      this.#range <<= 1
      this.#low <<= 1
    }
  }

  likely(): void {
    this.#range -= LPS[this.#state]![(this.#range >> 6) & 3]!
    this.#state = Math.min(this.#state + 1, 62)
    this.#renorm()
  }

  terminate(bin: 0 | 1): void {
    this.#range -= 2
    if (bin === 1) {
      this.#low += this.#range
      this.#range = 2
      this.#renorm()
      this.#put((this.#low >> 9) & 1)
      this.bits.u(((this.#low >> 7) & 3) | 1, 2)
    } else {
      this.#renorm()
    }
  }
}

/** A NAL unit: its header, and emulation prevention (§7.4.2). */
function unit(type: number, bits: Bits): Uint8Array {
  const bytes = [type << 1, 1]
  let zeros = 0
  for (const byte of bits.bytes) {
    if (zeros >= 2 && byte <= 3) {
      bytes.push(3)
      zeros = 0
    }
    bytes.push(byte)
    zeros = byte === 0 ? zeros + 1 : 0
  }
  return new Uint8Array(bytes)
}

/** profile_tier_level of Main, level 6. */
function profile(bits: Bits): Bits {
  return bits.u(1, 8).u(0x60000000, 32).flags(1, 0, 1, 1).u(0, 32).u(0, 12).u(180, 8)
}

function videoParameters(): Uint8Array {
  const bits = new Bits().u(0, 4).flags(1, 1).u(0, 6).u(0, 3).u(1, 1).u(0xffff, 16)
  return unit(32, profile(bits).u(1, 1).ue(0).ue(0).ue(0).u(0, 6).ue(0).flags(0, 0).end())
}

function sequenceParameters(picture: HevcPlanes): Uint8Array {
  const { width, height, chroma, depth = 8, fullRange = true, matrix = 6 } = picture
  const format = ['4:0:0', '4:2:0', '4:2:2', '4:4:4'].indexOf(chroma)
  const bits = profile(new Bits().u(0, 4).u(0, 3).u(1, 1)).ue(0).ue(format)
  if (format === 3) bits.u(0, 1)
  bits
    .ue(width)
    .ue(height)
    .u(0, 1)
    .ue(depth - 8)
    .ue(depth - 8)
    .ue(0)
    .u(1, 1)
    .ue(0)
    .ue(0)
    .ue(0)
  // Coding blocks of 16, all of them; transforms of 4 to 16.
  bits.ue(1).ue(0).ue(0).ue(2).ue(0).ue(0).flags(0, 0, 0)
  bits
    .u(1, 1)
    .u(depth - 1, 4)
    .u(depth - 1, 4)
    .ue(1)
    .ue(0)
    .u(1, 1)
  bits.ue(0).flags(0, 0, 0)
  // VUI: only how colours are coded.
  bits
    .u(1, 1)
    .flags(0, 0, 1)
    .u(5, 3)
    .flags(fullRange ? 1 : 0, 1)
    .u(2, 8)
    .u(2, 8)
    .u(matrix, 8)
  return unit(33, bits.flags(0, 0, 0, 0, 0, 0, 0).u(0, 1).end())
}

function pictureParameters(): Uint8Array {
  const bits = new Bits().ue(0).ue(0).flags(0, 0).u(0, 3).flags(0, 0).ue(0).ue(0).ue(0).flags(0, 0, 0)
  bits.ue(0).ue(0).flags(0, 0, 0, 0, 0, 0, 0)
  return unit(34, bits.flags(1, 0, 1, 0, 0).ue(0).flags(0, 0).end())
}

function slice(picture: HevcPlanes): Uint8Array {
  const { width, height, chroma, depth = 8, planes } = picture
  const [across, down] = CHROMA[chroma]
  const bits = new Bits().flags(1, 0).ue(0).ue(2).ue(0).end()
  const cabac = new Cabac(bits)
  for (let y = 0; y < height; y += BLOCK) {
    for (let x = 0; x < width; x += BLOCK) {
      cabac.start()
      if (x > 0 || y > 0) cabac.terminate(0)
      cabac.likely()
      cabac.terminate(1)
      bits.align()
      for (const [index, plane] of planes.entries()) {
        const [sx, sy] = index === 0 ? [1, 1] : [across, down]
        const stride = width / sx
        for (let row = y / sy; row < (y + BLOCK) / sy; row++) {
          for (let column = x / sx; column < (x + BLOCK) / sx; column++)
            bits.u(plane[row * stride + column]!, depth)
        }
      }
    }
  }
  cabac.start()
  cabac.terminate(1)
  return unit(19, bits.align())
}

const u16 = (value: number): number[] => [value >> 8, value & 255]
const u32 = (value: number): number[] => [value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255]

/** The hvcC property's payload and an item's bytes: a picture as HEIF stores it (14496-15 §8.3.3). */
export function hevcItem(picture: HevcPlanes): { configuration: Uint8Array; data: Uint8Array } {
  const sets = [videoParameters(), sequenceParameters(picture), pictureParameters()]
  const depth = (picture.depth ?? 8) - 8
  const head = [
    1,
    1,
    0x60,
    0,
    0,
    0,
    0xb0,
    0,
    0,
    0,
    0,
    0,
    180,
    0xf0,
    0,
    0xfc,
    0xfd,
    0xf8 | depth,
    0xf8 | depth,
    0,
    0,
    0x0f,
  ]
  const arrays = sets.flatMap((set, i) => [0x80 | (32 + i), ...u16(1), ...u16(set.length), ...set])
  const data = slice(picture)
  return {
    configuration: new Uint8Array([...head, 3, ...arrays]),
    data: new Uint8Array([...u32(data.length), ...data]),
  }
}
