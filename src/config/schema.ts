// The form of konifer.config.ts, key by key, with every default. Descriptions are what
// docs/configuration.md says of a key.
import { z } from 'zod'
import { DEFAULT_BUDGET } from '../image/budget'
import { FORMAT_NAMES, FORMATS, formatOfMime } from '../image/formats'
import { DEFAULT_LIMITS } from '../image/limits'
import { parseDuration } from './duration'

const MIB = 1024 * 1024

const A_DURATION = 'Expected a duration such as 30s, 10m, 24h or 7d'

const duration = z.string({ error: A_DURATION }).transform((text, context) => {
  const ms = parseDuration(text)
  if (ms === null || ms === 0) {
    context.issues.push({
      code: 'custom',
      input: text,
      message: A_DURATION,
    })
    return z.NEVER
  }
  return ms
})

const A_LEASE = 'Expected a duration of at most 1s, such as 25ms, or 0s'

/** Milliseconds that a write waits: never more than a client does not notice. */
const lease = z.string({ error: A_LEASE }).transform((text, context) => {
  const ms = /^\d{1,4}ms$/.test(text) ? Number.parseInt(text, 10) : parseDuration(text)
  if (ms !== null && ms <= 1000) return ms
  context.issues.push({ code: 'custom', input: text, message: A_LEASE })
  return z.NEVER
})

/** Seconds of a Cache-Control directive: a number, or a duration. */
const seconds = z.union([z.int().min(0), duration.transform((ms) => ms / 1000)], {
  error: 'Expected an integer of seconds from 0, or a duration such as 30s, 10m, 24h or 7d',
})

const bytes = z.int().min(1)

const mimes = FORMAT_NAMES.map((name) => FORMATS[name].mime)
const contentType = z
  .string()
  .refine((mime) => formatOfMime(mime) !== null, { error: `Expected one of ${mimes.join(', ')}` })
  .transform((mime) => formatOfMime(mime)!)

/** Read through the parameter table in load.ts, which knows its keys. */
const transformation = z.record(z.string(), z.unknown())

const redirectTemplate = z
  .string()
  .refine((text) => /\{key\}/.test(text), {
    error: 'Expected a URL with {key}, and {bucket} where it is needed',
  })
  // What a browser would run or read locally instead of fetching, however it is spelt.
  .refine((text) => /^(https?:\/\/|\/(?!\/))/i.test(text.trim()), {
    error: 'Expected a URL that begins with https://, http:// or /',
  })

/** The settings of one path pattern; all absent ones come from less specific patterns. */
export const pathSchema = z.strictObject({
  allowedContentTypes: z.array(contentType).optional(),
  image: z.strictObject({ lqip: z.array(z.enum(['blurhash', 'thumbhash'])).optional() }).optional(),
  transform: z
    .strictObject({
      preprocessing: z
        .strictObject({ enabled: z.boolean().optional(), image: transformation.optional() })
        .optional(),
      eagerVariants: z.array(z.string()).optional(),
      onDemandVariant: z
        .strictObject({ mode: z.enum(['enabled', 'profile_only', 'disabled']).optional() })
        .optional(),
      expire: z
        .strictObject({ strategy: z.enum(['never', 'ttl', 'idle']).optional(), ttl: duration.optional() })
        .optional(),
    })
    .optional(),
  objectStore: z.strictObject({ bucket: z.string().optional() }).optional(),
  returnFormat: z
    .strictObject({
      redirect: z
        .strictObject({
          strategy: z.enum(['none', 'template', 'presigned']).optional(),
          template: z.strictObject({ string: redirectTemplate.optional() }).optional(),
          presigned: z
            .strictObject({
              ttl: duration
                .refine((ms) => ms <= 7 * 86_400_000, { error: 'Expected a duration of at most 7d' })
                .optional(),
            })
            .optional(),
        })
        .optional(),
    })
    .optional(),
  cacheControl: z
    .strictObject({
      enabled: z.boolean().optional(),
      maxAge: seconds.optional(),
      sMaxage: seconds.optional(),
      visibility: z.enum(['public', 'private']).optional(),
      revalidate: z.enum(['must-revalidate', 'proxy-revalidate', 'no-cache']).optional(),
      staleWhileRevalidate: seconds.optional(),
      staleIfError: seconds.optional(),
      immutable: z.boolean().optional(),
    })
    .optional(),
})

const origin = z.string().refine((text) => text === '*' || /^https?:\/\/[^/\s]+$/.test(text), {
  error: 'Expected "*" or an origin such as https://example.com',
})

/** A binding; with it the bucket's name at R2, where it is not the name used here. */
const bucket = z.union(
  [
    z
      .string()
      .min(1)
      .transform((binding) => ({ binding, bucketName: undefined as string | undefined })),
    z.strictObject({ binding: z.string().min(1), bucketName: z.string().min(1).optional() }),
  ],
  { error: 'Expected the name of an R2 binding, or {binding, bucketName}' },
)

/** A key of an object that is absent altogether still gets its defaults. */
const section = <T extends z.ZodRawShape>(shape: T) => z.strictObject(shape).prefault({} as never)

/** A host's name or address alone: what has a scheme, a port or a path would never match. */
const domain = z
  .string()
  .regex(
    /^(\*\.)?([^\s/:*?#@\\[\]]+|\[[0-9a-f:.]+\])$/i,
    'Expected a host such as example.com or *.example.com',
  )

/** The whole file. */
export const configSchema = z.strictObject({
  http: section({
    publicUrl: z
      .url({ protocol: /^https?$/, error: 'Expected an absolute http or https URL' })
      .transform((url) => url.replace(/\/+$/, ''))
      .default('http://localhost:8787'),
    cors: section({ origins: z.array(origin).default(['*']) }),
  }),
  buckets: z.record(z.string().min(1), bucket).default({ assets: { binding: 'ASSETS' } }),
  source: section({
    url: section({
      allowedDomains: z.array(domain).default([]),
      maxBytes: bytes.default(100 * MIB),
      timeout: duration.default(30_000),
    }),
    multipart: section({ maxBytes: bytes.default(100 * MIB) }),
  }),
  urlSigning: section({
    enabled: z.boolean().default(false),
    algorithm: z.enum(['hmac_sha256', 'hmac_sha384', 'hmac_sha512']).default('hmac_sha256'),
  }),
  auth: section({
    mode: z.enum(['token', 'open']).optional(),
    protectInfo: z.boolean().default(false),
  }),
  database: section({ reads: z.enum(['primary', 'nearest']).default('primary') }),
  limits: section({
    inputPixels: z.int().min(1).default(DEFAULT_LIMITS.inputPixels),
    frames: z.int().min(1).default(DEFAULT_LIMITS.frames),
    animationPixels: z.int().min(1).default(DEFAULT_LIMITS.animationPixels),
    outputSide: z.int().min(1).default(DEFAULT_LIMITS.outputSide),
    outputPixels: z.int().min(1).default(DEFAULT_LIMITS.outputPixels),
    headerBytes: bytes.max(32 * MIB).default(16 * MIB),
    memoryBytes: z
      .int()
      .min(8 * MIB)
      .default(DEFAULT_BUDGET.bytes),
    queueLength: z.int().min(0).default(DEFAULT_BUDGET.queue),
    queueTimeout: duration.default(DEFAULT_BUDGET.waitMs),
  }),
  edgeCache: section({
    enabled: z.boolean().default(true),
    revalidateAfter: duration.default(10_000),
    checkEvery: lease.default(0),
    memoryBytes: z
      .int()
      .min(0)
      .max(32 * MIB)
      .default(8 * MIB),
  }),
  observability: section({ requestLog: z.boolean().default(true) }),
  variantProfiles: z.record(z.string(), transformation).default({}),
  paths: z.record(z.string(), pathSchema).default({}),
})

/** What `defineConfig` takes. */
export type ConfigInput = z.input<typeof configSchema>

/** One pattern's settings as checked, transformations not yet read. */
export type PathInput = z.output<typeof pathSchema>
