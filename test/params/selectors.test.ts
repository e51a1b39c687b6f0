import { describe, expect, it } from 'vitest'
import {
  parseDeleteSelectors,
  parseFetchSelectors,
  parseUpdateSelectors,
  refuseSelectors,
} from '../../src/params/selectors'

const split = (text: string) => text.split('/').filter((part) => part !== '')

describe('fetch selectors', () => {
  it.each([
    ['', { selection: { order: 'new' }, format: 'link' }],
    ['new', { selection: { order: 'new' }, format: 'link' }],
    ['MODIFIED', { selection: { order: 'modified' }, format: 'link' }],
    ['entry/7', { selection: { entryId: 7 }, format: 'link' }],
    ['Entry/0/Content', { selection: { entryId: 0 }, format: 'content' }],
    ['modified/info', { selection: { order: 'modified' }, format: 'info' }],
    ['metadata', { selection: { order: 'new' }, format: 'info' }],
    ['download', { selection: { order: 'new' }, format: 'download' }],
    ['new/redirect', { selection: { order: 'new' }, format: 'redirect' }],
  ])('reads "%s"', (text, wanted) => {
    expect(parseFetchSelectors(split(text))).toEqual(wanted)
  })

  it.each([
    ['newest', 'the unknown selector "newest"'],
    ['content/new', 'the misplaced selector "new"'],
    ['link/entry/0', 'the misplaced selector "entry"'],
    ['new/modified', 'the misplaced selector "modified"'],
    ['new/entry/0', '"new" and "entry"'],
    ['entry/0/modified', 'the misplaced selector "modified"'],
    ['entry', 'an integer from 0 after the selector entry'],
    ['entry/content', '"content"'],
    ['entry/-1', '"-1"'],
    ['entry/1.5', '"1.5"'],
    ['content/x', 'the unknown selector "x"'],
    ['recursive', 'the misplaced selector "recursive"'],
    ['link/content', 'the misplaced selector "content"'],
  ])('refuses "%s", naming the selector', (text, message) => {
    expect(() => parseFetchSelectors(split(text))).toThrow(message)
  })
})

describe('update selectors', () => {
  it('reads exactly an entry', () => {
    expect(parseUpdateSelectors(['ENTRY', '12'])).toBe(12)
  })

  it.each([
    [null, 'received none'],
    [[], 'received none'],
    [['new'], '"new"'],
    [['entry'], 'received none'],
    [['entry', 'x'], '"x"'],
    [['entry', '0', 'info'], 'the misplaced selector "info"'],
  ])('refuses %j', (selectors, message) => {
    expect(() => parseUpdateSelectors(selectors)).toThrow(message)
  })
})

describe('delete selectors', () => {
  it.each([
    ['', { order: 'new' }],
    ['modified', { order: 'modified' }],
    ['entry/3', { entryId: 3 }],
    ['Recursive', { recursive: true }],
  ])('reads "%s"', (text, wanted) => {
    expect(parseDeleteSelectors(split(text))).toEqual(wanted)
  })

  it.each([
    ['entry/3/new', '"new"'],
    ['new/entry/3', '"new" and "entry"'],
    ['entry/3/recursive', '"recursive"'],
    ['recursive/new', '"new"'],
    ['entry/-3', '"-3"'],
    ['content', '"content"'],
    ['new/link', '"link"'],
  ])('refuses "%s"', (text, message) => {
    expect(() => parseDeleteSelectors(split(text))).toThrow(message)
  })
})

it('refuses any selector of a store', () => {
  expect(() => refuseSelectors(null)).not.toThrow()
  expect(() => refuseSelectors([])).toThrow('no selectors')
  expect(() => refuseSelectors(['new'])).toThrow('"new"')
})
