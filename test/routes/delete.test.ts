import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { makeClient, picture } from './support'

const client = makeClient()
const jpeg = await picture('jpeg')

async function entries(path: string): Promise<number[]> {
  const response = await client.get(`/assets/${path}/-/info?limit=-1`)
  return response.status === 404
    ? []
    : ((await response.json()) as { entryId: number }[]).map((a) => a.entryId)
}

async function fill(path: string, labels: Record<string, string>[] = [{}, {}, {}]): Promise<void> {
  for (const given of labels) await client.store(`/assets/${path}`, jpeg, { labels: given })
}

const remove = async (path: string) => (await client.fetch(`/assets/${path}`, { method: 'DELETE' })).status

it('removes an entry, and never gives its id again', async () => {
  await fill('one')
  expect(await remove('one/-/entry/2')).toBe(204)
  expect(await entries('one')).toEqual([1, 0])
  await client.store('/assets/one', jpeg)
  expect(await entries('one')).toEqual([3, 1, 0])
})

it('answers 204 where nothing is', async () => {
  expect(await remove('empty')).toBe(204)
  expect(await remove('empty/-/entry/5')).toBe(204)
  expect(await remove('empty/-/recursive')).toBe(204)
})

it('removes the first in an order, with a limit', async () => {
  await fill('order')
  await client.fetch('/assets/order/-/entry/0', {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json' },
    body: '{}',
  })
  await remove('order/-/modified')
  expect(await entries('order')).toEqual([2, 1])
  await remove('order')
  expect(await entries('order')).toEqual([1])
  await fill('order')
  await remove('order/-/new?limit=2')
  expect(await entries('order')).toEqual([3, 1])
  await remove('order?limit=-1')
  expect(await entries('order')).toEqual([])
})

it('removes what carries the labels', async () => {
  await fill('labels', [{ team: 'x' }, { team: 'y' }, { team: 'x', w: 'big' }])
  await remove('labels?limit=-1&team=x&label:w=big')
  expect(await entries('labels')).toEqual([1, 0])
  await remove('labels?limit=-1&team=x&label:team=y')
  expect(await entries('labels')).toEqual([1, 0])
  await remove('labels?team=x')
  expect(await entries('labels')).toEqual([1])
})

it('removes a subtree and its objects, and no neighbour', async () => {
  const paths = ['users/1', 'users/1/a', 'users/1/a/b', 'users/10', 'users/1!', 'users/1 x']
  for (const path of paths) await fill(path, [{ keep: path.includes('/a') ? 'yes' : 'no' }])
  const { variants } = await client.store('/assets/users/1', jpeg)
  await remove('users/1/-/recursive?keep=yes')
  expect(await entries('users/1/a')).toEqual([])
  expect(await entries('users/1')).toHaveLength(2)
  await remove('users/1/-/recursive')
  expect(await entries('users/1')).toEqual([])
  for (const path of ['users/10', 'users/1!', 'users/1 x'])
    expect(await entries(encodeURI(path))).toHaveLength(1)
  expect(await env.ASSETS.head(variants[0]!.storeKey)).toBeNull()
})
