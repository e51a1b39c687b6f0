import { describe, expect, it } from 'vitest'
import { encodePath, parseAddress, rawPath, rawQuery } from '../../src/params/address'

describe('parseAddress', () => {
  it.each([
    ['/assets/users/123', 'users/123', null],
    ['/assets//users///123/', 'users/123', null],
    ['/assets/Users/Ärger%20x', 'Users/Ärger x', null],
    ['/assets/a%2Fb%2F%2Fc', 'a/b/c', null],
    ['/assets/a%252Fb', 'a%2Fb', null],
    ['/assets/a+b', 'a+b', null],
    ['/assets/a/-/Entry/0', 'a', ['Entry', '0']],
    ['/assets/a/-', 'a', []],
    ['/assets/a/-/', 'a', []],
    ['/assets/-a/b-/--', '-a/b-/--', null],
  ])('reads %s', (raw, path, selectors) => {
    expect(parseAddress(raw)).toEqual({ path, selectors })
  })

  it.each([
    ['/assets', 'at least one segment'],
    ['/assets/-/new', 'at least one segment'],
    ['/assets/a/./b', 'no segment'],
    ['/assets/a/../b', 'no segment'],
    ['/assets/a/%2e%2E/b', 'no segment'],
    ['/assets/a%2F..%2Fb', 'no segment'],
    ['/assets/a/%2D/b', 'no segment'],
    ['/assets/a/-/-', 'at most one'],
    ['/assets/a/-/link/-/new', 'at most one'],
    ['/assets/a%00b', 'control'],
    ['/assets/a%7F', 'control'],
    ['/assets/a%C2%85', 'control'],
    ['/assets/a%zz', 'percent-encoded'],
    ['/assets/%FF', 'percent-encoded'],
    [`/assets${'/a'.repeat(65)}`, '64 segments'],
    [`/assets/${'a'.repeat(1025)}`, '1024 bytes'],
    [`/assets/${'%C3%A4'.repeat(513)}`, '1024 bytes'],
  ])('refuses %s', (raw, message) => {
    expect(() => parseAddress(raw)).toThrow(message)
  })

  it('accepts 64 segments and 1,024 bytes', () => {
    expect(parseAddress(`/assets${'/a'.repeat(64)}`).path).toHaveLength(127)
    expect(parseAddress(`/assets/${'%C3%A4'.repeat(512)}`).path).toHaveLength(512)
  })
})

it('takes the raw path and query out of a URL', () => {
  expect(rawPath('http://h/a/../b?x=/y#z')).toBe('/a/../b')
  expect(rawPath('http://h?x')).toBe('/')
  expect(rawPath('http://h')).toBe('/')
  expect(rawPath('http://h/%2e%2e//a')).toBe('/%2e%2e//a')
  expect(rawQuery('http://h/a?x=1&y=?#z')).toBe('x=1&y=?')
  expect(rawQuery('http://h/a')).toBe('')
})

it('encodes each segment of a path', () => {
  expect(encodePath('a b/ä/100%/?')).toBe('a%20b/%C3%A4/100%25/%3F')
})
