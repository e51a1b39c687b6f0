// libvips (through sharp) as the tests' independent judge. sharp can't run in workerd, so
// each call crosses to Node by the ORACLE service binding of vitest.config.ts.
import { env } from 'cloudflare:workers'

/** One call of a sharp method: its name and its arguments. `{ $bytes: base64 }` stands for a Buffer. */
export type Call = [method: string, ...args: unknown[]]

/** What sharp's `toBuffer` says about its output. */
export interface Info {
  format: string
  width: number
  height: number
  channels: number
  size: number
}

async function ask(
  output: string,
  body: Uint8Array | null,
  calls: Call[],
  input?: object,
): Promise<Response> {
  const job = encodeURIComponent(JSON.stringify({ input, calls, output }))
  const response = await env.ORACLE.fetch('http://oracle/', {
    method: 'POST',
    headers: { 'x-job': job },
    body: body ?? new Uint8Array(),
  })
  if (!response.ok) throw new Error(`oracle: ${await response.text()}`)
  return response
}

async function pixels(response: Response): Promise<{ data: Uint8Array; info: Info }> {
  const info = JSON.parse(response.headers.get('x-info') ?? '{}') as Info
  return { data: new Uint8Array(await response.arrayBuffer()), info }
}

/** Runs `calls` on a picture (or on `input: {create|raw|text}` with a null body): the encoded file. */
export async function encoded(body: Uint8Array | null, calls: Call[], input?: object) {
  return pixels(await ask('encoded', body, calls, input))
}

/** Runs `calls` on a picture: its raw interleaved samples, 8-bit unless `calls` say otherwise. */
export async function raw(body: Uint8Array | null, calls: Call[] = [], input?: object) {
  return pixels(await ask('raw', body, calls, input))
}

/** sharp's `metadata()` of a picture. */
export async function metadata(body: Uint8Array): Promise<Record<string, unknown>> {
  return (await ask('metadata', body, [])).json()
}
