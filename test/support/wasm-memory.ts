// What npm codecs take: every WebAssembly memory that is made while `job` runs, but the engine's, which
// counts by itself (other modules of ours don't). Memories are counted at their final size and all together, whether or not the garbage
// collector has taken some meanwhile.
import { JOINED_BYTES } from '../../src/image/encoded-file'
import type { Format } from '../../src/image/formats'

/** Runs `job` and counts the bytes of the memories of instances made in it. One job at a time. */
export async function memoriesOf<T>(job: () => Promise<T>): Promise<{ bytes: number; result: T }> {
  const Original = WebAssembly.Instance
  const memories = new Set<WebAssembly.Memory>()
  const collect = (values: object): void => {
    for (const value of Object.values(values)) if (value instanceof WebAssembly.Memory) memories.add(value)
  }
  WebAssembly.Instance = new Proxy(Original, {
    construct(target, [module, imports]: [WebAssembly.Module, WebAssembly.Imports?]) {
      const instance = new target(module, imports)
      if (!('frameDropAlpha' in instance.exports)) collect(instance.exports)
      for (const part of Object.values(imports ?? {})) collect(part)
      return instance
    },
  })
  try {
    const result = await job()
    let bytes = 0
    for (const memory of memories) bytes += memory.buffer.byteLength
    return { bytes, result }
  } finally {
    WebAssembly.Instance = Original
  }
}

/** Formats whose engine leaves large files in pieces. */
const IN_PIECES: readonly Format[] = ['png', 'jpg']

/** What a file takes: twice its bytes while metadata go in, or its chunks are joined, unless it stays in pieces. */
export function heldOf(format: Format, { length }: Uint8Array): number {
  return IN_PIECES.includes(format)
    ? length > JOINED_BYTES
      ? length + JOINED_BYTES
      : 3 * length
    : 2 * length
}
