// Little CMS (npm lcms-wasm) for profiles with tables: CMYK, and RGB or grey ones that have A2B. It is loaded
// when first needed; each job has an instance of its own, which goes with its memory.
import type { Engine } from '../engine'
import type { Bands } from '../rows'
import type { RowConverter } from './convert'

/** What is used of the Emscripten module. */
interface Lcms {
  readonly HEAPU8: Uint8Array
  _malloc(bytes: number): number
  ccall(name: string, result: 'number' | null, types: 'number'[], values: number[]): number
}

/** Memory of an instance: 16 MB to begin with, and what transforms of large profiles take. */
export const LCMS_BYTES = 24 << 20

/** lcms2.h: colour spaces as they stand in pixel formats, and a flag. */
const PIXELS = { GRAY: 3, RGB: 4, CMYK: 6 } as const
const COPY_ALPHA = 0x04000000
const PERCEPTUAL = 0

/** A pixel format of lcms2.h: COLORSPACE_SH, EXTRA_SH, CHANNELS_SH, BYTES_SH. */
function pixelFormat(space: keyof typeof PIXELS, alpha: boolean, bytes: 1 | 2): number {
  const channels = { GRAY: 1, RGB: 3, CMYK: 4 }[space]
  return (PIXELS[space] << 16) | ((alpha ? 1 : 0) << 7) | (channels << 3) | bytes
}

/** What is converted to what. */
export interface Conversion {
  readonly icc: Uint8Array
  readonly from: { readonly space: 'GRAY' | 'RGB' | 'CMYK'; readonly alpha: boolean; readonly depth: 8 | 16 }
  readonly target: Uint8Array
  readonly bands: Bands
  readonly width: number
}

/** A converter, or null where lcms can't use the profile. */
export async function openLcms(engine: Engine, conversion: Conversion): Promise<RowConverter | null> {
  const { icc, from, target, bands, width } = conversion
  const lcms = await instantiate()
  const call = (name: string, ...values: number[]) =>
    lcms.ccall(
      name,
      'number',
      values.map(() => 'number' as const),
      values,
    )
  const copied = (bytes: Uint8Array): number => {
    const at = lcms._malloc(bytes.length)
    lcms.HEAPU8.set(bytes, at)
    return at
  }
  const source = call('cmsOpenProfileFromMem', copied(icc), icc.length)
  const wanted = call('cmsOpenProfileFromMem', copied(target), target.length)
  if (source === 0 || wanted === 0) return null
  const alpha = bands % 2 === 0
  const transform = call(
    'cmsCreateTransform',
    source,
    pixelFormat(from.space, from.alpha && alpha, from.depth === 16 ? 2 : 1),
    wanted,
    pixelFormat(bands <= 2 ? 'GRAY' : 'RGB', alpha, 1),
    PERCEPTUAL,
    alpha ? COPY_ALPHA : 0,
  )
  if (transform === 0) return null
  const channels = { GRAY: 1, RGB: 3, CMYK: 4 }[from.space] + (from.alpha ? 1 : 0)
  const line = channels * (from.depth / 8)
  const input = lcms._malloc(width * line)
  const output = lcms._malloc(width * bands)
  return (at, to, pixels) => {
    lcms.HEAPU8.set(engine.bytes.subarray(at, at + pixels * line), input)
    lcms.ccall(
      'cmsDoTransform',
      null,
      ['number', 'number', 'number', 'number'],
      [transform, input, output, pixels],
    )
    engine.bytes.set(lcms.HEAPU8.subarray(output, output + pixels * bands), to)
  }
}

async function instantiate(): Promise<Lcms> {
  const [{ instantiate: start }, { default: wasm }] = await Promise.all([
    import('lcms-wasm'),
    import('lcms-wasm/dist/lcms.wasm'),
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
  }) as unknown as Promise<Lcms>
}
