// How many full parts uploads may hold that must not go to R2 yet, in the whole isolate: some files
// have megabytes in front of their header, and uploads are outside the jobs' memory budget.
import { AppError } from '../errors'

/** 40 MB: two uploads that hold as much as `limits.headerBytes` allows by default, and some. */
const MOST_HELD = 8

let held = 0

/** Takes the room of one part. Throws 503 where there is none. */
export function holdPart(): void {
  if (held >= MOST_HELD) {
    throw new AppError(503, 'busy', 'Other uploads with late headers take all memory for them; try again', {
      headers: { 'Retry-After': '5' },
    })
  }
  held++
}

/** Gives the room of so many parts back. */
export function letGo(parts: number): void {
  held -= parts
}
