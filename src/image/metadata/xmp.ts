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

/**
 * A packet with the properties of extended XMP (part 3 §1.1.3.1), which is a packet of its own: its descriptions
 * join those of the main one. The main one as it is where either has no rdf:RDF.
 */
export function withExtended(packet: Uint8Array, extension: Uint8Array): Uint8Array {
  const main = decoder.decode(withoutExtension(packet))
  const [, attributes = '', inner] =
    /<rdf:RDF\b([^>]*)>([\s\S]*)<\/rdf:RDF\s*>/.exec(decoder.decode(extension)) ?? []
  const end = main.lastIndexOf('</rdf:RDF')
  const start = /<rdf:RDF\b[^>]*/.exec(main)
  if (inner === undefined || end < 0 || start === null) return new TextEncoder().encode(main)
  // Namespaces that only the extension declares on its rdf:RDF are declared on the main one's.
  const missing = [...attributes.matchAll(/\sxmlns:([\w.-]+)\s*=\s*(?:"[^"]*"|'[^']*')/g)]
    .filter(([, prefix]) => !start[0].includes(`xmlns:${prefix}`))
    .map(([declaration]) => declaration)
    .join('')
  const after = start.index + start[0].length
  return new TextEncoder().encode(
    main.slice(0, after) + missing + main.slice(after, end) + inner + main.slice(end),
  )
}

/** A main packet that says nothing but where the rest is. */
export function referringTo(guid: string): Uint8Array {
  return new TextEncoder().encode(
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' +
      '<rdf:Description rdf:about="" xmlns:xmpNote="http://ns.adobe.com/xmp/note/" ' +
      `xmpNote:HasExtendedXMP="${guid}"/></rdf:RDF></x:xmpmeta>`,
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
