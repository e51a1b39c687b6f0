// What becomes of a file that may be broken: fine, or the error that a client is told.
import { ImageError, type ImageErrorKind } from '../../src/image/error'

export interface Outcome {
  readonly kind: 'fine' | ImageErrorKind
  readonly message: string
}

/** How `work` ends. Throws what is no ImageError: that would be the service's own mistake. */
export async function outcomeOf(work: () => unknown): Promise<Outcome> {
  try {
    await work()
    return FINE
  } catch (error) {
    if (error instanceof ImageError) return { kind: error.kind, message: error.message }
    throw error
  }
}

export const FINE: Outcome = { kind: 'fine', message: '' }
