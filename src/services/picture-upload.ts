// A picture on its way in: its header is read from the first bytes, what the path or the limits
// refuse never reaches R2, and the rest goes on as it arrives.
import type { PathSettings } from '../config/settings'
import { AppError, badRequest } from '../errors'
import { FORMATS, type Format } from '../image/formats'
import type { ImageHeader } from '../image/header'
import { checkHeader } from '../image/limits'
import { makeProbe, sniff } from '../image/probe'
import type { Context } from './context'
import { translated } from './image-error'
import { ObjectWriter, type Written } from './object-writer'

/** A picture in R2 that only the ledger knows of. */
export interface StoredPicture {
  readonly object: Written
  readonly header: ImageHeader
}

export class PictureUpload {
  readonly #context: Context
  readonly #settings: PathSettings
  readonly #maxBytes: number
  readonly #probe = makeProbe()
  readonly #writer: ObjectWriter
  #format: Format | null = null
  #checked = false

  /**
   * @param settings of the path: its bucket and its allowed types
   * @param maxBytes one byte more stops the upload
   * @param expectedBytes what is known of the length
   */
  constructor(context: Context, settings: PathSettings, maxBytes: number, expectedBytes?: number) {
    this.#context = context
    this.#settings = settings
    this.#maxBytes = maxBytes
    this.#writer = new ObjectWriter(context, () => this.#target(), expectedBytes)
  }

  /** Takes the next bytes. Throws what a client can mend as AppError. */
  async write(chunk: Uint8Array): Promise<void> {
    if (this.#writer.size + chunk.length > this.#maxBytes) throw tooManyBytes(this.#maxBytes)
    if (!this.#probe.final) translated(() => this.#probe.push(chunk))
    if (!this.#checked && this.#probe.header !== null) {
      this.#check(this.#probe.header)
      this.#checked = true
      this.#writer.begin()
    }
    await this.#writer.write(chunk)
  }

  /** Says that all bytes were written. */
  async finish(): Promise<StoredPicture> {
    const header = translated(() => this.#probe.end())
    // Anew: frames are only counted by now.
    this.#check(header)
    return { header, object: await this.#writer.finish() }
  }

  /** Gives up what was written so far. Never throws. */
  abort(): Promise<void> {
    return this.#writer.abort()
  }

  #check(header: ImageHeader): void {
    this.#format = header.format
    checkType(header.format, this.#settings)
    translated(() => checkHeader(header, this.#context.config.limits))
  }

  /** Asked when R2 is first needed: by then the format is known, if not always the whole header. */
  #target() {
    const format = this.#format ?? sniff(this.#writer.head)
    if (format === null) throw new Error('the bytes were refused before they could need a key')
    checkType(format, this.#settings)
    const { extension, mime } = FORMATS[format]
    return { bucket: this.#settings.objectStore.bucket, extension, contentType: mime }
  }
}

function checkType(format: Format, { allowedContentTypes }: PathSettings): void {
  if (allowedContentTypes === null || allowedContentTypes.includes(format)) return
  const allowed = allowedContentTypes.map((name) => FORMATS[name].mime).join(', ')
  throw new AppError(
    403,
    'content_type_not_allowed',
    `Expected ${allowed === '' ? 'no picture at all' : `one of ${allowed}`} at this path but received ${FORMATS[format].mime}`,
  )
}

/** An asset over its size limit. */
export function tooManyBytes(maxBytes: number): AppError {
  return badRequest('asset_too_large', `Expected an asset of at most ${maxBytes} bytes but received more`)
}
