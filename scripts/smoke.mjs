// `npm run smoke`: what the tests can't see, because they run before wrangler bundles. Starts the service
// as a person does, sends a picture of every format and colour model through it, and stops it.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const FORMATS = ['jpg', 'png', 'webp', 'avif', 'jxl', 'heic', 'gif']

const folder = mkdtempSync(join(tmpdir(), 'konifer-smoke-'))
const port = await freePort()
const origin = `http://localhost:${port}`
const config = join(folder, 'konifer.config.ts')
writeFileSync(
  config,
  `export default {
  source: { multipart: { maxBytes: 4000000 } },
  variantProfiles: { small: { w: 20, format: 'jpg' } },
  paths: { '/**': { image: { lqip: ['blurhash', 'thumbhash'] }, transform: { eagerVariants: ['small'] } } },
}`,
)
const start = join(root, 'scripts', 'start.mjs')
const options = ['--port', String(port), '--persist-to', join(folder, 'state'), '--konifer-config', config]
const service = spawn(process.execPath, [start, ...options], { stdio: ['ignore', 'pipe', 'pipe'] })
let log = ''
for (const stream of [service.stdout, service.stderr]) stream.on('data', (text) => (log += text))
const ended = new Promise((done) => service.on('exit', done))

const failures = []
const fail = (what) => failures.push(what)
try {
  await until(90, () => fetch(`${origin}/health`).then((answer) => answer.ok))
  for (const [name, picture] of Object.entries(await pictures())) await roundTrip(name, picture)
  // What only our own encoders make here is read back.
  for (const format of ['jxl', 'heic']) {
    const made = await content('jpeg', `w=64&format=${format}`)
    if (made !== null) await roundTrip(`own-${format}`, made)
  }
  await until(30, async () =>
    (await info('cmyk')).variants.some(({ transformation }) => transformation?.width === 20),
  )
  // Who sends too much is told so, and not merely cut off.
  const tooMuch = new FormData()
  tooMuch.set('metadata', '{}')
  tooMuch.set('asset', new Blob([new Uint8Array(110_000_000)]), 'picture')
  const refused = await fetch(`${origin}/assets/smoke/large`, { method: 'POST', body: tooMuch })
  if (refused.status !== 400) fail(`110 MB where 4 are allowed: ${refused.status} ${await refused.text()}`)
  const deleted = await fetch(`${origin}/assets/smoke/-/recursive`, { method: 'DELETE' })
  if (deleted.status !== 204) fail(`delete: ${deleted.status}`)
} catch (error) {
  fail(String(error))
} finally {
  service.kill('SIGTERM')
  await ended
  await fetch(`${origin}/health`).then(
    () => fail('the service still answers after it was stopped'),
    () => {},
  )
  rmSync(folder, { recursive: true, force: true })
}
if (failures.length > 0) {
  console.error(`${log.slice(-6000)}\n${failures.join('\n')}`)
  process.exit(1)
}
console.log('smoke: every format in and out, colour models, placeholders and eager variants, all well')

/** Stores a picture, and fetches it in every format, also turned grey. */
async function roundTrip(name, picture) {
  const body = new FormData()
  body.set('metadata', '{"alt":"smoke"}')
  body.set('asset', new Blob([picture]), 'picture')
  const stored = await fetch(`${origin}/assets/smoke/${name}`, { method: 'POST', body })
  if (stored.status !== 201) return fail(`${name}: ${stored.status} ${await stored.text()}`)
  const { lqip } = (await stored.json()).variants[0]
  if (!lqip.blurhash || !lqip.thumbhash) fail(`${name}: no placeholders`)
  for (const format of FORMATS) {
    for (const more of ['', '&cs=srgb', '&filter=grayscale'])
      await content(name, `w=24&format=${format}${more}`)
  }
}

/** The bytes of a variant; null, and a failure, where there are none. */
async function content(name, query) {
  const answer = await fetch(`${origin}/assets/smoke/${name}/-/content?${query}`)
  const bytes = new Uint8Array(await answer.arrayBuffer())
  if (answer.status === 200) return bytes
  const { code, message } = JSON.parse(new TextDecoder().decode(bytes))
  // A build may leave an encoder out, and then says so.
  if (code !== 'image_unsupported' || !message.includes("can't be encoded")) {
    fail(`${name}?${query}: ${answer.status} ${message}`)
  }
  return null
}

async function info(name) {
  return (await fetch(`${origin}/assets/smoke/${name}/-/info`)).json()
}

/** One picture of each kind that takes a way of its own. */
async function pictures() {
  const [width, height] = [96, 64]
  const pixels = Uint8Array.from({ length: width * height * 4 }, (_, i) => (i * 7 + (i >> 5) * 3) & 255)
  const of = () => sharp(pixels, { raw: { width, height, channels: 4 } })
  const frames = { raw: { width, height: height * 2, channels: 4, pageHeight: height } }
  const animation = () => sharp(Buffer.concat([pixels, pixels.map((v) => 255 - v)]), frames)
  const made = {
    jpeg: of().jpeg(),
    progressive: of().jpeg({ progressive: true }),
    cmyk: of().removeAlpha().toColourspace('cmyk').withIccProfile('cmyk').jpeg(),
    png: of().png(),
    'png-16': of().removeAlpha().toColourspace('rgb16').withIccProfile('p3').png(),
    webp: of().webp(),
    lossless: of().webp({ lossless: true }),
    avif: of().avif({ effort: 1 }),
    gif: of().gif(),
    'gif-frames': animation().gif({ loop: 0 }),
    'webp-frames': animation().webp({ loop: 0 }),
  }
  const entries = Object.entries(made).map(async ([name, job]) => [name, await job.toBuffer()])
  return Object.fromEntries(await Promise.all(entries))
}

/** Waits until `condition` holds; what it throws counts as not yet. */
async function until(seconds, condition) {
  for (let tries = 0; tries < seconds * 5; tries++) {
    if (service.exitCode !== null) break
    if (await condition().catch(() => false)) return
    await new Promise((done) => setTimeout(done, 200))
  }
  throw new Error(`not within ${seconds} s: ${condition}`)
}

function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => done(port))
    })
  })
}
