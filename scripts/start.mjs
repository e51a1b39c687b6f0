// `npm start`: builds, applies the migrations to the embedded D1, and serves on localhost.
//   --port N              (default 8787)
//   --persist-to DIR      where the embedded D1 and R2 keep their data (default .wrangler/state)
//   --var NAME:value      a variable or secret for this run; may be repeated
//   --konifer-config FILE serves another configuration file
// Anything else goes to `wrangler dev` as it is.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { takeOption } from './arguments.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const wrangler = join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js')
const env = {
  ...process.env,
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
}

const args = process.argv.slice(2)
const port = takeOption(args, '--port') ?? '8787'
const persistTo = takeOption(args, '--persist-to')
const config = takeOption(args, '--konifer-config')
if (config !== undefined && !existsSync(config)) {
  console.error(`Expected an existing file for --konifer-config but received "${config}"`)
  process.exit(1)
}

const persist = persistTo === undefined ? [] : ['--persist-to', resolve(persistTo)]
const migrate = ['d1', 'migrations', 'apply', 'DB', '--local', ...persist]
const applied = spawnSync(process.execPath, [wrangler, ...migrate], { cwd: root, env, encoding: 'utf8' })
if (applied.status !== 0) {
  console.error(`${applied.stdout}${applied.stderr}`)
  console.error(`The migrations could not be applied. Repair: npx wrangler ${migrate.join(' ')}`)
  process.exit(1)
}

// Writes are open because only this machine can reach the service: --ip binds the loopback.
// Links lead here, where neither the configuration nor PUBLIC_URL names another address.
const variables = ['--var', 'AUTH_MODE:open', '--var', `LOCAL_URL:http://localhost:${port}`]
// `wrangler dev` ignores --alias, but its bundler heeds the paths of a tsconfig.
const redirected = config === undefined ? [] : ['--tsconfig', redirectConfig(resolve(config))]
const dev = [
  wrangler,
  'dev',
  '--ip',
  '127.0.0.1',
  '--port',
  port,
  ...variables,
  ...persist,
  ...redirected,
  ...args,
]
// A process group of its own, so that stopping reaches workerd too.
const child = spawn(process.execPath, dev, {
  cwd: root,
  env,
  stdio: ['ignore', 'inherit', 'inherit'],
  detached: true,
})

/** Writes a tsconfig under which `#konifer-config` is `file`; returns its path. */
function redirectConfig(file) {
  const folder = join(root, '.wrangler')
  mkdirSync(folder, { recursive: true })
  const tsconfig = join(folder, `tsconfig-${port}.json`)
  const compilerOptions = { paths: { '#konifer-config': [file] } }
  writeFileSync(tsconfig, JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions }))
  return tsconfig
}

let stopping = false
function stop() {
  if (stopping) return
  stopping = true
  signalGroup('SIGTERM')
  setTimeout(() => signalGroup('SIGKILL'), 3000).unref()
}
function signalGroup(signal) {
  try {
    process.kill(-child.pid, signal)
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop)
child.on('exit', (code) => {
  // workerd may outlive wrangler by a moment, or for good: it is in the same group.
  signalGroup('SIGKILL')
  process.exit(stopping ? 0 : (code ?? 1))
})
// A shell between npm and this script may die without passing the signal on.
const parent = process.ppid
setInterval(() => process.ppid !== parent && stop(), 500).unref()

const origin = `http://localhost:${port}`
for (let tries = 0; tries < 300 && !stopping; tries++) {
  const answer = await fetch(`${origin}/health`).catch(() => null)
  if (answer?.ok) {
    console.log(`
Konifer Edge is on ${origin}, open for writes from this machine. Try:

  curl -F 'metadata={"alt":"My photo"}' -F asset=@photo.jpg ${origin}/assets/users/123/avatar
  curl -o avatar.webp '${origin}/assets/users/123/avatar/-/content?w=256&h=256&fit=fill&format=webp'
  curl '${origin}/assets/users/123/avatar/-/info'
`)
    break
  }
  await new Promise((done) => setTimeout(done, 200))
}
