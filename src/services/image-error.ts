// Where a picture's failure becomes an HTTP one.
import { AppError, badRequest } from '../errors'
import { ImageError } from '../image/error'

const CODES = {
  corrupt: 'image_corrupt',
  truncated: 'image_truncated',
  unsupported: 'image_unsupported',
  'too-large': 'image_too_large',
} as const

/** An ImageError as an AppError; anything else as it is. */
export function translate(error: unknown): unknown {
  if (!(error instanceof ImageError)) return error
  if (error.kind === 'busy') {
    return new AppError(503, 'busy', error.message, { headers: { 'Retry-After': '5' }, cause: error })
  }
  return badRequest(CODES[error.kind], error.message)
}

/** Runs `work`, and throws its ImageErrors translated. */
export function translated<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw translate(error)
  }
}
