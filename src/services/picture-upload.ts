// A picture on its way in: its header is read from the first bytes, what the path or the limits
// refuse never reaches R2, and the rest goes on as it arrives. Where the header comes late, all
// before it is held; frames alone are counted while an animation already goes on.
import type { PathSettings } from '../config/settings'
import { AppError, badRequest } from '../errors'
import { FORMATS, type Format } from '../image/formats'
import type { ImageHeader } from '../image/header'
import { checkHeader } from '../image/limits'
import { makeProbe } from '../image/probe'
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
  #header: ImageHeader | null = null

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
    if (!this.#probe.final) {
      translated(() => this.#probe.push(chunk))
      // Anew with each chunk: frames are counted as they come.
      if (this.#probe.header !== null) this.#check(this.#probe.header)
    }
    if (this.#header !== null) this.#writer.begin()
    else if (this.#writer.size + chunk.length > this.#headerBytes) throw lateHeader(this.#headerBytes)
    await this.#writer.write(chunk)
  }

  /** Says that all bytes were written. */
  async finish(): Promise<StoredPicture> {
    const header = translated(() => this.#probe.end())
    this.#check(header)
    return { header, object: await this.#writer.finish() }
  }

  /** Gives up what was written so far. Never throws. */
  abort(): Promise<void> {
    return this.#writer.abort()
  }

  #check(header: ImageHeader): void {
    checkType(header.format, this.#settings)
    translated(() => checkHeader(header, this.#context.config.limits))
    this.#header = header
  }

  /** Asked when R2 is first needed, which is never before the header was checked. */
  #target() {
    if (this.#header === null) throw new Error('no byte goes to R2 before the header is known')
    const { extension, mime } = FORMATS[this.#header.format]
    return { bucket: this.#settings.objectStore.bucket, extension, contentType: mime }
  }

  get #headerBytes(): number {
    return this.#context.config.limits.headerBytes
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

function lateHeader(bytes: number): AppError {
  return badRequest(
    'image_unsupported',
    `Expected the picture's header within the first ${bytes} bytes but received none`,
  )
}

/** An asset over its size limit. */
export function tooManyBytes(maxBytes: number): AppError {
  return badRequest('asset_too_large', `Expected an asset of at most ${maxBytes} bytes but received more`)
}
