// Emscripten modules declare 16 MB of memory at the start, and a Worker pays for all of it.
// Their malloc grows memory as needed, so the declaration can be cut to what static data and
// stack need. WebAssembly core specification §5.5 (sections), §5.4 (instructions).

const MEMORY = 5
const GLOBAL = 6
const PAGE = 65536

/** Reads an unsigned LEB128 number at `at`: [value, next offset]. */
function readLeb(bytes, at) {
  let value = 0
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++]
    value += (byte & 127) * 2 ** shift
    if (byte < 128) return [value, at]
  }
}

/** An unsigned LEB128 number as bytes. */
function leb(value) {
  const bytes = []
  do {
    bytes.push((value & 127) | (value > 127 ? 128 : 0))
    value >>>= 7
  } while (value > 0)
  return bytes
}

/** The start value of the first global, an i32.const: Emscripten's stack pointer, above all static data. */
function stackTop(bytes, at) {
  const [, first] = readLeb(bytes, at)
  if (bytes[first] !== 0x7f || bytes[first + 2] !== 0x41) throw new Error('expected an i32 stack pointer')
  return readLeb(bytes, first + 3)[0]
}

/** The module with its memory's least size cut to static data and stack, and one page of heap. */
export function shrinkMemory(bytes) {
  const sections = []
  let top = 0
  for (let at = 8; at < bytes.length; ) {
    const id = bytes[at]
    const [size, body] = readLeb(bytes, at + 1)
    if (id === GLOBAL) top = stackTop(bytes, body)
    sections.push({ id, start: at, body, end: body + size })
    at = body + size
  }
  if (top === 0) throw new Error('expected a global section')
  const parts = [bytes.subarray(0, 8)]
  for (const { id, start, body, end } of sections) {
    if (id !== MEMORY) {
      parts.push(bytes.subarray(start, end))
      continue
    }
    const [least, most] = readLeb(bytes, body + 2)
    const pages = Math.min(least, Math.ceil(top / PAGE) + 1)
    const content = [...bytes.subarray(body, body + 2), ...leb(pages), ...bytes.subarray(most, end)]
    parts.push(Buffer.from([MEMORY, ...leb(content.length), ...content]))
  }
  return Buffer.concat(parts)
}
