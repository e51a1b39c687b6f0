// multipart/form-data as clients really send it (RFC 7578, RFC 2046 §5.1.1).
import { expect, it } from 'vitest'
import { readMultipart } from '../../src/services/multipart'

const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0))

/** Reads a body, sent in pieces cut at these places; each part with its content and `|` at its end. */
async function parts(
  body: string | Uint8Array,
  { cuts = [] as number[], type = 'multipart/form-data; boundary=edge' } = {},
): Promise<[string, string][]> {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  const pieces = [...cuts, bytes.length].map((to, n) => bytes.slice(cuts[n - 1] ?? 0, to))
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      let piece = pieces.shift()
      while (piece?.length === 0) piece = pieces.shift()
      if (piece === undefined) controller.close()
      else controller.enqueue(piece)
    },
  })
  const found: [string, string][] = []
  await readMultipart(stream, type, {
    begin: (name) => void found.push([name, '']),
    chunk(chunk) {
      found.at(-1)![1] += new TextDecoder('latin1').decode(chunk)
    },
    end() {
      found.at(-1)![1] += '|'
    },
  })
  return found
}

const form = `--edge\r\nContent-Disposition: form-data; name="asset"; filename="a.png"\r\nContent-Type: image/png\r
\r\nAB\r\nC-\r\n--edg\r\r\n--edge\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n{}\r\n--edge--`
const expected = [
  ['asset', 'AB\r\nC-\r\n--edg\r|'],
  ['metadata', '{}|'],
]

it('reads a form however it is cut, with or without an epilogue', async () => {
  for (const end of ['', '\r\n', '\r\nepilogue\r\n--edge\r\nmore']) {
    const whole = form + end
    for (let cut = 0; cut < whole.length; cut++) {
      expect(await parts(whole, { cuts: [cut] })).toEqual(expected)
    }
    for (const step of [1, 2, 3, 5, 7, 11]) {
      const cuts = Array.from({ length: Math.floor(whole.length / step) }, (_, n) => (n + 1) * step)
      expect(await parts(whole, { cuts })).toEqual(expected)
    }
  }
})

it.each([
  ['a preamble', `To whom it may concern\r\n${form}`],
  ['an empty line first', `\r\n${form}`],
  ['spaces behind a boundary', form.replaceAll('--edge\r\n', '--edge \t\r\n')],
  ['a quoted boundary', form, 'multipart/form-data; boundary="edge"'],
  ['more parameters', form, 'multipart/form-data; charset=utf-8; boundary=edge; x=y'],
  ['other case', form, 'Multipart/Form-Data; Boundary=edge'],
  ['an odd boundary', form.replaceAll('--edge', "--e:d g'e/"), `multipart/form-data; boundary="e:d g'e/"`],
])('reads a form with %s', async (_, body, type = 'multipart/form-data; boundary=edge') => {
  expect(await parts(body, { type })).toEqual(expected)
})

it.each([
  ['name="asset"; filename="写真.jpg"'],
  ['name="asset"; filename="📷.jpg"'],
  ['name="asset"; filename="a\\"b.jpg"'],
  ['name="asset"; filename="%22; name=%22x.jpg"'],
  ['name="asset"; filename="C:\\dir\\x.jpg"'],
  ['filename="name=\\"x\\"; name=y"; name="asset"'],
  ['name="asset"; filename="a;b\tc.jpg"'],
  ['name=asset; filename=a.jpg'],
  ['filename="a.jpg"; Name="asset";'],
  ['name="asset"; filename*=UTF-8\'\'%zz'],
  ['name="asset"\r\nContent-Transfer-Encoding: binary'],
  ['\r\n name="asset"'],
])('reads the name in form-data; %s', async (disposition) => {
  const body = `--edge\r\nContent-Disposition: form-data; ${disposition}\r\n\r\nX\r\n--edge--\r\n`
  expect(await parts(body)).toEqual([['asset', 'X|']])
  // Bytes that are no UTF-8.
  expect(await parts(latin1(body.replace(/[^\0-\x7f]/g, '\xe9')))).toEqual([['asset', 'X|']])
})

const one = (disposition: string) => `--edge\r\n${disposition}\r\n\r\nX\r\n--edge--`

it.each([
  ['line feeds alone', form.replaceAll('\r\n', '\n'), 'valid headers of every part'],
  ['nothing', '', 'a closing boundary at the end of the body'],
  ['an open end', form.slice(0, -2), 'a closing boundary at the end of the body'],
  ['half a boundary at the end', form.slice(0, -4), 'a closing boundary at the end of the body'],
  [
    'no name',
    one('Content-Disposition: form-data'),
    'a Content-Disposition of form-data with a name in every part',
  ],
  [
    'an attachment',
    one('Content-Disposition: attachment; name="asset"'),
    'a Content-Disposition of form-data',
  ],
  ['no disposition', one('Content-Type: image/png'), 'a Content-Disposition of form-data'],
  [
    'a line that is no header',
    one('Content-Disposition: form-data; name="asset"\r\nBad Header: x'),
    'valid headers',
  ],
  ['no headers', '--edge\r\n\r\nX\r\n--edge--', 'a Content-Disposition of form-data'],
  [
    'headers without an end',
    '--edge\r\nContent-Disposition: form-data; name="a"\r\n--edge--',
    'valid headers of every part',
  ],
  [
    'endless headers',
    one(`Content-Disposition: form-data; name="${'x'.repeat(16_384)}"`),
    'headers of at most 16384 bytes',
  ],
])('refuses %s', async (_, body, sentence) => {
  await expect(parts(body)).rejects.toMatchObject({
    status: 400,
    code: 'invalid_multipart',
    message: expect.stringContaining(sentence),
  })
})

it('knows an empty form and an empty part', async () => {
  expect(await parts('--edge--')).toEqual([])
  expect(await parts(one('Content-Disposition: form-data; name="asset"').replace('X', ''))).toEqual([
    ['asset', '|'],
  ])
})
