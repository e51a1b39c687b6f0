// The form's parser, however the body is cut into chunks on its way.
import { describe, expect, it } from 'vitest'
import { readMultipart } from '../../src/services/multipart'
import { random } from '../support/rows'

const BOUNDARY = '----WebKitFormBoundary7MA4YWxk'
const ASSET = '0123456789\r\n01234\r\n--56789\r\n------WebKit\r456789'

function bodyOf(boundary: string, end = '\r\n'): Uint8Array {
  return new TextEncoder().encode(
    [
      `--${boundary}`,
      'Content-Disposition: form-data; name="metadata"',
      '',
      '{}',
      `--${boundary}`,
      'Content-Disposition: form-data; name="asset"; filename="a.jpg"',
      'Content-Type: image/jpeg',
      '',
      ASSET,
      `--${boundary}--`,
    ].join('\r\n') + end,
  )
}

/** The parts, where the body comes cut before each of `cuts`. */
async function parts(body: Uint8Array, cuts: readonly number[], boundary = `"${BOUNDARY}"`, type?: 'bytes') {
  const found: Record<string, string> = {}
  let part = ''
  const stream = new ReadableStream<Uint8Array>({
    // Bytes can be read into a buffer of the reader's, as a request's body is.
    ...(type && ({ type } as object)),
    start(controller: ReadableStreamDefaultController<Uint8Array>) {
      for (const [n, cut] of [...cuts, body.length].entries()) {
        const from = n === 0 ? 0 : cuts[n - 1]!
        if (cut > from) controller.enqueue(body.slice(from, cut))
      }
      controller.close()
    },
  })
  await readMultipart(stream, `multipart/form-data; boundary=${boundary}`, {
    begin: (name) => {
      part = name
      found[name] = ''
    },
    chunk: (bytes) => {
      found[part] += new TextDecoder().decode(bytes)
    },
    end: () => {
      found[part] += '.'
    },
  })
  return found
}

const WHOLE = { metadata: '{}.', asset: `${ASSET}.` }

describe('a form is read whole', () => {
  it.each(['\r\n', '', '\r\nepilogue'])('wherever it is cut in two, with %j at its end', async (end) => {
    const body = bodyOf(BOUNDARY, end)
    for (let cut = 1; cut < body.length; cut++) expect(await parts(body, [cut]), `at ${cut}`).toEqual(WHOLE)
  })

  it('byte by byte', async () => {
    const body = bodyOf(BOUNDARY)
    expect(await parts(body, [...body.keys()])).toEqual(WHOLE)
  })

  it('byte by byte, from a stream of bytes', async () => {
    const body = bodyOf(BOUNDARY)
    expect(await parts(body, [...body.keys()], undefined, 'bytes')).toEqual(WHOLE)
    expect(await parts(body, [50], undefined, 'bytes')).toEqual(WHOLE)
  })

  it('in chunks of any size, with boundaries of any length', async () => {
    const next = random(3)
    for (let run = 0; run < 500; run++) {
      const boundary = 'b'.repeat(1 + next(12))
      const body = bodyOf(boundary, run % 2 === 0 ? '\r\n' : '')
      const cuts: number[] = []
      for (let at = 0; at < body.length; at += 1 + next(40)) cuts.push(at)
      expect(await parts(body, cuts, boundary), `${boundary} ${cuts}`).toEqual(WHOLE)
    }
  })
})

it.each([0, 1, 2, 3, 4])('a form without its last %i bytes of boundary has no end', async (kept) => {
  const body = bodyOf(BOUNDARY, '')
  const cut = body.subarray(0, body.length - 6 + kept)
  const lost = expect.objectContaining({ status: 400, code: 'invalid_multipart' })
  await expect(parts(cut, [])).rejects.toThrow(lost)
})
