// Little CMS (npm lcms-wasm, patched by scripts/patch-codecs.mjs) for profiles with tables: CMYK, and
// RGB ones that have A2B. It is loaded when first needed; each job has an instance of its own, which
// goes with its memory.
import type { Engine } from '../engine'
import type { Bands } from '../rows'
import type { RowConverter } from './convert'

/** What is used of the Emscripten module. */
export interface Lcms {
  readonly HEAPU8: Uint8Array
  _malloc(bytes: number): number
  ccall(name: string, result: 'number' | null, types: 'number'[], values: number[]): number
}

/** Memory of an instance: 16 MB to begin with, and what transforms of large profiles take. */
export const LCMS_BYTES = 24 << 20

/** lcms2.h: colour spaces as they stand in pixel formats, and a flag. */
const PIXELS = { GRAY: 3, RGB: 4, CMYK: 6 } as const
const CHANNELS = { GRAY: 1, RGB: 3, CMYK: 4 } as const
const COPY_ALPHA = 0x04000000
const PERCEPTUAL = 0

/** A pixel format of lcms2.h: COLORSPACE_SH, EXTRA_SH, CHANNELS_SH, BYTES_SH. */
function pixelFormat(space: keyof typeof PIXELS, alpha: boolean, bytes: 1 | 2): number {
  return (PIXELS[space] << 16) | ((alpha ? 1 : 0) << 7) | (CHANNELS[space] << 3) | bytes
}

/** What is converted to what. */
export interface Conversion {
  readonly icc: Uint8Array
  readonly from: { readonly space: 'RGB' | 'CMYK'; readonly alpha: boolean; readonly depth: 8 | 16 }
  readonly target: Uint8Array
  readonly bands: Bands
  readonly width: number
}

/** A converter, or null where lcms can't use the profile. */
export async function openLcms(engine: Engine, conversion: Conversion): Promise<RowConverter | null> {
  const lcms = await instantiate()
  try {
    return convertBy(lcms, engine, conversion)
  } catch (error) {
    // A profile that makes lcms trap is as good as none; anything else is our own mistake.
    if (error instanceof WebAssembly.RuntimeError) return null
    throw error
  }
}

function convertBy(lcms: Lcms, engine: Engine, conversion: Conversion): RowConverter | null {
  const { icc, from, target, bands, width } = conversion
  const call = (name: string, ...values: number[]) => {
    const types = values.map(() => 'number' as const)
    return lcms.ccall(name, 'number', types, values)
  }
  const open = (bytes: Uint8Array): number => {
    const at = lcms._malloc(bytes.length)
    lcms.HEAPU8.set(bytes, at)
    return call('cmsOpenProfileFromMem', at, bytes.length)
  }
  const source = open(icc)
  const wanted = open(target)
  if (source === 0 || wanted === 0) return null
  const alpha = bands % 2 === 0
  const input = pixelFormat(from.space, from.alpha, from.depth === 16 ? 2 : 1)
  const output = pixelFormat(bands <= 2 ? 'GRAY' : 'RGB', alpha, 1)
  const flags = alpha ? COPY_ALPHA : 0
  const transform = call('cmsCreateTransform', source, input, wanted, output, PERCEPTUAL, flags)
  if (transform === 0) return null
  const line = (CHANNELS[from.space] + (from.alpha ? 1 : 0)) * (from.depth / 8)
  const before = lcms._malloc(width * line)
  const after = lcms._malloc(width * bands)
  return (at, to, pixels) => {
    lcms.HEAPU8.set(engine.bytes.subarray(at, at + pixels * line), before)
    call('cmsDoTransform', transform, before, after, pixels)
    engine.bytes.set(lcms.HEAPU8.subarray(after, after + pixels * bands), to)
  }
}

async function instantiate(): Promise<Lcms> {
  const [{ default: start }, { default: wasm }] = await Promise.all([
    import('../../../build/codecs/lcms.js'),
    import('../../../build/codecs/lcms.wasm'),
  ])
  return start({
    instantiateWasm(imports, done) {
      const instance = new WebAssembly.Instance(wasm, imports)
      done(instance)
      return instance.exports
    },
    print: () => {},
    // lcms complains on stderr before it fails; the failure itself is what counts.
    printErr: () => {},
  })
}
