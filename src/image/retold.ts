// A decoder may learn of a picture, when it opens it, what its header doesn't tell and its memory hangs on. It says so
// before it has given rows, and the job is planned anew.
import type { ImageHeader } from './header'

/** Facts of a header that a job is to be planned with; thrown by a decoder that was opened without them. */
export class Retold extends Error {
  override readonly name = 'Retold'

  constructor(readonly facts: Partial<Pick<ImageHeader, 'interlaced' | 'lossless'>>) {
    super('The picture is to be planned anew')
  }
}

/** As many facts as there are to be told, each once. */
const MOST_TIMES = 2

/** Runs a job with a picture's header, and again with what its decoder says of it. */
export async function retelling<T>(
  header: ImageHeader,
  job: (header: ImageHeader) => Promise<T>,
): Promise<T> {
  let told = header
  for (let times = 0; ; times++) {
    try {
      return await job(told)
    } catch (error) {
      if (!(error instanceof Retold) || times >= MOST_TIMES) throw error
      told = { ...told, ...error.facts }
    }
  }
}
