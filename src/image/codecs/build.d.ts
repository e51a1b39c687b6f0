// What scripts/patch-codecs.mjs writes to build/codecs/.
declare module '*/webp-decode.js' {
  const factory: import('./emscripten').CodecFactory<
    import('./emscripten').CodecModule & { decode(file: import('./emscripten').Wired): unknown }
  >
  export default factory
}
declare module '*/webp-encode.js' {
  const factory: import('./emscripten').CodecFactory<
    import('./emscripten').CodecModule & {
      encode(
        pixels: import('./emscripten').Wired,
        width: number,
        height: number,
        options: Record<string, number>,
      ): Uint8Array | null
    }
  >
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
