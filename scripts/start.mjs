// `npm start`: builds, applies the migrations to the embedded D1, and serves on localhost.
//   --port N              (default 8787)
//   --persist-to DIR      where the embedded D1 and R2 keep their data (default .wrangler/state)
//   --var NAME:value      a variable or secret for this run; may be repeated
//   --konifer-config FILE serves another configuration file
// Anything else goes to `wrangler dev` as it is.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { takeOption } from './arguments.mjs'

// Before anything takes time: whoever dies meanwhile shall be missed.
const startedBy = starters()
const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const SWEEP_MS = 60_000

let group = null
let stopping = false
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop)
// npm, or a shell between it and this script, may die without passing the signal on.
setInterval(() => starters() !== startedBy && stop(), 500).unref()

const args = process.argv.slice(2)
const { port, persistTo, config, ip } = readOptions()
await checkPort()
const persist = persistTo === undefined ? [] : ['--persist-to', resolve(persistTo)]
const migrate = ['d1', 'migrations', 'apply', 'DB', '--local', ...persist]
const applied = await wrangler(migrate, 'pipe')
if (applied.code !== 0) {
  console.error(applied.output)
  quit(`The migrations could not be applied. Repair: npx wrangler ${migrate.join(' ')}`)
}

// Writes are open where only this machine can reach the service. Links lead here, where neither the
// configuration nor PUBLIC_URL names another address.
const open = /^(127\.0\.0\.1|::1|localhost)$/.test(ip) && !args.includes('--remote')
const variables = [...(open ? ['AUTH_MODE:open'] : []), `LOCAL_URL:http://localhost:${port}`]
// `wrangler dev` ignores --alias, but its bundler heeds the paths of a tsconfig.
const redirected = config === undefined ? [] : ['--tsconfig', redirectConfig(resolve(config))]
const dev = ['dev', '--ip', ip, '--port', port, ...variables.flatMap((name) => ['--var', name])]
const served = wrangler([...dev, ...persist, ...redirected, ...args], 'inherit')
served.then(({ code }) => process.exit(stopping ? 0 : code))
await greet()
// In production a cron does it; wrangler leaves it to whoever develops.
setInterval(() => fetch(`http://localhost:${port}/cdn-cgi/local/scheduled`).catch(() => {}), SWEEP_MS)

/** Who started this: the parent, and where that is the shell of npm (as far as /proc tells), its parent npm. */
function starters() {
  try {
    const shell = /^sh\0-c\0/.test(readFileSync(`/proc/${process.ppid}/cmdline`, 'utf8'))
    const stat = readFileSync(`/proc/${process.ppid}/stat`, 'utf8')
    return shell ? `${process.ppid} ${stat.split(') ')[1].split(' ')[1]}` : `${process.ppid}`
  } catch {
    return `${process.ppid}`
  }
}

/** Takes this script's options out of the arguments. */
function readOptions() {
  try {
    const given = {
      port: takeOption(args, '--port') ?? '8787',
      persistTo: takeOption(args, '--persist-to'),
      config: takeOption(args, '--konifer-config'),
      ip: takeOption(args, '--ip') ?? '127.0.0.1',
    }
    if (!/^\d+$/.test(given.port) || given.port < 1 || given.port > 65_535) {
      throw new Error(`Expected a port from 1 to 65535 for --port but received "${given.port}"`)
    }
    if (given.config !== undefined && !existsSync(given.config)) {
      throw new Error(`Expected an existing file for --konifer-config but received "${given.config}"`)
    }
    return given
  } catch (error) {
    return quit(error.message)
  }
}

/** Whoever answers at a port that is taken is not this service. */
async function checkPort() {
  const taken = await new Promise((done) => {
    const server = createServer().once('error', done)
    server.listen({ port, host: ip }, () => server.close(() => done(null)))
  })
  if (taken !== null) quit(`Port ${port} on ${ip} can't be had (${taken.code}). Choose another by --port N`)
}

function quit(message) {
  console.error(message)
  process.exit(1)
}

/** Runs wrangler in a process group of its own, so that stopping reaches workerd too. */
function wrangler(args, output) {
  const command = [join(root, 'scripts', 'guard.mjs'), join(root, 'node_modules/wrangler/bin/wrangler.js')]
  const env = {
    ...process.env,
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_HIDE_BANNER: 'true',
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  }
  const options = { cwd: root, env, stdio: ['pipe', output, output], detached: true }
  const child = spawn(process.execPath, [...command, ...args], options)
  group = child.pid
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += chunk))
  return new Promise((done) => {
    child.on('exit', (code) => {
      // workerd may outlive wrangler by a moment, or for good: it is in the same group.
      signalGroup('SIGKILL')
      group = null
      if (stopping) process.exit(0)
      done({ code: code ?? 1, output: text })
    })
  })
}

/** Writes a tsconfig under which `#konifer-config` is `file`; returns its path. */
function redirectConfig(file) {
  const folder = join(root, '.wrangler')
  mkdirSync(folder, { recursive: true })
  const tsconfig = join(folder, `tsconfig-${port}.json`)
  const compilerOptions = { paths: { '#konifer-config': [file] } }
  writeFileSync(tsconfig, JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions }))
  return tsconfig
}

function stop() {
  if (stopping) return
  stopping = true
  if (group === null) process.exit(0)
  signalGroup('SIGTERM')
  setTimeout(() => signalGroup('SIGKILL'), 3000).unref()
}

function signalGroup(signal) {
  try {
    process.kill(-group, signal)
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}

/** Waits until the service answers, and says what to try. */
async function greet() {
  const origin = `http://localhost:${port}`
  while (!(await fetch(`${origin}/health`).catch(() => null))?.ok) {
    await new Promise((done) => setTimeout(done, 200))
  }
  // The configuration may ask for tokens here too: what the service says of a purge without one tells.
  const open = (await fetch(`${origin}/purge`, { method: 'POST', body: '{}' })).status !== 401
  console.log(`
Konifer Edge is on ${origin}, ${open ? 'open for writes from this machine' : 'open for writes with a token of API_TOKENS'}. Try:

  curl -F 'metadata={"alt":"My photo"}' -F asset=@photo.jpg ${origin}/assets/users/123/avatar
  curl -o avatar.webp '${origin}/assets/users/123/avatar/-/content?w=256&h=256&fit=fill&format=webp'
  curl '${origin}/assets/users/123/avatar/-/info'
`)
}
