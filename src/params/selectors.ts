// What may follow `-` in an address, by method (HTTP contract §1 and §4). Words are
// case-insensitive; whatever is unknown or out of order is named in a 400.
import { type AppError, badRequest, expected } from '../errors'

export const RETURN_FORMATS = ['link', 'content', 'download', 'redirect', 'info'] as const

export type ReturnFormat = (typeof RETURN_FORMATS)[number]
export type Order = 'new' | 'modified'

/** Which assets at a path are meant: that very entry, or the first by an order. */
export type Selection = { readonly entryId: number } | { readonly order: Order }

export interface FetchSelectors {
  readonly selection: Selection
  readonly format: ReturnFormat
}

export type DeleteSelectors = Selection | { readonly recursive: true }

/** GET and HEAD: `[new|modified|entry/{n}][/{return format}]`. */
export function parseFetchSelectors(selectors: readonly string[]): FetchSelectors {
  const given = new Cursor(selectors)
  const selection = parseSelection(given)
  const format = parseFormat(given.word())
  if (format) given.take()
  if (!given.done) throw given.refuse(format ? 'nothing' : undefined)
  return { selection: selection ?? { order: 'new' }, format: format ?? 'link' }
}

/** PUT: exactly `entry/{n}`. */
export function parseUpdateSelectors(selectors: readonly string[] | null): number {
  const given = new Cursor(selectors ?? [])
  if (given.word() !== 'entry') {
    if (given.done) throw badRequest('invalid_selector', 'Expected the selector entry/{n} but received none')
    throw given.refuse('entry/{n}')
  }
  const entryId = parseEntry(given)
  if (!given.done) throw given.refuse('nothing')
  return entryId
}

/** DELETE: `entry/{n}`, `new`, `modified`, `recursive` or nothing. */
export function parseDeleteSelectors(selectors: readonly string[]): DeleteSelectors {
  const given = new Cursor(selectors)
  if (given.word() === 'recursive') {
    given.take()
    if (!given.done) throw given.refuse('nothing')
    return { recursive: true }
  }
  const selection = parseSelection(given)
  if (!given.done) throw given.refuse(selection ? 'nothing' : 'new, modified, entry/{n} or recursive')
  return selection ?? { order: 'new' }
}

/** POST: none at all. */
export function refuseSelectors(selectors: readonly string[] | null): void {
  if (selectors === null) return
  const [first = '-'] = selectors
  throw badRequest('invalid_selector', expected('no selectors', 'POST', first))
}

function parseSelection(given: Cursor): Selection | null {
  const word = given.word()
  if (word === 'entry') return { entryId: parseEntry(given) }
  if (word !== 'new' && word !== 'modified') return null
  given.take()
  if (given.word() === 'entry') {
    throw badRequest(
      'invalid_selector',
      `Expected either an order or entry/{n} but received "${word}" and "entry"`,
    )
  }
  return { order: word }
}

function parseEntry(given: Cursor): number {
  given.take()
  const text = given.take()
  if (text === undefined) {
    throw badRequest(
      'invalid_selector',
      'Expected an integer from 0 after the selector entry but received none',
    )
  }
  if (!/^\d{1,15}$/.test(text)) {
    throw badRequest('invalid_selector', expected('an integer from 0', 'the selector entry', text))
  }
  return Number(text)
}

function parseFormat(word: string | undefined): ReturnFormat | null {
  if (word === 'metadata') return 'info'
  return RETURN_FORMATS.find((format) => format === word) ?? null
}

const ORDERED = ['new', 'modified', 'entry', ...RETURN_FORMATS, 'metadata', 'recursive']

/** Walks the selectors from the left. */
class Cursor {
  #next = 0

  constructor(readonly selectors: readonly string[]) {}

  get done(): boolean {
    return this.#next >= this.selectors.length
  }

  /** The next selector in lower case, not yet taken. */
  word(): string | undefined {
    return this.selectors[this.#next]?.toLowerCase()
  }

  take(): string | undefined {
    return this.selectors[this.#next++]
  }

  /** The 400 about the next selector, which tells an unknown word from a misplaced one. */
  refuse(allowed = 'new, modified, entry/{n}, link, content, download, redirect or info'): AppError {
    const selector = this.selectors[this.#next]!
    const known = ORDERED.includes(selector.toLowerCase())
    const place = this.#next === 0 ? 'after "-"' : `after "${this.selectors[this.#next - 1]}"`
    const what = known ? 'the misplaced selector' : 'the unknown selector'
    return badRequest(
      'invalid_selector',
      `Expected ${allowed} ${place} but received ${what} "${selector.slice(0, 80)}"`,
    )
  }
}
