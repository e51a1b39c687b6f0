import { expect, it } from 'vitest'
import { parseJson, parseMetadata, parseUpdate, parseUrlMetadata } from '../../src/params/metadata'

const many = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`k${i}`, 'v']))
const list = (n: number) => Array.from({ length: n }, (_, i) => `t${i}`)
// Two UTF-16 units each.
const smiles = (n: number) => '😀'.repeat(n)

it('takes what the limits allow, counted in code points', () => {
  for (const body of [
    {},
    { alt: '' },
    { alt: smiles(125), labels: { [smiles(128)]: smiles(256) }, tags: [smiles(256)] },
    { labels: many(50), tags: list(50) },
    { labels: { constructor: 'x', toString: 'y' }, tags: ['a', 'A'] },
  ]) {
    expect(parseMetadata(body)).toEqual(body)
    expect(parseUpdate(body)).toEqual(body)
    expect(parseUrlMetadata({ url: 'u', ...body })).toEqual({ url: 'u', ...body })
  }
})

it.each<[unknown, string]>([
  [[], 'Expected an object for metadata but received []'],
  [null, 'Expected an object for metadata but received null'],
  ['{}', 'Expected an object for metadata but received "{}"'],
  [{ alt: 5 }, 'Expected text of up to 125 characters for alt but received 5'],
  [{ alt: null }, 'Expected text of up to 125 characters for alt but received null'],
  [{ alt: smiles(126) }, `Expected text of up to 125 characters for alt but received "${smiles(39)}`],
  [{ alt: `a${smiles(126)}` }, `but received "a${smiles(38)}…`],
  [{ alt: 'a\ud800' }, 'Expected well-formed Unicode without NUL for alt but received'],
  [{ alt: 'a\0' }, 'Expected well-formed Unicode without NUL for alt but received'],
  [{ labels: [] }, 'Expected an object of texts for labels but received []'],
  [{ labels: { a: 1 } }, 'Expected text of 1–256 characters for labels.a but received 1'],
  [{ labels: { a: '' } }, 'Expected text of 1–256 characters for labels.a but received ""'],
  [{ labels: { '': 'a' } }, 'Expected text of 1–128 characters for the key of a label but received ""'],
  [
    { labels: { [smiles(129)]: 'a' } },
    'Expected text of 1–128 characters for the key of a label but received',
  ],
  [{ labels: many(51) }, 'Expected at most 50 labels for labels but received'],
  [JSON.parse('{"labels":{"__proto__":"x"}}'), 'Expected another key than __proto__ for labels but received'],
  [{ tags: 'a' }, 'Expected a list of texts for tags but received "a"'],
  [{ tags: ['a', ''] }, 'Expected text of 1–256 characters for tags.1 but received ""'],
  [{ tags: list(51) }, 'Expected at most 50 tags for tags but received'],
  [{ tags: ['a', 'b', 'a'] }, 'Expected distinct tags for tags but received ["a","b","a"]'],
  [{ title: 'x' }, 'Expected one of the fields alt, labels, tags for metadata but received "title"'],
])('refuses %j', (body, message) => {
  for (const parse of [parseMetadata, parseUpdate]) {
    expect(() => parse(body)).toThrow(
      expect.objectContaining({ status: 400, message: expect.stringContaining(message) }),
    )
  }
})

it('needs a url to download and refuses one to update', () => {
  expect(() => parseUrlMetadata({})).toThrow('Expected the http or https URL of a picture for url')
  expect(() => parseUrlMetadata({ url: 7 })).toThrow('Expected the http or https URL of a picture for url')
  expect(() => parseUrlMetadata({ url: 'u', x: 1 })).toThrow(
    'Expected one of the fields url, alt, labels, tags',
  )
  expect(() => parseMetadata({ url: 'u' })).toThrow('Expected one of the fields alt, labels, tags')
  expect(() => parseUpdate({ url: 'u' })).toThrow("content of an asset can't be changed")
})

it('names what is no JSON', () => {
  const bytes = (text: string) => new TextEncoder().encode(text)
  expect(parseJson(bytes('{"a":1}'), 'the body')).toEqual({ a: 1 })
  // A byte order mark may be ignored (RFC 8259 §8.1).
  expect(parseJson(bytes('\ufeff{}'), 'the body')).toEqual({})
  expect(() => parseJson(bytes('{'), 'the body')).toThrow(
    'Expected JSON in UTF-8 for the body but received "{"',
  )
  // "é" in Latin-1.
  expect(() => parseJson(new Uint8Array([0x22, 0xe9, 0x22]), 'the body')).toThrow('Expected JSON in UTF-8')
})
