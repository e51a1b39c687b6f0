// Seeded damage to forms: whatever comes, the parts of a valid form or a 400 that says what was expected, the same
// however the body is cut, and no more bytes in the parts than in the body.
import { expect, it } from 'vitest'
import { AppError } from '../../src/errors'
import { readMultipart } from '../../src/services/multipart'
import { mutateOften } from '../support/mutate'
import { random } from '../support/rows'

const { env } = import.meta as unknown as { env: Record<string, string | undefined> }
const COUNT = Number(env.VITE_FUZZ ?? 5000)
const SEED = Number(env.VITE_FUZZ_SEED ?? 1)

/** A form whose lines are joined by CRLF; the last part holds bytes of every kind and near boundaries. */
function form(boundary: string, names: readonly string[]): Uint8Array {
  const next = random(boundary.length)
  const binary = Array.from({ length: 300 }, () => String.fromCharCode(next(256))).join('')
  const contents = ['{"labels":{"a":"b"}}', `\r\n--${boundary.slice(0, -1)}\r\n-${binary}\r\n--`, '']
  const lines = names.flatMap((name, i) => [
    `--${boundary}`,
    `Content-Disposition: form-data; ${name}`,
    ...(i === 1 ? ['Content-Type: image/jpeg', 'X-More: a,\r\n folded'] : []),
    '',
    contents[i % 3]!,
  ])
  return Uint8Array.from([...lines, `--${boundary}--`, 'epilogue'].join('\r\n'), (c) => c.charCodeAt(0))
}

const FORMS: readonly (readonly [string, Uint8Array])[] = [
  ['XYZ', form('XYZ', ['name="metadata"', 'name="asset"; filename="a\\"b.jpg"'])],
  ['"----a b"', form('----a b', ['name=metadata', 'filename*=UTF-8\'\'%e2; name="asset"', 'name="x"'])],
  ['b', form('b', ['name="asset"'])],
]

interface Read {
  readonly outcome: string
  readonly parts: readonly { name: string; bytes: string }[]
}

/** Reads a form that comes in pieces of `piece` bytes, as a stream of bytes or of chunks. */
async function read(boundary: string, body: Uint8Array, piece: number, bytes: boolean): Promise<Read> {
  let at = 0
  const source = {
    ...(bytes && ({ type: 'bytes' } as object)),
    pull(
      controller: ReadableStreamDefaultController<Uint8Array> & {
        byobRequest?: { respond(n: number): void }
      },
    ) {
      if (at >= body.length) {
        controller.close()
        controller.byobRequest?.respond(0)
        return
      }
      controller.enqueue(body.slice(at, at + piece))
      at += piece
    },
  }
  const parts: { name: string; bytes: string }[] = []
  let open = false
  const handler = {
    begin(name: string) {
      expect(open, 'a part begins within another').toBe(false)
      open = true
      parts.push({ name, bytes: '' })
    },
    chunk(chunk: Uint8Array) {
      expect(open, 'bytes outside of a part').toBe(true)
      for (const byte of chunk) parts.at(-1)!.bytes += String.fromCharCode(byte)
    },
    end() {
      expect(open, 'a part ends twice').toBe(true)
      open = false
    },
  }
  try {
    await readMultipart(new ReadableStream(source), `multipart/form-data; boundary=${boundary}`, handler)
    expect(open, 'a part that never ends').toBe(false)
    return { outcome: 'form', parts }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    expect([error.status, error.code]).toEqual([400, 'invalid_multipart'])
    expect(error.message).toMatch(/^Expected /)
    // What came before the error may have been handed on in more or fewer pieces.
    return { outcome: error.message, parts: [] }
  }
}

it(`survives ${COUNT} mutations`, async () => {
  const outcomes: Record<string, number> = {}
  for (let i = 0; i < COUNT; i++) {
    const next = random(SEED * 1_000_003 + i)
    const [boundary, sound] = FORMS[next(FORMS.length)]!
    const body = mutateOften(sound, next, 160)
    const whole = await read(boundary, body, 65536, next(2) === 0)
    const cut = await read(boundary, body, 1 + next(40), next(2) === 0)
    expect(cut, `mutation ${i} of seed ${SEED}`).toEqual(whole)
    expect(whole.parts.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThanOrEqual(body.length)
    outcomes[whole.outcome] = (outcomes[whole.outcome] ?? 0) + 1
  }
  for (const outcome of [
    'form',
    'Expected a closing boundary at the end of the body',
    'Expected valid headers of every part',
    'Expected a Content-Disposition of form-data with a name in every part',
  ]) {
    expect(outcomes[outcome], outcome).toBeGreaterThan(COUNT / 200)
  }
}, 300_000)
