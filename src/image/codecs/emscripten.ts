// Runs the npm codecs, which are Emscripten modules with embind (patched by
// scripts/patch-codecs.mjs). Their pixels are taken where they lie in the codec's memory.
import { ImageError } from '../error'
import { FORMATS, type Format } from '../formats'

/** What the patched glue's factory gives: the codec's exports beside these. */
export interface CodecModule {
  readonly HEAPU8: Uint8Array
  malloc(bytes: number): number
  free(pointer: number): void
}

/** The default export of build/codecs/*.js. */
export type CodecFactory<M> = (options: {
  instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void): unknown
  globals?: Record<string, unknown>
  print?(line: string): void
  printErr?(line: string): void
}) => Promise<M>

export interface Decoder extends CodecModule {
  /** Gives nothing (null or a message) where it fails; see held.ts for where pixels go. */
  decode(file: Wired, bitDepth?: number): unknown
}

export interface Encoder extends CodecModule {
  /** The file; null or a message where it fails. */
  encode(
    rgba: Wired,
    width: number,
    height: number,
    options: Record<string, number | boolean>,
  ): Uint8Array | string | null
}

/** Bytes that already lie in a codec's memory, laid out as embind's std::string. */
export interface Wired {
  readonly wired: number
}

const ignore = (): void => {}

/**
 * A fresh instance of a codec.
 * @param globals what C++ finds when it asks for a JavaScript global
 */
export async function instantiate<M>(
  factory: CodecFactory<M>,
  wasm: WebAssembly.Module,
  globals: Record<string, unknown> = {},
): Promise<M> {
  return factory({
    instantiateWasm(imports, done) {
      const instance = new WebAssembly.Instance(wasm, imports)
      done(instance)
      return instance.exports
    },
    globals,
    // Codecs complain on stderr before they fail; the failure itself is what we report.
    print: ignore,
    printErr: ignore,
  })
}

/** Reserves a std::string of `length` bytes; `at` is where its bytes go. */
export function reserveString(codec: CodecModule, length: number): Wired & { readonly at: number } {
  const wired = codec.malloc(length + 5)
  if (wired === 0) throw new ImageError('too-large', 'The codec has no memory left for the picture')
  new DataView(codec.HEAPU8.buffer).setUint32(wired, length, true)
  return { wired, at: wired + 4 }
}

/** Runs a codec and turns whatever it throws (strings, numbers, traps) into an ImageError. */
export function guarded<T>(format: Format, doing: 'decoded' | 'encoded', run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof ImageError) throw error
    throw codecFailure(format, doing, error)
  }
}

/** The ImageError of a codec's failure: a trap for want of memory is `too-large`, else `corrupt`. */
export function codecFailure(format: Format, doing: 'decoded' | 'encoded', cause?: unknown): ImageError {
  const name = FORMATS[format].extension.slice(1).toUpperCase()
  const memory = cause instanceof RangeError || /memory|alloc/i.test(String(cause))
  return memory
    ? new ImageError('too-large', `The ${name} picture is too large to be ${doing} here`, undefined, {
        cause,
      })
    : new ImageError('corrupt', `The ${name} picture can't be ${doing}`, undefined, { cause })
}
