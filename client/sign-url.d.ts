export interface SignOptions {
  /** As `urlSigning.algorithm` of the service; `hmac_sha256` unless given. */
  readonly algorithm?: 'hmac_sha256' | 'hmac_sha384' | 'hmac_sha512'
  /** From when on the URL is refused: a Date, or seconds since 1970. */
  readonly expires?: Date | number
  /** One signature for all of these: add `&w=` and one of them to the URL. */
  readonly widths?: readonly number[]
  /** One signature for all of these: add `&profile=` and one of them to the URL. */
  readonly profiles?: readonly string[]
}

/** The text that is signed: the path as sent, and the parameters with decoded values. */
export function signedText(path: string, parameters: Iterable<[string, string]>): string

/**
 * Signs a URL of the service. Its query is written anew; the path is left as it is, for it is signed as sent.
 * @param url absolute, or from its path on
 * @param key the service's URL_SIGNING_SECRET_KEY
 * @returns the URL with `s`. Rejects with a TypeError for another algorithm or a URL without a path.
 */
export function signUrl(url: string, key: string, options?: SignOptions): Promise<string>
