// What an upload costs the isolate: 100 MB, two of them at once, and a small picture, streamed in as
// a form. The peak is V8's heap with its buffers and every WebAssembly.Memory, idle and garbage included.
import { machine, once, table } from './support/compare.mjs'
import { watchMemory } from './support/memory.mjs'
import { serveService } from './support/service.mjs'

const MB = 1024 * 1024
const LIMIT = 100 * MB

/** 3×2 pixels; whatever follows its end is of no interest to a header. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAEElEQVR42mP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg==',
  'base64',
)

/** A JPEG with so many bytes of application data in front of its frame, 16×16 pixels, and its scan's beginning. */
function* lateJpeg(before) {
  yield Uint8Array.of(0xff, 0xd8)
  const segment = new Uint8Array(65_537)
  segment.set([0xff, 0xef, 0xff, 0xff])
  for (let at = 0; at < before; at += segment.length) yield segment
  yield Uint8Array.of(0xff, 0xc0, 0, 11, 8, 0, 16, 0, 16, 1, 1, 0x11, 0, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0)
}

/** A form with an asset of so many bytes, sent in chunks of 64 KiB without a length. */
function upload(url, bytes, start = [png]) {
  const encoder = new TextEncoder()
  const part = (name) => encoder.encode(`--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n`)
  const filler = new Uint8Array(64 * 1024).fill(7)
  async function* body() {
    yield part('asset')
    let left = bytes
    for (const piece of start) {
      yield piece
      left -= piece.length
    }
    for (; left > 0; left -= filler.length) yield filler.subarray(0, Math.min(left, filler.length))
    yield encoder.encode('\r\n')
    yield part('metadata')
    yield encoder.encode('{}\r\n--b--\r\n')
  }
  return fetch(url, {
    method: 'POST',
    body: ReadableStream.from(body()),
    duplex: 'half',
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
  })
}

async function stored(url, bytes, status = 201, start = undefined) {
  const response = await upload(url, bytes, start)
  const text = await response.text()
  if (response.status !== status) throw new Error(`${url}: ${response.status} ${text.slice(0, 300)}`)
}

const { service, inspector, stop } = await serveService()
try {
  const url = new URL('/assets/bench/memory', service)
  await stored(url, png.length)
  const memory = await watchMemory(inspector, 'service')
  const rows = []
  const measure = async (name, goal, work) => {
    const started = performance.now()
    const { idle, peak } = await memory.peak(work, { collect: false })
    const ms = performance.now() - started
    const at = (bytes) => `${(bytes / MB).toFixed(1)} MB`
    rows.push([name, at(idle), at(peak), goal, `${ms.toFixed(0)} ms`])
    return peak
  }
  const size = once ? 20 * MB : LIMIT
  const one = await measure(`one upload of ${size / MB} MB`, '< 80 MB', () => stored(url, size))
  const two = await measure(`two of ${size / MB} MB at once`, '< 128 MB', () =>
    Promise.all([stored(url, size), stored(url, size)]),
  )
  const late = await measure('two of them with 15 MB in front of the header', '< 128 MB', () =>
    Promise.all([stored(url, size, 201, lateJpeg(15 * MB)), stored(url, size, 201, lateJpeg(15 * MB))]),
  )
  await measure('one of 200 kB', '–', () => stored(url, 200_000))
  await measure('one over the limit', '–', () => stored(url, LIMIT + 1, 400))
  memory.close()
  console.log(`${machine()}${once ? ' (small)' : ''}\n`)
  table(['upload', 'idle', 'peak', 'goal', 'time'], rows)
  if (one >= 80 * MB || Math.max(two, late) >= 128 * MB) {
    console.error('An upload takes more memory than it may')
    process.exitCode = 1
  }
} finally {
  await stop()
}
