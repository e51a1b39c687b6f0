// A single byte range (RFC 9110 §14). Several ranges, other units and what can't be read are
// ignored, as the RFC allows: the answer is then whole.

export interface ByteRange {
  readonly offset: number
  readonly length: number
}

/** The range of a representation of `size` bytes; `unsatisfiable` for a 416; null for none. */
export function parseRange(header: string | null, size: number): ByteRange | 'unsatisfiable' | null {
  const given = /^bytes=\s*(\d*)-(\d*)\s*$/i.exec(header ?? '')
  if (!given) return null
  const [, first = '', last = ''] = given
  if (first === '') {
    if (last === '') return null
    const length = Math.min(Number(last), size)
    return length === 0 ? 'unsatisfiable' : { offset: size - length, length }
  }
  const offset = Number(first)
  if (last !== '' && Number(last) < offset) return null
  if (offset >= size) return 'unsatisfiable'
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  return { offset, length: end - offset + 1 }
}

/** `bytes 0-99/1234` */
export function contentRange({ offset, length }: ByteRange, size: number): string {
  return `bytes ${offset}-${offset + length - 1}/${size}`
}
