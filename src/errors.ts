// The one error type of the service. Whatever is thrown on purpose is an AppError; only
// `onError` in app.ts turns it into a Response, and only `message` and `code` reach a client.

/** A failure with an HTTP status and a message that a client may read. */
export class AppError extends Error {
  override readonly name = 'AppError'
  /** Further response headers, such as `Allow` or `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>
  /** What only the log may see. */
  readonly detail: string | undefined

  /**
   * @param status HTTP status
   * @param code stable snake_case code that a client can branch on
   * @param message what is wrong, what was expected and what came
   */
  constructor(
    readonly status:
      | 400
      | 401
      | 403
      | 404
      | 405
      | 406
      | 409
      | 411
      | 412
      | 413
      | 415
      | 416
      | 422
      | 429
      | 500
      | 502
      | 503
      | 504,
    readonly code: string,
    message: string,
    options: { headers?: Record<string, string>; detail?: string; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.headers = options.headers ?? {}
    this.detail = options.detail
  }
}

/** A 400: the request itself is wrong. */
export function badRequest(code: string, message: string): AppError {
  return new AppError(400, code, message)
}

/** The sentence of a bad value: "Expected an integer from 1 to 100 for q but received 0". */
export function expected(what: string, name: string, received: unknown): string {
  return `Expected ${what} for ${name} but received ${describe(received)}`
}

/** A value as it may stand in a message: quoted where it is text, cut at 80 characters. */
function describe(value: unknown): string {
  const text = typeof value === 'string' ? `"${value}"` : (JSON.stringify(value) ?? String(value))
  // Not through the middle of a surrogate pair.
  return text.length > 80 ? `${text.slice(0, 79).replace(/[\ud800-\udbff]$/, '')}…` : text
}
