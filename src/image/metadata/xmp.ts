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
  const own = rdfOf(main)
  const more = rdfOf(decoder.decode(extension))
  if (own === null || more === null) return new TextEncoder().encode(main)
  // Namespaces that only the extension declares on its rdf:RDF are declared on the main one's.
  const declared = new Set(namespaces(own.attributes).map(([, prefix]) => prefix))
  const missing = namespaces(more.attributes)
    .filter(([, prefix]) => !declared.has(prefix!))
    .map(([declaration]) => declaration)
    .join('')
  return new TextEncoder().encode(
    main.slice(0, own.open) + missing + main.slice(own.open, own.end) + more.inner + main.slice(own.end),
  )
}

/**
 * Where a packet's rdf:RDF is; null where it has none. Looked for step by step: one pattern for it all would
 * begin anew at each place that looks like a beginning, a second for every 10 KB of them.
 * @returns its attributes, what it holds, and the offsets where its first tag and its content end
 */
function rdfOf(packet: string): { attributes: string; inner: string; open: number; end: number } | null {
  const start = packet.search(/<rdf:RDF\b/)
  const open = start < 0 ? -1 : packet.indexOf('>', start)
  const end = packet.lastIndexOf('</rdf:RDF')
  if (open < 0 || end <= open) return null
  const attributes = packet.slice(start + '<rdf:RDF'.length, open)
  return { attributes, inner: packet.slice(open + 1, end), open, end }
}

const namespaces = (attributes: string) => [
  ...attributes.matchAll(/\sxmlns:([\w.-]+)\s*=\s*(?:"[^"]*"|'[^']*')/g),
]

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
