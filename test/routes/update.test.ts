// The page that the project began with (asset-updating.md), word for word: its request, its
// response. Only ids, keys and times are the run's own.
import { describe, expect, it } from 'vitest'
import { makeClient, picture } from './support'

const client = makeClient()

const REQUEST = `{
  "alt": "Profile Picture",
  "tags": ["headshot", "team"],
  "labels": {
    "department": "engineering"
  }
}`

/** The page's response; the original comes first, and both carry what the page left out. */
const RESPONSE = `{
  "class": "image",
  "alt": "Profile Picture",
  "entryId": 0,
  "labels": {
    "department": "engineering"
  },
  "tags": ["headshot", "team"],
  "source": "upload",
  "variants": [
    {
      "isOriginalVariant": false,
      "storeBucket": "assets",
      "storeKey": "b5050e94-0b05-471a-ae73-6cede8e077bd.webp",
      "attributes": {
        "height": 1752,
        "width": 2560,
        "format": "webp",
        "pageCount": 1,
        "loop": 0
      },
      "transformation": {
        "width": 2560,
        "height": 1752,
        "fit": "fit",
        "gravity": "center",
        "format": "webp",
        "rotate": "zero",
        "flip": "none",
        "filter": "none",
        "blur": 150,
        "quality": 80,
        "padding": {
          "amount": 0,
          "color": []
        }
      },
      "lqip": {}
    },
    {
      "isOriginalVariant": true,
      "storeBucket": "assets",
      "storeKey": "d1caa24e-daba-4398-9fef-68c8b275456b.webp",
      "attributes": {
        "height": 1752,
        "width": 2560,
        "format": "webp",
        "pageCount": 1,
        "loop": 0
      },
      "lqip": {}
    }
  ]
}`

interface Page {
  variants: { isOriginalVariant: boolean; storeKey: string; attributes: object; transformation?: object }[]
}

const put = (path: string, body: string) =>
  client.fetch(path, { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body })

describe('the page on updating', () => {
  it('is answered as it says', async () => {
    const before = await client.store('/assets/users/123', await picture('webp', 2560, 1752), {
      alt: 'old',
      tags: ['x'],
    })
    const blurred = await client.get('/assets/users/123/-/content?blur=150')
    expect(
      blurred.status,
      await blurred
        .clone()
        .text()
        .catch(() => ''),
    ).toBe(200)

    const response = await put('/assets/users/123/-/entry/0', REQUEST)
    expect(response.status).toBe(200)
    expect(response.headers.get('Content-Type')).toBe('application/json')
    const answer = (await response.json()) as Page & { createdAt: string; modifiedAt: string }

    const page = JSON.parse(RESPONSE) as Page
    // The original first; colour space and stripped metadata came after the page was written.
    page.variants.reverse()
    for (const variant of page.variants) {
      variant.storeKey = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.webp$/)
      variant.attributes = { ...variant.attributes, colorSpace: 'srgb' }
      if (variant.transformation) {
        variant.transformation = { ...variant.transformation, colorSpace: 'origin', metadata: { strip: [] } }
      }
    }
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/)
    expect(answer).toEqual({ ...page, createdAt: before.createdAt, modifiedAt: time })
    expect(answer.modifiedAt > before.modifiedAt).toBe(true)
    // Content and stored objects do not move.
    expect(answer.variants[0]!.storeKey).toBe(before.variants[0]!.storeKey)
    expect(await (await client.get('/assets/users/123/-/info')).json()).toEqual(answer)
  })

  it('erases what is left out', async () => {
    await client.store('/assets/erase', await picture('jpeg'), { alt: 'a', labels: { a: 'b' }, tags: ['c'] })
    const answer = (await (await put('/assets/erase/-/entry/0', '{}')).json()) as object
    expect(answer).toMatchObject({ labels: {}, tags: [] })
    expect(answer).not.toHaveProperty('alt')
    expect((await client.get('/assets/erase?a=b')).status).toBe(404)
  })

  it('changes the ETag, for a header carries the alt text', async () => {
    await client.store('/assets/etag', await picture('jpeg'), { alt: 'a' })
    const before = await client.get('/assets/etag/-/content')
    await put('/assets/etag/-/entry/0', '{"alt":"b"}')
    const after = await client.get('/assets/etag/-/content', { 'If-None-Match': before.headers.get('ETag')! })
    expect(after.status).toBe(200)
    expect(after.headers.get('K-Alt')).toBe('b')
  })

  it('gives a bookmark to read the own write by', async () => {
    const response = await put('/assets/etag/-/entry/0', '{"alt":"c"}')
    const bookmark = response.headers.get('K-Bookmark')!
    expect(bookmark).toMatch(/^[0-9a-f]{8}-/)
    const nearest = makeClient({ database: { reads: 'nearest' } })
    const read = await nearest.get('/assets/etag/-/content', { 'K-Bookmark': bookmark })
    expect(read.headers.get('K-Alt')).toBe('c')
  })
})
