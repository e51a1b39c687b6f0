// Secrets come from the environment alone (`wrangler secret put NAME`, or .dev.vars locally).

export interface Secrets {
  /** Any of them may write. */
  readonly apiTokens: readonly string[]
  /** Keys of signed URLs: the present one, and the previous while it is rotated out. */
  readonly signingKeys: readonly string[]
  /** Credentials of R2's S3 endpoint; null where presigned redirects are not used. */
  readonly r2: {
    readonly accountId: string
    readonly accessKeyId: string
    readonly secretAccessKey: string
  } | null
}

/** Reads the secrets and reports those that the configuration needs and that are absent. */
export function readSecrets(
  env: Readonly<Record<string, unknown>>,
  needs: { signing: boolean; presigned: boolean; mistakes: string[] },
): Secrets {
  const read = (name: string): string => (typeof env[name] === 'string' ? (env[name] as string).trim() : '')
  const required = (name: string, reason: string): string => {
    const value = read(name)
    if (value === '') {
      needs.mistakes.push(
        `${name}: Expected a secret, because ${reason}, but received nothing: run \`npx wrangler secret put ${name}\`, or add ${name}=… to .dev.vars`,
      )
    }
    return value
  }
  const tokens = read('API_TOKENS').split(',')
  const signingKeys = needs.signing
    ? [
        required('URL_SIGNING_SECRET_KEY', 'urlSigning.enabled is true'),
        read('URL_SIGNING_SECRET_KEY_PREVIOUS'),
      ]
    : []
  const presigned = 'a path has the redirect strategy presigned'
  return {
    apiTokens: tokens.map((token) => token.trim()).filter((token) => token !== ''),
    signingKeys: signingKeys.filter((key) => key !== ''),
    r2: needs.presigned
      ? {
          accountId: required('R2_ACCOUNT_ID', presigned),
          accessKeyId: required('R2_ACCESS_KEY_ID', presigned),
          secretAccessKey: required('R2_SECRET_ACCESS_KEY', presigned),
        }
      : null,
  }
}
