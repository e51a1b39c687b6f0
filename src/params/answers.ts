// The answers' JSON (HTTP contract §3, §5), described once: the routes are typed by these schemas,
// a test holds real answers against them, and a client or a reference can be made from them.
import { z } from 'zod'
import { FORMAT_NAMES } from '../image/formats'
import { COLOR_SPACES, FILTERS, FITS, GRAVITIES } from '../image/transformation'
import { ROTATION_NAMES } from './transformation-json'

const pixels = z.int().min(1)
const format = z.enum(FORMAT_NAMES)
const time = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/)
  .describe('UTC, ISO 8601 without an offset, milliseconds')

export const lqipSchema = z
  .strictObject({
    blurhash: z.string().exactOptional().describe('BlurHash of 4×4 components'),
    thumbhash: z.string().exactOptional().describe('ThumbHash, base64'),
  })
  .describe('Placeholders, where the path makes them')

export const transformationSchema = z
  .strictObject({
    width: pixels.describe('After resize and crop, before the turn'),
    height: pixels,
    fit: z.enum(FITS),
    gravity: z.enum(GRAVITIES),
    format,
    rotate: z.enum(Object.values(ROTATION_NAMES)).describe('Clockwise'),
    flip: z.enum(['none', 'h']),
    filter: z.enum(FILTERS),
    blur: z.number().min(0).max(150).describe('Sigma in pixels of the output'),
    quality: z.int().min(1).max(100).exactOptional().describe('Where the format has one'),
    padding: z.strictObject({
      amount: z.int().min(0).describe('Pixels on every side'),
      color: z.array(z.int().min(0).max(255)).describe('Red, green, blue, alpha; empty without padding'),
    }),
    colorSpace: z.enum(COLOR_SPACES),
    metadata: z.strictObject({ strip: z.array(z.enum(['exif', 'iptc', 'xmp'])) }),
  })
  .describe('What was done to the original, settled: defaults filled in, one spelling for each picture')

export const variantSchema = z.strictObject({
  isOriginalVariant: z.boolean(),
  storeBucket: z.string().describe("The bucket's name in the configuration"),
  storeKey: z.string().describe("The object's key: a UUID and the format's extension"),
  attributes: z.strictObject({
    height: pixels,
    width: pixels,
    format,
    pageCount: z.int().min(1).exactOptional().describe('Frames, for formats that can hold several'),
    loop: z.int().min(-1).exactOptional().describe('Times that they play; -1 for ever'),
    colorSpace: z.string().describe("srgb, p3, adobe_rgb, cmyk, grayscale, the profile's name, or unknown"),
  }),
  transformation: transformationSchema.exactOptional().describe('Absent for the original'),
  lqip: lqipSchema,
})

export const assetSchema = z.strictObject({
  class: z.literal('image'),
  alt: z.string().exactOptional(),
  entryId: z.int().min(0).describe('Of this path; increases, and is never given twice'),
  labels: z.record(z.string(), z.string()),
  tags: z.array(z.string()).readonly(),
  source: z.enum(['upload', 'url']),
  sourceUrl: z.string().exactOptional().describe('Where source is url'),
  variants: z.array(variantSchema).describe('The original first, then by creation'),
  createdAt: time,
  modifiedAt: time,
})

export const linkSchema = z.strictObject({
  url: z.url().describe('Absolute; names the entry, so it stays right when newer assets arrive'),
  alt: z.string().exactOptional(),
  lqip: lqipSchema,
})

export const errorSchema = z.strictObject({
  message: z.string().describe('What is wrong, what was expected and what came'),
  code: z
    .string()
    .regex(/^[a-z]+(_[a-z]+)*$/)
    .describe('Stable; what a client branches on'),
})

export type AssetJson = z.infer<typeof assetSchema>
export type VariantJson = z.infer<typeof variantSchema>
export type LinkJson = z.infer<typeof linkSchema>
export type TransformationJson = z.infer<typeof transformationSchema>
