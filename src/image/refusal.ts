// What to say where a job can never fit the budget: the reason, and the largest size that would.
import { ImageError } from './error'
import type { ImageHeader } from './header'
import { type PlanOptions, plan } from './plan'
import type { NormalTransformation } from './transformation'

/** The error for a job whose plan takes more than the room there is. */
export function refusal(header: ImageHeader, wanted: NormalTransformation, options: PlanOptions): ImageError {
  const needs = megabytes(plan(header, wanted, options).peakBytes)
  const why = `needs ${needs} of memory where ${megabytes(options.room)} are allowed`
  const { width, height } = header
  const smaller = largest((factor) => {
    const size = scaled(header, factor)
    return {
      header: { ...header, ...size },
      wanted,
      fileSize: Math.ceil(options.fileSize * factor ** 2),
      size,
    }
  }, options)
  const made = `a ${wanted.width}×${wanted.height} ${wanted.format}`
  if (smaller) {
    return new ImageError(
      'too-large',
      `The ${header.format} original of ${width}×${height} pixels ${why}; up to ${smaller} it could be made into ${made}`,
    )
  }
  const output = largest((factor) => {
    const size = scaled(wanted, factor)
    return { header, wanted: { ...wanted, ...size }, fileSize: options.fileSize, size }
  }, options)
  const most = output ? `; up to ${output} it can be made` : ''
  return new ImageError('too-large', `Expected a smaller output: ${made} ${why}${most}`)
}

interface Candidate {
  readonly header: ImageHeader
  readonly wanted: NormalTransformation
  readonly fileSize: number
  readonly size: { readonly width: number; readonly height: number }
}

const scaled = ({ width, height }: { width: number; height: number }, factor: number) => ({
  width: Math.max(1, Math.floor(width * factor)),
  height: Math.max(1, Math.floor(height * factor)),
})

/** The largest candidate whose plan fits, to about 2%; null where even a fiftieth does not. */
function largest(candidate: (factor: number) => Candidate, options: PlanOptions): string | null {
  const fits = (factor: number): boolean => {
    const { header, wanted, fileSize } = candidate(factor)
    return plan(header, wanted, { ...options, fileSize }).peakBytes <= options.room
  }
  let [low, high] = [0.02, 1]
  if (!fits(low)) return null
  while (high - low > 0.02 * low) {
    const middle = (low + high) / 2
    if (fits(middle)) low = middle
    else high = middle
  }
  const { width, height } = candidate(low).size
  return `${width}×${height}`
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
