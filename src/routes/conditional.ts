// Preconditions of a request, in the order of RFC 9110 §13.2.2.

/** What the selected representation has to be compared by. */
export interface Validators {
  /** A strong entity tag with its quotes. */
  readonly etag: string
  /** Milliseconds since 1970; null where the answer has no date. */
  readonly lastModified: number | null
}

/** 304 and 412 as the method GET or HEAD answers them; null: go on. */
export function checkPreconditions(headers: Headers, current: Validators): 304 | 412 | null {
  const ifMatch = headers.get('If-Match')
  const ifUnmodified = headers.get('If-Unmodified-Since')
  if (ifMatch !== null) {
    if (!matches(ifMatch, current.etag, 'strong')) return 412
  } else if (ifUnmodified !== null && isModifiedSince(ifUnmodified, current) === true) return 412

  const ifNoneMatch = headers.get('If-None-Match')
  const ifModified = headers.get('If-Modified-Since')
  if (ifNoneMatch !== null) {
    if (matches(ifNoneMatch, current.etag, 'weak')) return 304
  } else if (ifModified !== null && isModifiedSince(ifModified, current) === false) return 304
  return null
}

/** Whether a Range may be honoured: §13.1.5, a strong tag or an exact date. */
export function rangeApplies(headers: Headers, current: Validators): boolean {
  const ifRange = headers.get('If-Range')?.trim()
  if (ifRange === undefined) return true
  if (ifRange.startsWith('"') || ifRange.startsWith('W/')) return ifRange === current.etag
  const date = parseHttpDate(ifRange)
  return date !== null && current.lastModified !== null && date === wholeSeconds(current.lastModified)
}

/** A list of entity tags or `*`. A list that can't be read matches nothing. */
function matches(list: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  if (list.trim() === '*') return true
  for (const [, weak, opaque] of list.matchAll(/(W\/)?("[\x21\x23-\x7e\x80-\xff]*")/g)) {
    if (opaque === etag && (comparison === 'weak' || weak === undefined)) return true
  }
  return false
}

/** null where the date can't be read, for then the field is ignored. */
function isModifiedSince(date: string, { lastModified }: Validators): boolean | null {
  const since = parseHttpDate(date)
  if (since === null || lastModified === null) return null
  return wholeSeconds(lastModified) > since
}

/** HTTP dates have no fractions of a second. */
function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000
}

const DATE =
  /^(?:[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT|[A-Z][a-z]+day, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4})$/

/** Any of the three forms of §5.6.7, as milliseconds; null for anything else. */
export function parseHttpDate(text: string): number | null {
  const date = text.trim()
  if (!DATE.test(date)) return null
  // asctime has no zone, and is UTC.
  const ms = Date.parse(date.endsWith('GMT') ? date : `${date} GMT`)
  return Number.isNaN(ms) ? null : ms
}

/** IMF-fixdate. */
export function httpDate(ms: number): string {
  return new Date(ms).toUTCString()
}
