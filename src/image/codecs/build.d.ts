// What scripts/patch-codecs.mjs writes to build/codecs/.
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
declare module '*/heic-decode.js' {
  /** libheif's and libde265's C functions; 64-bit arguments are two of 32 bits, low first. */
  interface Libheif {
    readonly HEAPU8: Uint8Array
    _malloc(bytes: number): number
    _free(pointer: number): void
    _de265_new_decoder(): number
    _de265_free_decoder(decoder: number): number
    _de265_push_NAL(
      decoder: number,
      data: number,
      length: number,
      ptsLow: number,
      ptsHigh: number,
      user: number,
    ): number
    _de265_flush_data(decoder: number): number
    _de265_decode(decoder: number, more: number): number
    _de265_get_next_picture(decoder: number): number
    _de265_get_chroma_format(image: number): number
    _de265_get_image_width(image: number, channel: number): number
    _de265_get_image_height(image: number, channel: number): number
    _de265_get_bits_per_pixel(image: number, channel: number): number
    _de265_get_image_plane(image: number, channel: number, stride: number): number
    _de265_get_image_matrix_coefficients(image: number): number
    _de265_get_image_full_range_flag(image: number): number
  }
  const factory: (options: Parameters<import('./emscripten').CodecFactory<never>>[0]) => Promise<Libheif>
  export default factory
}
declare module '*/av1-frame.js' {
  /** dav1d's functions as ogv.js names them. */
  interface Dav1d {
    readonly HEAPU8: Uint8Array
    _malloc(bytes: number): number
    _free(pointer: number): void
    _ogv_video_decoder_init(): void
    /** Decodes one temporal unit; 1 where a picture came out, of which `onFrame` has been told. */
    _ogv_video_decoder_process_frame(data: number, length: number): number
  }
  type Options = Parameters<import('./emscripten').CodecFactory<never>>[0] & {
    /** Gets the planes of a frame: their addresses, bytes from a row to the next, and luma's size. */
    onFrame(pointers: number[], strides: number[], width: number, height: number): void
  }
  const factory: (options: Options) => Promise<Dav1d>
  export default factory
}
