// The types a URL parameter's value can have. Each can read a value, say what it expects and
// write a value back in its one canonical spelling; the parameter table is made of them.
import type { Rgba } from '../image/transformation'

/** Bounds that come from the configuration instead of the table. */
export interface ParameterLimits {
  /** Largest side of an output, in pixels. */
  readonly outputSide: number
}

/** How the values of one parameter are read, described and written. */
export interface ValueType<T> {
  /** For the reference: the values in a table cell. */
  readonly values: string
  /** Completes "Expected … for q but received …". */
  expects(limits: ParameterLimits): string
  /** The value, or undefined when `text` is not one. */
  parse(text: string, limits: ParameterLimits): T | undefined
  /** The canonical spelling: `parse(write(value))` equals `value`. */
  write(value: T): string
}

/** A whole number in decimal digits. `max` may be the name of a configured limit. */
export function integer(min: number, max?: number | keyof ParameterLimits): ValueType<number> {
  const upper = (limits: ParameterLimits) => (typeof max === 'string' ? limits[max] : max)
  return {
    values: typeof max === 'number' ? `integer ${min}–${max}` : `integer ≥ ${min}`,
    expects(limits) {
      const bound = upper(limits)
      return bound === undefined ? `an integer from ${min}` : `an integer from ${min} to ${bound}`
    },
    parse(text, limits) {
      if (!/^\d{1,15}$/.test(text)) return undefined
      const value = Number(text)
      return value >= min && value <= (upper(limits) ?? Number.MAX_SAFE_INTEGER) ? value : undefined
    },
    write: String,
  }
}

/** A decimal number, without exponent. */
export function decimal(min: number, max: number): ValueType<number> {
  return {
    values: `${min}–${max}`,
    expects: () => `a number from ${min} to ${max}`,
    parse(text) {
      if (!/^\d{1,9}(\.\d{1,9})?$/.test(text)) return undefined
      const value = Number(text)
      return value >= min && value <= max ? value : undefined
    },
    write: String,
  }
}

/** One of a few words; `aliases` maps further spellings to them. */
export function oneOf<const T extends string | number>(
  words: readonly T[],
  aliases: Readonly<Record<string, T>> = {},
): ValueType<T> {
  const byText = new Map<string, T>(words.map((word) => [String(word), word]))
  for (const [alias, word] of Object.entries(aliases)) byText.set(alias, word)
  const also = Object.entries(aliases).map(([alias, word]) => ` (\`${alias}\` = \`${word}\`)`)
  return {
    values: words.map((word) => `\`${word}\``).join(' ') + also.join(''),
    expects: () => `one of ${words.join(', ')}`,
    parse: (text) => byText.get(text),
    write: String,
  }
}

/** A comma list of distinct words; `none` alone is the empty list. Kept sorted. */
export function setOf<const T extends string>(words: readonly T[]): ValueType<readonly T[]> {
  return {
    values: `comma list of ${words.map((word) => `\`${word}\``).join(' ')}, or \`none\``,
    expects: () => `a comma list of ${words.join(', ')}`,
    parse(text) {
      if (text === 'none') return []
      const given = text.split(',').map((part) => part.trim())
      return given.every((part) => words.includes(part as T))
        ? ([...new Set(given)].sort() as T[])
        : undefined
    },
    write: (list) => (list.length === 0 ? 'none' : [...list].sort().join(',')),
  }
}

/** `#RRGGBB` or `#RRGGBBAA`, in any case; written with alpha. */
export const colour: ValueType<Rgba> = {
  values: '`#RRGGBB` or `#RRGGBBAA` (`#` is sent as `%23`)',
  expects: () => 'a colour #RRGGBB or #RRGGBBAA',
  parse(text) {
    const digits = /^#([0-9a-f]{6})([0-9a-f]{2})?$/i.exec(text)
    if (!digits) return undefined
    const value = Number.parseInt(digits[1]! + (digits[2] ?? 'ff'), 16)
    return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]
  },
  write: (rgba) => `#${rgba.map((sample) => sample.toString(16).padStart(2, '0')).join('')}`,
}

/** Text whose form is checked elsewhere, such as the name of a profile. */
export function text(values: string, pattern: RegExp): ValueType<string> {
  return {
    values,
    expects: () => values,
    parse: (given) => (pattern.test(given) ? given : undefined),
    write: (value) => value,
  }
}
