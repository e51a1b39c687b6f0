import { describe, expect, it } from 'vitest'
import { mergeDeep, PathTrie } from '../../src/config/trie'

function match(patterns: string[], path: string): string[] {
  const trie = new PathTrie<string>()
  for (const pattern of patterns) trie.add(pattern, pattern)
  return trie.match(path)
}

describe('PathTrie', () => {
  it.each([
    [['/**'], 'a/b', ['/**']],
    [['/**'], '', ['/**']],
    [['/'], 'a', ['/']],
    [['/users'], 'users/1/x', ['/users']],
    [['/users'], 'USERS', ['/users']],
    [['/Users'], 'users', ['/Users']],
    [['/users'], 'userspace', []],
    [['/users/*'], 'users', []],
    [['/users/*'], 'users/1/deep', ['/users/*']],
    [['/users/**'], 'users', ['/users/**']],
    [['/*/x'], 'a/x', ['/*/x']],
    [['/*/x'], 'a/b/x', []],
    [['/**/x'], 'a/b/x/y', ['/**/x']],
    [['/**/x'], 'x', ['/**/x']],
    [['/a/**/z'], 'a/z', ['/a/**/z']],
    [['/a/**/z'], 'a/b/c/z', ['/a/**/z']],
    [['/**/**/x'], 'b/x', ['/**/**/x']],
  ])('matches %j with %s', (patterns, path, wanted) => {
    expect(match(patterns, path)).toEqual(wanted)
  })

  it.each([
    [
      ['/a/b', '/a/*', '/a/**', '/a', '/*', '/**', '/*/b', '/**/b'],
      'a/b',
      ['/**', '/**/b', '/*', '/*/b', '/a', '/a/**', '/a/*', '/a/b'],
    ],
    [['/a/**/c', '/a/*/c'], 'a/b/c', ['/a/**/c', '/a/*/c']],
    [['/*/b/c', '/a/*'], 'a/b/c', ['/*/b/c', '/a/*']],
    [['/**/c', '/**/b'], 'b/c', ['/**/c', '/**/b']],
  ])('orders %j by specificity', (patterns, path, wanted) => {
    expect(match(patterns, path)).toEqual(wanted)
    if (!patterns.includes('/**/c')) expect(match([...patterns].reverse(), path)).toEqual(wanted)
  })

  it('refuses a pattern that differs only in case', () => {
    const trie = new PathTrie<number>()
    expect(trie.add('/a/*', 1)).toBe(true)
    expect(trie.add('/A/*/', 2)).toBe(false)
  })

  it('does the same work however many patterns there are', () => {
    const trie = new PathTrie<number>()
    for (let i = 0; i < 5000; i++) trie.add(`/tenants/${i}/**/x${i}`, i)
    let lookups = 0
    const get = Map.prototype.get
    Map.prototype.get = function (key) {
      lookups++
      return get.call(this, key)
    }
    try {
      expect(trie.match('tenants/4999/a/b/x4999')).toEqual([4999])
    } finally {
      Map.prototype.get = get
    }
    expect(lookups).toBeLessThan(20)
  })
})

it('merges objects deeply and replaces lists', () => {
  const base = { a: { b: 1, list: [1, 2] }, c: 'x', d: null as null | number }
  expect(mergeDeep(base, { a: { list: [3] }, d: 5 })).toEqual({ a: { b: 1, list: [3] }, c: 'x', d: 5 })
  expect(mergeDeep(base, { a: undefined })).toEqual(base)
  expect(base.a.list).toEqual([1, 2])
})
