// What a client says about an asset, as JSON: the bodies of POST and PUT. Lengths are counted in
// Unicode code points.
import { z } from 'zod'
import { badRequest, expected } from '../errors'

/** Longest texts and lists. */
export const METADATA_LIMITS = {
  alt: 125,
  labels: 50,
  labelKey: 128,
  labelValue: 256,
  tags: 50,
  tag: 256,
} as const

/** Text that D1 keeps as it is: whole code points (no half of a surrogate pair), and no NUL. */
function text(min: number, max: number) {
  const range = min === 0 ? `up to ${max} characters` : `${min}–${max} characters`
  return z
    .string({ error: `text of ${range}` })
    .refine((value) => inRange(value, min, max), { error: `text of ${range}` })
    .refine((value) => !/\p{Surrogate}|\0/u.test(value), { error: 'well-formed Unicode without NUL' })
}

function inRange(value: string, min: number, max: number): boolean {
  // A code point is one or two units: only near the limit must they be counted.
  if (value.length < min || value.length > 2 * max) return false
  return value.length <= max || [...value].length <= max
}

const { alt, labels, labelKey, labelValue, tags, tag } = METADATA_LIMITS

const fields = {
  alt: text(0, alt).optional().describe(`The asset's alt text, up to ${alt} characters`),
  labels: z
    .record(text(1, labelKey), text(1, labelValue), { error: 'an object of texts' })
    .refine((value) => Object.keys(value).length <= labels, { error: `at most ${labels} labels` })
    .optional()
    .describe(
      `Key-value pairs to find the asset by: at most ${labels}, key 1–${labelKey} and value 1–${labelValue} characters`,
    ),
  tags: z
    .array(text(1, tag), { error: 'a list of texts' })
    .max(tags, { error: `at most ${tags} tags` })
    .refine((value) => new Set(value).size === value.length, { error: 'distinct tags' })
    .optional()
    .describe(`Attributes of the asset: at most ${tags} distinct texts of 1–${tag} characters`),
}

/** The `metadata` part of an upload, and the body of PUT. */
export const metadataSchema = z.strictObject(fields, { error: 'an object' })

/** The body of a store by URL. */
export const urlMetadataSchema = z.strictObject(
  {
    url: z
      .string({ error: 'the http or https URL of a picture' })
      .describe('Where the picture is downloaded from'),
    ...fields,
  },
  { error: 'an object' },
)

export type MetadataBody = z.output<typeof metadataSchema>
export type UrlMetadataBody = z.output<typeof urlMetadataSchema>

/** Reads the `metadata` part of an upload. Throws 400. */
export function parseMetadata(body: unknown): MetadataBody {
  return parseBody(metadataSchema, body)
}

/** Reads the body of a store by URL. Throws 400. */
export function parseUrlMetadata(body: unknown): UrlMetadataBody {
  return parseBody(urlMetadataSchema, body)
}

/** Reads the body of PUT. Throws 400, also for `url`: content can't be changed. */
export function parseUpdate(body: unknown): MetadataBody {
  if (typeof body === 'object' && body !== null && Object.hasOwn(body, 'url')) {
    throw badRequest('content_immutable', "Expected no url: the content of an asset can't be changed")
  }
  return parseBody(metadataSchema, body)
}

/**
 * Reads JSON, which is UTF-8 (RFC 8259 §8.1): other bytes would be stored as U+FFFD. Throws 400 that names
 * the place it was found in.
 */
export function parseJson(bytes: Uint8Array, name: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes))
  } catch {
    throw badRequest('invalid_json', expected('JSON in UTF-8', name, new TextDecoder().decode(bytes)))
  }
}

function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  // Zod drops this key without a word, for it would set the prototype.
  const given = (body as { labels?: unknown } | null)?.labels
  if (typeof given === 'object' && given !== null && Object.hasOwn(given, '__proto__')) {
    throw badRequest('invalid_metadata', expected('another key than __proto__', 'labels', '__proto__'))
  }
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys((schema as unknown as z.ZodObject).shape).join(', ')
    throw badRequest('unknown_field', expected(`one of the fields ${known}`, 'metadata', issue.keys[0]))
  }
  const received = valueAt(body, issue.path)
  const name = issue.path.length === 0 ? 'metadata' : issue.path.join('.')
  if (issue.code === 'invalid_key') {
    const sentence = issue.issues[0]?.message ?? issue.message
    throw badRequest('invalid_metadata', expected(sentence, 'the key of a label', issue.path.at(-1)))
  }
  throw badRequest('invalid_metadata', expected(issue.message, name, received))
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  let value = body
  for (const key of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[key]
  return value
}
