// The kinds of metadata that travel with a picture, and how much of each.

/** Each is absent where the picture has none. */
export interface Metadata {
  /** A TIFF block, without the `Exif\0\0` of JPEG. */
  readonly exif?: Uint8Array
  /** An XMP packet, UTF-8. */
  readonly xmp?: Uint8Array
  /** IPTC-IIM datasets, without the Photoshop resource around them. */
  readonly iptc?: Uint8Array
  /** An ICC profile. */
  readonly icc?: Uint8Array
}

/** Metadata while it is being read. */
export type Draft = { -readonly [Kind in keyof Metadata]: Metadata[Kind] }

/** Most bytes of each kind; what is larger is dropped. The largest CMYK profiles have some 3 MB. */
export const LIMITS = { exif: 1 << 20, xmp: 1 << 20, iptc: 1 << 18, icc: 1 << 22 } as const satisfies Record<
  keyof Metadata,
  number
>

/** Keeps a find that is not empty, within its limit, and the first of its kind. */
export function keep(found: Draft, kind: keyof Metadata, bytes: Uint8Array | null | undefined): void {
  if (bytes == null || bytes.length === 0 || bytes.length > LIMITS[kind] || found[kind] !== undefined) return
  // Not slice(): a Buffer's shares its memory.
  found[kind] = new Uint8Array(bytes)
}
