// The URL's parameters, one row each: the fetch routes, profiles, preprocessing, error messages,
// keys and the reference page (docs/api.md) are all made from these rows. Transformations:
// the contract's page on transformations; the others: its page on HTTP, §1 and §3.
import { FORMAT_NAMES } from '../image/formats'
import {
  COLOR_SPACES,
  FILTERS,
  FITS,
  FLIPS,
  GRAVITIES,
  ROTATIONS,
  type Transformation,
} from '../image/transformation'
import { colour, decimal, integer, oneOf, setOf, text, type ValueType } from './value-types'

/** What all rows have. */
interface Row<T> {
  /** As it stands in a URL, case-sensitive. */
  readonly name: string
  readonly type: ValueType<T>
  /** For the reference. */
  readonly default: string
  readonly doc: string
}

/** A row that asks something of the picture. */
export interface TransformationParameter<K extends keyof Transformation = keyof Transformation>
  extends Row<NonNullable<Transformation[K]>> {
  readonly field: K
  /** The value that means the same as leaving the parameter out, whatever the picture. */
  readonly neutral?: NonNullable<Transformation[K]>
  /** Where it may stand; a preprocessing-only row is no URL parameter. */
  readonly only?: 'preprocessing'
}

/** A row that asks something of the answer. */
export type ControlParameter = Row<string> | Row<number>

/** Ties a row's value type to its field, then lets rows of all fields stand in one list. */
function row<K extends keyof Transformation>(of: TransformationParameter<K>): TransformationParameter {
  return of as unknown as TransformationParameter
}

/** In the order in which keys and the reference list them. */
// biome-ignore format: a table reads best as one
export const TRANSFORMATION_PARAMETERS: readonly TransformationParameter[] = [
  row({ name: 'w', field: 'width', type: integer(1, 'outputSide'), default: 'none',
    doc: 'Width in pixels. Given alone, the height follows the ratio.' }),
  row({ name: 'h', field: 'height', type: integer(1, 'outputSide'), default: 'none',
    doc: 'Height in pixels. Given alone, the width follows the ratio.' }),
  row({ name: 'maxWidth', field: 'maxWidth', type: integer(1, 'outputSide'), default: 'none', only: 'preprocessing',
    doc: 'Shrinks to at most this width, never enlarges; `w` wins over it.' }),
  row({ name: 'maxHeight', field: 'maxHeight', type: integer(1, 'outputSide'), default: 'none', only: 'preprocessing',
    doc: 'Shrinks to at most this height, never enlarges; `h` wins over it.' }),
  row({ name: 'fit', field: 'fit', type: oneOf(FITS), default: '`fit`', neutral: 'fit',
    doc: '`fit`: inside the box, ratio kept. `fill`: covers the box, the overflow is cut. `stretch`: exactly the box. `crop`: a window of the picture at its own scale. All but `fit` need both `w` and `h`.' }),
  row({ name: 'g', field: 'gravity', type: oneOf(GRAVITIES), default: '`center`', neutral: 'center',
    doc: 'What is kept where `fill` and `crop` cut.' }),
  row({ name: 'format', field: 'format', type: oneOf(FORMAT_NAMES), default: "the profile's, else by `Accept`, else the original's",
    doc: 'Format of the answer.' }),
  row({ name: 'r', field: 'rotate', type: oneOf(ROTATIONS), default: '`0`', neutral: 0,
    doc: 'Degrees clockwise; `auto` turns the picture upright by its EXIF Orientation, and then `f` may not be given.' }),
  row({ name: 'f', field: 'flip', type: oneOf(FLIPS), default: '`none`', neutral: 'none',
    doc: 'Mirrors: `h` left to right, `v` top to bottom.' }),
  row({ name: 'filter', field: 'filter', type: oneOf(FILTERS, { greyscale: 'grayscale' }), default: '`none`', neutral: 'none',
    doc: 'Recolours the picture.' }),
  row({ name: 'blur', field: 'blur', type: decimal(0, 150), default: '`0`', neutral: 0,
    doc: 'Gaussian sigma in pixels of the output.' }),
  row({ name: 'q', field: 'quality', type: integer(1, 100), default: 'jpg 80, webp 80, avif 50, jxl 90, heic 50',
    doc: 'Quality of the encoding; ignored for png and gif.' }),
  row({ name: 'pad', field: 'padding', type: integer(0, 'outputSide'), default: '`0`', neutral: 0,
    doc: 'Pixels added on every side.' }),
  row({ name: 'pad-c', field: 'paddingColor', type: colour, default: 'transparent; white for jpg and gif',
    doc: 'Colour of the padding.' }),
  row({ name: 'strip', field: 'strip', type: setOf(['exif', 'iptc', 'xmp']), default: '`none`', neutral: [],
    doc: 'Metadata that the answer shall not carry.' }),
  row({ name: 'cs', field: 'colorSpace', type: oneOf(COLOR_SPACES), default: '`origin`', neutral: 'origin',
    doc: 'Colour space of the answer.' }),
]

/** Rows that can stand in a URL. */
export const URL_TRANSFORMATIONS = TRANSFORMATION_PARAMETERS.filter((row) => row.only === undefined)

/** The form of a profile's name, in a URL and as a key of `variantProfiles`. */
export const PROFILE_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/

const limitType: ValueType<number> = {
  values: 'integer ≥ 1, or `-1` for all',
  expects: () => 'an integer from 1, or -1 for all',
  parse: (given) => (/^(-1|[1-9]\d{0,14})$/.test(given) ? Number(given) : undefined),
  write: String,
}

/** What else is reserved in a URL's query; any other name is a label filter. */
// biome-ignore format: a table reads best as one
export const CONTROLS = {
  profile: { name: 'profile', type: text('the name of a configured profile', PROFILE_NAME), default: 'none',
    doc: 'A configured set of parameters; single parameters given beside it override its own.' },
  limit: { name: 'limit', type: limitType, default: '`1`',
    doc: 'How many assets `info` lists or a delete removes.' },
  s: { name: 's', type: text('base64url without padding', /^[A-Za-z0-9_-]{1,128}$/), default: 'none',
    doc: 'Signature, where URL signing is on (docs/signing.md).' },
  exp: { name: 'exp', type: integer(0), default: 'none',
    doc: 'Signed URLs: seconds since 1970 after which the URL is refused; part of what is signed.' },
  sw: { name: 'sw', type: text('a comma list of widths', /^\d{1,6}(,\d{1,6}){0,63}$/), default: 'none',
    doc: 'Signed URLs: the widths that `w` may take under one signature.' },
  sp: { name: 'sp', type: text('a comma list of profile names', /^[A-Za-z0-9][A-Za-z0-9_.,-]{0,1023}$/), default: 'none',
    doc: 'Signed URLs: the profiles that `profile` may name under one signature.' },
} as const satisfies Record<string, ControlParameter>

/** Every name in a query that is not a label. */
export const RESERVED: ReadonlySet<string> = new Set([
  ...URL_TRANSFORMATIONS.map((row) => row.name),
  ...Object.keys(CONTROLS),
])
