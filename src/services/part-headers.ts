// The headers of one part of a form (RFC 7578 §4), read leniently: what real clients put into a file's
// name, raw UTF-8 or Latin-1 and backslashes among it, must not lose the part's own name.

/** More is no header of a form. */
const MAX_HEADER_BYTES = 16 * 1024

const CR = 13
const LF = 10
const BLANK = [CR, LF, CR, LF]

/** A name, a colon, and no control characters but a tab (RFC 9110 §5). */
const HEADER = /^[!#$%&'*+.^\w`|~-]+:[^\0-\x08\x0a-\x1f\x7f]*$/
const DISPOSITION = /^content-disposition[ \t]*:[ \t]*form-data[ \t]*(;.*)$/i

/** Gathers a part's headers, which may come in pieces. */
export class PartHeaders {
  #bytes = new Uint8Array(512)
  #length = 0

  /**
   * Takes the next bytes behind a boundary.
   * @returns the offset in `chunk` where the part's content begins; null where that is yet to come
   * @throws RangeError where the headers are too long
   */
  take(chunk: Uint8Array): number | null {
    for (const [at, byte] of chunk.entries()) {
      if (this.#length === MAX_HEADER_BYTES) {
        throw new RangeError(`headers of at most ${MAX_HEADER_BYTES} bytes in every part`)
      }
      if (this.#length === this.#bytes.length) this.#grow()
      this.#bytes[this.#length++] = byte
      if (byte === LF && this.#endsBlank()) return at + 1
    }
    return null
  }

  /** Whether what has come is the mark behind the last boundary: `--`. */
  get closing(): boolean {
    return this.#length >= 2 && this.#bytes[0] === 45 && this.#bytes[1] === 45
  }

  /** The part's name; null where no Content-Disposition of form-data gives one. Throws RangeError. */
  get name(): string | null {
    const text = new TextDecoder().decode(this.#bytes.subarray(0, this.#length))
    // Spaces may stand behind a boundary (RFC 2046 §5.1.1); a line that begins with one goes on.
    const lines = text
      .replace(/\r\n[ \t]+/g, ' ')
      .split('\r\n')
      .slice(1)
      .filter((line) => line !== '')
    if (!lines.every((line) => HEADER.test(line))) throw new RangeError('valid headers of every part')
    const [disposition] = lines.map((line) => DISPOSITION.exec(line)).filter((found) => found !== null)
    return disposition === undefined ? null : parameterOf(disposition[1]!, 'name')
  }

  #endsBlank(): boolean {
    return BLANK.every((byte, n) => this.#bytes[this.#length - 4 + n] === byte)
  }

  #grow(): void {
    const grown = new Uint8Array(MAX_HEADER_BYTES)
    grown.set(this.#bytes)
    this.#bytes = grown
  }
}

/** A parameter's value, quoted with escapes or not. An odd one behind it does not matter. */
function parameterOf(text: string, name: string): string | null {
  const parameters = /;[ \t]*([^=;\s]+)[ \t]*=[ \t]*(?:"((?:\\.|[^"\\])*)"|([^;\s]*))/g
  for (const [, found, quoted, plain] of text.matchAll(parameters)) {
    if (found!.toLowerCase() === name) return quoted?.replace(/\\(.)/g, '$1') ?? plain!
  }
  return null
}
