// Where a redirect leads: a template's URL, or a presigned URL of R2's S3 endpoint.
import { AwsClient } from 'aws4fetch'
import type { Config } from '../config/config'
import type { PathSettings } from '../config/settings'
import type { Picture } from './picture'

/** R2 takes AWS Signature Version 4 with this service and region. */
const SERVICE = 's3'
const REGION = 'auto'

/**
 * The Location of a stored picture, or null where the path does not redirect.
 * @param now milliseconds since 1970
 */
export async function redirectTarget(
  config: Config,
  { returnFormat }: PathSettings,
  { row }: Picture,
  now: number,
): Promise<string | null> {
  const { strategy, template, presigned } = returnFormat.redirect
  switch (strategy) {
    case 'none':
      return null
    case 'template':
      return template
        .string!.replaceAll('{bucket}', encodeURIComponent(row.bucket))
        .replaceAll('{key}', encodeURIComponent(row.key))
    case 'presigned': {
      const { accountId, accessKeyId, secretAccessKey } = config.secrets.r2!
      const bucket = config.bucketNames[row.bucket] ?? row.bucket
      const url = `https://${accountId}.r2.cloudflarestorage.com/${encodeURIComponent(bucket)}/${encodeURIComponent(row.key)}`
      return presign(
        url,
        { accessKeyId, secretAccessKey, region: REGION },
        presigned.ttl / 1000,
        new Date(now),
      )
    }
  }
}

/**
 * A GET that needs no further credentials, for `seconds`.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export async function presign(
  url: string,
  credentials: { accessKeyId: string; secretAccessKey: string; region: string },
  seconds: number,
  at: Date,
): Promise<string> {
  const client = new AwsClient({ ...credentials, service: SERVICE })
  const target = new URL(url)
  target.searchParams.set('X-Amz-Expires', String(seconds))
  const datetime = at.toISOString().replace(/[:-]|\.\d{3}/g, '')
  const signed = await client.sign(target.toString(), { aws: { signQuery: true, datetime } })
  return signed.url
}
