// What scripts/patch-codecs.mjs writes to build/codecs/.
declare module '*/webp-decode.js' {
  const factory: import('./emscripten').CodecFactory<import('./emscripten').Decoder>
  export default factory
}
declare module '*/avif-decode.js' {
  const factory: import('./emscripten').CodecFactory<import('./emscripten').Decoder>
  export default factory
}
declare module '*/jxl-decode.js' {
  const factory: import('./emscripten').CodecFactory<import('./emscripten').Decoder>
  export default factory
}
declare module '*/webp-encode.js' {
  const factory: import('./emscripten').CodecFactory<import('./emscripten').Encoder>
  export default factory
}
declare module '*/avif-encode.js' {
  const factory: import('./emscripten').CodecFactory<import('./emscripten').Encoder>
  export default factory
}
declare module '*/jxl-encode.js' {
  const factory: import('./emscripten').CodecFactory<import('./emscripten').Encoder>
  export default factory
}
declare module '*/mozjpeg-encode.js' {
  const factory: import('./emscripten').CodecFactory<
    import('./emscripten').CodecModule & {
      encode(
        pixels: import('./emscripten').Wired,
        width: number,
        height: number,
        options: Record<string, number | boolean>,
      ): Uint8Array | null
    }
  >
  export default factory
}
