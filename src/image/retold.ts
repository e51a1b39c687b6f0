// A decoder may learn of a picture, when it opens it, what its header doesn't tell and its memory hangs on. It says so
// before it has given rows, and the job is planned anew.
import { swaps, turned, turnOfOrientation } from './geometry'
import type { ImageHeader, Orientation } from './header'
import type { NormalTransformation } from './transformation'

type Facts = Partial<Pick<ImageHeader, 'interlaced' | 'lossless' | 'orientation' | 'width' | 'height'>>

/** Facts of a header that a job is to be planned with; thrown by a decoder that was opened without them. */
export class Retold extends Error {
  override readonly name = 'Retold'

  constructor(readonly facts: Facts) {
    super('The picture is to be planned anew')
  }
}

/** As many facts as there are to be told, each once. */
const MOST_TIMES = 3

/** Facts of a picture whose decoder gives it as it is stored, to be turned by `orientation`; 1: upright already. */
export function turnedBy(
  orientation: Orientation,
  header: Pick<ImageHeader, 'orientation' | 'width' | 'height'>,
): Facts {
  const swapped = swaps(turnOfOrientation(orientation)) !== swaps(turnOfOrientation(header.orientation))
  const { width, height } = turned(header, swapped ? 4 : 0)
  return { orientation, width, height }
}

/** What is wanted of a picture that was upright by its header, and is turned now by what its decoder said. */
export function oriented(
  wanted: NormalTransformation,
  header: ImageHeader,
  told: ImageHeader,
): NormalTransformation {
  return told.orientation === header.orientation ? wanted : { ...wanted, orient: true }
}

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
