// Pictures whose header comes late: no byte goes to R2 before their limits were checked.
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { PART_BYTES } from '../../src/services/object-writer'
import { storeUpload } from '../../src/services/store-asset'
import { heif, ispe } from '../support/bmff'
import { handGif } from '../support/gif'
import { form, keysIn, makeTestContext, picture, rowsOf, type TestContext } from './support'

const MIB = 1024 * 1024
const jpeg = await picture('jpeg', 40, 30)

/** Application data of so many bytes and a little more, as depth maps in extended XMP are, before the frame. */
function lateJpeg(bytes: number): Uint8Array {
  const segments = Math.ceil(bytes / 65_537)
  const late = new Uint8Array(jpeg.length + segments * 65_537)
  late.set(jpeg.subarray(0, 2))
  for (let n = 0; n < segments; n++) late.set([0xff, 0xef, 0xff, 0xff, n, 1, 2, 3], 2 + n * 65_537)
  late.set(jpeg.subarray(2), 2 + segments * 65_537)
  return late
}

/** A picture whose description stands behind its data. */
function lateHeif(brand: 'heic' | 'avif', bytes: number): Uint8Array {
  const data = new Uint8Array(bytes).map((_, at) => (at * 2654435761) >>> 24)
  const item = { id: 1, type: brand === 'avif' ? 'av01' : 'hvc1', properties: [1], data }
  return heif({ brand, items: [item], properties: [ispe(40, 30)], early: true })
}

const store = (context: TestContext, path: string, bytes: Uint8Array) =>
  storeUpload(
    context,
    path,
    form(
      [
        ['metadata', '{}'],
        ['asset', bytes],
      ],
      65_536,
    ),
  )

it.each([
  ['a JPEG', lateJpeg(12 * MIB), 3],
  ['a JPEG of whole parts', lateJpeg(2 * PART_BYTES - 400_000), 2],
  ['a HEIC file', lateHeif('heic', 7 * MIB), 2],
  ['an AVIF file', lateHeif('avif', 15 * MIB), 4],
])('stores %s byte for byte', async (_, bytes, parts) => {
  const context = makeTestContext()
  const { size, key, attributes } = (await store(context, 'late', bytes)).variants[0]!
  expect(attributes).toMatchObject({ width: 40, height: 30 })
  const object = await env.ASSETS.get(key)
  expect([object!.size, size]).toEqual([bytes.length, bytes.length])
  expect(Buffer.from(await object!.arrayBuffer()).equals(Buffer.from(bytes))).toBe(true)
  expect(context.calls.filter((call) => call === 'r2.uploadPart')).toHaveLength(parts)
})

it.each([
  ['a JPEG', lateJpeg(12 * MIB)],
  ['a HEIC file', lateHeif('heic', 7 * MIB)],
])('refuses %s by its late header before R2 is touched', async (_, bytes) => {
  const context = makeTestContext({ config: { limits: { inputPixels: 1199 } } })
  await expect(store(context, 'late', bytes)).rejects.toMatchObject({ status: 400, code: 'image_too_large' })
  const types = makeTestContext({ config: { paths: { '/**': { allowedContentTypes: ['image/gif'] } } } })
  await expect(store(types, 'late', bytes)).rejects.toMatchObject({ status: 403 })
  expect([...context.calls, ...types.calls]).toEqual([])
})

it('refuses a header beyond its bound', async () => {
  const context = makeTestContext()
  await expect(store(context, 'late', lateJpeg(17 * MIB))).rejects.toMatchObject({
    status: 400,
    code: 'image_unsupported',
    message: "Expected the picture's header within the first 16777216 bytes but received none",
  })
  const short = makeTestContext({ config: { limits: { headerBytes: 100_000 } } })
  await expect(store(short, 'late', lateJpeg(200_000))).rejects.toMatchObject({ code: 'image_unsupported' })
  expect([...context.calls, ...short.calls]).toEqual([])
})

it('holds what the isolate has room for, and gives the room back', async () => {
  const bytes = lateHeif('heic', 15 * MIB)
  /** An upload that stops before its description until it is let go on or breaks off. */
  const halted = (path: string) => {
    const { stream, contentType } = form(
      [
        ['metadata', '{}'],
        ['asset', bytes],
      ],
      MIB,
    )
    let open = () => {}
    let breakOff = () => {}
    const gate = new Promise<void>((resolve, reject) => {
      open = resolve
      breakOff = () => reject(new Error('Network connection lost.'))
    })
    let passed = 0
    const gated = stream.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        async transform(chunk, controller) {
          if ((passed += chunk.length) > 15 * MIB) await gate
          controller.enqueue(chunk)
        },
      }),
    )
    const context = makeTestContext()
    return { context, open, breakOff, stored: storeUpload(context, path, { stream: gated, contentType }) }
  }
  const halves = [halted('hold/0'), halted('hold/1'), halted('hold/2'), halted('hold/3'), halted('hold/4')]
  const outcome = (run: Promise<unknown>) =>
    run.then(
      () => 'stored',
      (error: { status: number; code: string }) => `${error.status} ${error.code}`,
    )
  const outcomes = halves.map(({ stored }) => outcome(stored))
  // Room for eight parts: those that took none are refused at once, and only then do the others go on.
  const refused = await Promise.race(outcomes)
  expect(refused).toBe('503 busy')
  halves[0]!.breakOff()
  for (const { open } of halves.slice(1)) open()
  const ends = await Promise.all(outcomes)
  expect(ends).toContain('stored')
  for (const { context } of halves) await context.settled()
  expect(await outcome(store(makeTestContext(), 'hold/after', bytes))).toBe('stored')
  expect(await outcome(store(makeTestContext(), 'hold/after', bytes))).toBe('stored')
})

/** A GIF comment: blocks of 255 bytes. */
function comment(bytes: number): Uint8Array {
  const blocks = Math.ceil(bytes / 256)
  const made = new Uint8Array(2 + blocks * 256 + 1)
  made.set([0x21, 0xfe])
  for (let n = 0; n < blocks; n++) made[2 + n * 256] = 255
  return made
}

it('stops an animation at a frame too many, while it goes on', async () => {
  const palette = [
    [0, 0, 0],
    [9, 9, 9],
  ]
  const gif = handGif(1, 1, palette, new Array(5).fill({ width: 1, height: 1, pixels: [0] }))
  const start = 13 + 6
  const pieces = [gif.subarray(0, -1), comment(6 * MIB), gif.subarray(start, -1), comment(20 * MIB)]
  const bytes = new Uint8Array(await new Blob([...pieces, gif.subarray(start)]).arrayBuffer())
  const before = await keysIn()
  for (const frames of [14, 9, 4]) {
    const context = makeTestContext({ config: { limits: { frames } } })
    await expect(store(context, 'frames', bytes)).rejects.toMatchObject({
      status: 400,
      code: 'image_too_large',
    })
    const sent = context.calls.filter((call) => call === 'r2.uploadPart').length
    expect(sent).toBe({ 14: 5, 9: 1, 4: 0 }[frames])
    await context.settled()
    expect(await keysIn()).toEqual(before)
    expect(await rowsOf('uploads')).toEqual([])
  }
})
