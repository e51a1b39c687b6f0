// The few things in an XMP packet that must agree with the picture (XMP specification parts 1 and 3).

const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true })

/**
 * A packet that no longer refers to extended XMP (part 3 §1.1.3.1), which is not carried along.
 * Spaces take its place, so that the packet's padding stays right.
 */
export function withoutExtension(packet: Uint8Array): Uint8Array {
  return replace(packet, /\sxmpNote:HasExtendedXMP\s*=\s*(["'])[0-9A-Fa-f]{0,64}\1/g, (found) =>
    ' '.repeat(found.length),
  )
}

/** A packet whose tiff:Orientation, as attribute or element, is `orientation`. */
export function setXmpOrientation(packet: Uint8Array, orientation: number): Uint8Array {
  return replace(
    packet,
    /(tiff:Orientation\s*(?:=\s*["']|>\s*))[1-8]/g,
    (_found, before: string) => before + orientation,
  )
}

function replace(
  packet: Uint8Array,
  pattern: RegExp,
  by: (found: string, ...groups: string[]) => string,
): Uint8Array {
  const text = decoder.decode(packet)
  const changed = text.replace(pattern, by)
  return changed === text ? packet : new TextEncoder().encode(changed)
}
