import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { findAsset } from '../../src/store/read'
import { isBookmark, openStore } from '../../src/store/store'
import { addAsset, store } from './support'

/** What `withSession` was called with. */
function startOf(
  ...options: Parameters<typeof openStore> extends [unknown, ...infer Rest] ? Rest : never
): string {
  let start = ''
  const d1 = {
    withSession(given: string) {
      start = given
      return env.DB.withSession(given)
    },
  } as unknown as D1Database
  openStore(d1, ...options)
  return start
}

it('reads from the primary unless told otherwise, and from a bookmark on', () => {
  const bookmark = '00000085-0000024c-00004c6d-8e61117bf38d7adb71b934ebbf891683'
  expect(startOf()).toBe('first-primary')
  expect(startOf('primary', bookmark)).toBe('first-primary')
  expect(startOf('nearest')).toBe('first-unconstrained')
  expect(startOf('nearest', bookmark)).toBe(bookmark)
})

it('gives the bookmark of a write, from which another session reads it', async () => {
  expect(openStore(env.DB).bookmark()).toBeNull()
  const written = await addAsset('bookmark')
  const bookmark = store.bookmark()
  expect(bookmark).not.toBeNull()
  expect(isBookmark(bookmark!)).toBe(true)
  const later = openStore(env.DB, 'nearest', bookmark!)
  expect(await findAsset(later, { path: 'bookmark' })).toEqual(written)
})

it('tells bookmarks from other text', () => {
  expect(isBookmark('00000085-0000024c-00004c6d-8e61117bf38d7adb71b934ebbf891683')).toBe(true)
  for (const text of ['', 'first-primary', 'x', '00000085-0000024c-00004c6d', `${'0'.repeat(60)}`]) {
    expect([text, isBookmark(text)]).toEqual([text, false])
  }
})
