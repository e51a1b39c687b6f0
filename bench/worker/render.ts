// The image layer alone, without HTTP semantics or storage: PUT /?id= keeps a picture, GET /?id=…&w=…
// renders it from a stream of 64 KB chunks, as R2 gives them.
import type { ByteSource } from '../../src/image/header'
import { DEFAULT_LIMITS } from '../../src/image/limits'
import { normalise } from '../../src/image/normalise'
import { probe } from '../../src/image/probe'
import { render } from '../../src/image/render'
import { parseQuery } from '../../src/params/query'
import { bodyOf } from '../../src/services/body'

const CHUNK = 65536
const pictures = new Map<string, Uint8Array>()

/** @param turns whether the event loop gets a turn at each chunk, as it does where R2 answers: then memory can be read */
function sourceOf(bytes: Uint8Array, turns: boolean): ByteSource {
  return {
    size: bytes.byteLength,
    async open(offset = 0) {
      let at = offset
      return new ReadableStream<Uint8Array>({
        async pull(controller) {
          if (turns) await scheduler.wait(0)
          if (at >= bytes.byteLength) return controller.close()
          // R2 hands over buffers of its own, so a chunk is a copy.
          controller.enqueue(bytes.slice(at, at + CHUNK))
          at += CHUNK
        },
      })
    },
  }
}

export default {
  async fetch(request) {
    const url = new URL(request.url)
    const id = url.searchParams.get('id') ?? ''
    url.searchParams.delete('id')
    const turns = url.searchParams.has('turns')
    url.searchParams.delete('turns')
    if (request.method === 'PUT') {
      pictures.set(id, new Uint8Array(await request.arrayBuffer()))
      return new Response(null, { status: 204 })
    }
    if (request.method === 'DELETE') {
      pictures.delete(id)
      return new Response(null, { status: 204 })
    }
    const bytes = pictures.get(id)
    if (!bytes) return new Response(`No picture ${id}`, { status: 404 })
    try {
      const { transformation } = parseQuery(url.search.slice(1), { outputSide: DEFAULT_LIMITS.outputSide })
      const header = probe(bytes)
      const rendered = await render(sourceOf(bytes, turns), header, normalise(transformation, header), {
        effort: 'interactive',
      })
      return new Response(bodyOf(rendered.pieces))
    } catch (error) {
      return new Response(String(error), { status: 400 })
    }
  },
} satisfies ExportedHandler
