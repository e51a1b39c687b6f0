// Runs in Node, not in workerd: libvips through sharp, for test/support/oracle.ts.
import sharp from 'sharp'

/** One call of a sharp method: its name and its arguments. `{"$bytes": base64}` stands for a Buffer. */
type Call = [method: string, ...args: unknown[]]

/** The job in the `x-job` header; the body is the input picture (empty when `create`/`raw` is given). */
interface Job {
  input?: Record<string, unknown>
  calls: Call[]
  /** `raw` answers the pixels, `encoded` the file, `metadata` and `stats` JSON. */
  output: 'raw' | 'encoded' | 'metadata' | 'stats'
}

sharp.concurrency(1)
sharp.cache(false)

const revive = (_key: string, value: unknown): unknown =>
  value !== null && typeof value === 'object' && '$bytes' in value
    ? Buffer.from(String(value.$bytes), 'base64')
    : value

/** Answers a job of the test's oracle client. */
export async function oracle(request: {
  headers: Headers
  arrayBuffer(): Promise<ArrayBuffer>
}): Promise<Response> {
  try {
    const job = JSON.parse(decodeURIComponent(request.headers.get('x-job') ?? '{}'), revive) as Job
    const body = Buffer.from(await request.arrayBuffer())
    const image = body.length > 0 ? sharp(body, job.input) : sharp(job.input)
    for (const [method, ...args] of job.calls) {
      ;(image as unknown as Record<string, (...args: unknown[]) => unknown>)[method]!(...args)
    }
    if (job.output === 'metadata') return Response.json(await image.metadata())
    if (job.output === 'stats') return Response.json(await image.stats())
    if (job.output === 'raw') image.raw()
    const { data, info } = await image.toBuffer({ resolveWithObject: true })
    return new Response(new Uint8Array(data), { headers: { 'x-info': JSON.stringify(info) } })
  } catch (error) {
    return new Response(String(error), { status: 422 })
  }
}
