// Asset JSON that is written while it is read, where it is too much to be held.
import { variantPages } from '../store/list'
import type { AssetRecord } from '../store/records'
import type { Store } from '../store/store'
import { assetJson, variantsJson } from './asset-json'

/** Characters that are sent at once. */
const CHUNK = 65536

/** One asset whose variants are read page by page. */
export async function* recordJson(store: Store, record: AssetRecord): AsyncGenerator<string> {
  const { variants: _, createdAt, modifiedAt, ...before } = assetJson({ ...record, variants: [] })
  yield `${JSON.stringify(before).slice(0, -1)},"variants":[`
  const [original] = record.variants
  let given = 0
  for await (const rows of variantPages(store, record.id)) {
    if (given > 0) yield ','
    yield JSON.stringify(variantsJson(rows, original ?? rows[0])).slice(1, -1)
    given += rows.length
  }
  yield `],${JSON.stringify({ createdAt, modifiedAt }).slice(1)}`
}

/** Text as it is asked for, in chunks of some size. */
export function encodedStream(parts: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      let text = ''
      while (text.length < CHUNK) {
        const { done, value } = await parts.next()
        if (done) {
          if (text !== '') controller.enqueue(encoder.encode(text))
          return controller.close()
        }
        text += value
      }
      controller.enqueue(encoder.encode(text))
    },
    async cancel() {
      await parts.return(undefined)
    },
  })
}
