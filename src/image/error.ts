// What can go wrong with a picture. This layer knows no HTTP: services translate the kind.

/**
 * - `corrupt`: the bytes break their format's rules
 * - `truncated`: the bytes end too early
 * - `unsupported`: valid, but a feature this build does not have
 * - `too-large`: over a limit, or more than the memory budget can ever hold
 * - `busy`: would fit the memory budget, but its turn did not come in time
 */
export type ImageErrorKind = 'corrupt' | 'truncated' | 'unsupported' | 'too-large' | 'busy'

/** A picture that can't be read, planned or rendered; the message may be shown to a client. */
export class ImageError extends Error {
  override readonly name = 'ImageError'

  /** @param offset byte offset in the file where reading failed, when that is known */
  constructor(
    readonly kind: ImageErrorKind,
    message: string,
    readonly offset?: number,
    options?: ErrorOptions,
  ) {
    super(offset === undefined ? message : `${message} (at byte ${offset})`, options)
  }
}
