// Writes one object to R2 as its bytes arrive, in constant memory, under a row of the ledger.
// R2 needs lengths in advance, so bytes are gathered into one buffer: an object that fits it is put
// whole, a longer one goes as a multipart upload of equal parts. Until `begin` nothing goes to R2:
// full parts are held then, as far as the isolate has room for them.
import { AppError, badRequest } from '../errors'
import { makeKey } from '../store/objects'
import { abandonUpload, beginUpload, noteMultipart } from '../store/uploads'
import type { Context } from './context'
import { holdPart, letGo } from './held-parts'
import { drainBehind } from './outbox'

/** R2's smallest part, and so the least memory an upload can do with. */
export const PART_BYTES = 5 * 1024 * 1024

/** An upload that takes longer is stopped, well before the sweep takes it for a dead one. */
export const LONGEST_UPLOAD_MS = 45 * 60_000

const NOTHING = new Uint8Array(0)

/** Where an object goes: known when the first byte has to leave. */
export interface Target {
  readonly bucket: string
  /** With its dot. */
  readonly extension: string
  readonly contentType: string
}

/** An object in R2 that no row names yet, but for the ledger's. */
export interface Written {
  readonly bucket: string
  readonly key: string
  readonly size: number
  readonly etag: string
}

interface Place extends Target {
  readonly key: string
  readonly entered: Promise<void>
}

export class ObjectWriter {
  readonly #context: Context
  readonly #target: () => Target
  readonly #started: number
  #place: Place | null = null
  #buffer: Uint8Array
  #filled = 0
  #size = 0
  /** Full parts that wait for `begin`. */
  #held: Uint8Array[] = []
  #upload: R2MultipartUpload | null = null
  readonly #parts: R2UploadedPart[] = []

  /**
   * @param target asked once, at `begin` or, where that never came, at `finish`
   * @param expectedBytes what is known of the length, so that the buffer need not grow
   */
  constructor(context: Context, target: () => Target, expectedBytes = 64 * 1024) {
    this.#context = context
    this.#target = target
    this.#started = context.now()
    this.#buffer = new Uint8Array(Math.min(PART_BYTES, Math.max(expectedBytes, 1024)))
  }

  /** Bytes taken so far. */
  get size(): number {
    return this.#size
  }

  /** Lets bytes go to R2 from now on: enters the object in the ledger while they still arrive. Safe to repeat. */
  begin(): Place {
    if (this.#place !== null) return this.#place
    const target = this.#target()
    const key = makeKey(target.extension)
    const entered = beginUpload(this.#context.store, target.bucket, key, this.#context.now())
    // It is awaited before R2 is touched; a failure until then must not count as unhandled.
    entered.catch(() => {})
    return (this.#place = { ...target, key, entered })
  }

  /** Takes the next bytes; resolves when they are buffered or in R2. */
  async write(chunk: Uint8Array): Promise<void> {
    this.#size += chunk.length
    for (let rest = chunk; rest.length > 0; ) {
      const taken = Math.min(rest.length, PART_BYTES - this.#filled)
      this.#reserve(this.#filled + taken)
      this.#buffer.set(rest.subarray(0, taken), this.#filled)
      this.#filled += taken
      rest = rest.subarray(taken)
      if (this.#filled < PART_BYTES || rest.length === 0) continue
      if (this.#place !== null) {
        await this.#sendParts()
        continue
      }
      holdPart()
      this.#held.push(this.#buffer)
      this.#buffer = new Uint8Array(PART_BYTES)
      this.#filled = 0
    }
  }

  /** Writes what is left. The object is then whole in R2, and only the ledger knows of it. */
  async finish(): Promise<Written> {
    const { bucket, key, contentType, entered } = this.begin()
    const { size } = this
    if (this.#upload !== null || this.#held.length > 0) {
      const upload = await this.#sendParts()
      this.#buffer = NOTHING
      const { etag } = await upload.complete(this.#parts)
      return { bucket, key, size, etag }
    }
    await entered
    const bytes = this.#buffer.subarray(0, this.#filled)
    // What comes after the upload needs the room.
    this.#buffer = NOTHING
    const object = await this.#context.buckets(bucket).put(key, bytes, { httpMetadata: { contentType } })
    return { bucket, key, size, etag: object.etag }
  }

  /**
   * Gives the object up: from the ledger to the outbox, then R2. Never throws: it runs while another
   * error is on its way, and what it leaves undone the sweep does.
   */
  async abort(): Promise<void> {
    letGo(this.#held.length)
    this.#held = []
    if (this.#place === null) return
    await giveUp(this.#context, this.#place.key, this.#place.entered)
  }

  /** Sends the parts that were held, oldest first, and what is in the buffer. */
  async #sendParts(): Promise<R2MultipartUpload> {
    const { entered } = this.begin()
    await entered
    const upload = (this.#upload ??= await this.#createUpload())
    for (let part = this.#held[0]; part !== undefined; part = this.#held[0]) {
      await this.#sendPart(upload, part)
      this.#held.shift()
      letGo(1)
    }
    await this.#sendPart(upload, this.#buffer.subarray(0, this.#filled))
    this.#filled = 0
    return upload
  }

  async #createUpload(): Promise<R2MultipartUpload> {
    const { bucket, key, contentType } = this.begin()
    const options = { httpMetadata: { contentType } }
    const upload = await this.#context.buckets(bucket).createMultipartUpload(key, options)
    await noteMultipart(this.#context.store, key, upload.uploadId)
    return upload
  }

  async #sendPart(upload: R2MultipartUpload, part: Uint8Array): Promise<void> {
    if (this.#context.now() - this.#started > LONGEST_UPLOAD_MS) {
      const minutes = LONGEST_UPLOAD_MS / 60_000
      throw badRequest('upload_too_slow', `Expected the whole upload within ${minutes} minutes`)
    }
    this.#parts.push(await upload.uploadPart(this.#parts.length + 1, part))
  }

  /** Grows the buffer fourfold, to at most one part. */
  #reserve(bytes: number): void {
    if (bytes <= this.#buffer.length) return
    const grown = new Uint8Array(Math.min(PART_BYTES, Math.max(bytes, this.#buffer.length * 4)))
    grown.set(this.#buffer.subarray(0, this.#filled))
    this.#buffer = grown
  }
}

/** Gives an object of the ledger up, and logs where that fails: the sweep then finds it. */
export async function giveUp(context: Context, key: string, entered?: Promise<void>): Promise<void> {
  try {
    await entered?.catch(() => {})
    await abandonUpload(context.store, key, context.now())
    drainBehind(context)
  } catch (error) {
    context.log('warn', 'upload left to the sweep', { key, message: String(error) })
  }
}

/** The ledger row was swept while its object was still being written. */
export function uploadLost(): AppError {
  return new AppError(503, 'upload_expired', 'The upload took too long to be kept; send it again', {
    headers: { 'Retry-After': '1' },
  })
}
