// Real answers against the schemas that describe them (src/params/answers.ts).
import { expect, it } from 'vitest'
import { assetSchema, errorSchema, linkSchema } from '../../src/params/answers'
import { makeClient, picture } from './support'

const client = makeClient({ paths: { '/**': { image: { lqip: ['blurhash', 'thumbhash'] } } } })

it('describes an asset, with and without what may be absent', async () => {
  const bytes = await picture('jpeg')
  assetSchema.parse(await client.store('/assets/answers/bare', bytes))
  const about = { alt: 'A boat', labels: { kind: 'photo' }, tags: ['sea'] }
  assetSchema.parse(await client.store('/assets/answers/full', bytes, about))
  for (const query of ['w=2&format=webp&pad=1&pad-c=%23FF0000', 'w=2&format=png&r=90&f=v&strip=exif,xmp']) {
    expect((await client.get(`/assets/answers/full/-/content?${query}`)).status).toBe(200)
  }
  const asset = assetSchema.parse(await (await client.get('/assets/answers/full/-/info')).json())
  expect(asset.variants.map((variant) => variant.isOriginalVariant)).toEqual([true, false, false])
  expect(asset.variants[0]!.lqip.blurhash).toBeTypeOf('string')
})

it('describes a link and an error', async () => {
  await client.store('/assets/answers/link', await picture('jpeg'), { alt: 'A boat' })
  linkSchema.parse(await (await client.get('/assets/answers/link?w=2')).json())
  const refused = await client.get('/assets/answers/link/-/content?w=0')
  expect(refused.status).toBe(400)
  errorSchema.parse(await refused.json())
})
