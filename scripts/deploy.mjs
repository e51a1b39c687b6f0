// `npm run deploy`: says what a deployment still needs, with the command that gives it, then
// applies the remote migrations and deploys. Nothing is created without being asked for.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const toml = readFileSync(join(root, 'wrangler.toml'), 'utf8')
const names = (key) => [...toml.matchAll(new RegExp(`^${key} = "([^"]+)"`, 'gm'))].map((match) => match[1])

/** Runs wrangler; returns whether it succeeded and what it printed. */
function wrangler(args, stdio = 'pipe') {
  const run = spawnSync('npx', ['wrangler', ...args], { cwd: root, encoding: 'utf8', stdio })
  return { ok: run.status === 0, output: `${run.stdout ?? ''}${run.stderr ?? ''}` }
}

const missing = []
const need = (ok, what, command) => ok || missing.push({ what, command })

const account = wrangler(['whoami'])
if (!account.ok || /not authenticated/i.test(account.output)) {
  need(false, 'A Cloudflare login', 'npx wrangler login')
} else {
  const [database] = names('database_name')
  const placeholder = toml.includes('00000000-0000-0000-0000-000000000000')
  need(
    !placeholder,
    `The D1 database: put the printed id into wrangler.toml as database_id`,
    `npx wrangler d1 create ${database}`,
  )
  const buckets = wrangler(['r2', 'bucket', 'list']).output
  for (const bucket of new Set(names('bucket_name'))) {
    need(buckets.includes(bucket), `The R2 bucket ${bucket}`, `npx wrangler r2 bucket create ${bucket}`)
  }
  const queues = wrangler(['queues', 'list']).output
  for (const queue of new Set([...names('queue'), ...names('dead_letter_queue')])) {
    need(queues.includes(queue), `The queue ${queue}`, `npx wrangler queues create ${queue}`)
  }
  const secrets = wrangler(['secret', 'list'])
  need(
    secrets.ok && secrets.output.includes('API_TOKENS'),
    'The secret API_TOKENS (bearer tokens that may write, comma-separated)',
    'npx wrangler secret put API_TOKENS',
  )
}

if (missing.length > 0) {
  console.error('This deployment still needs:\n')
  for (const { what, command } of missing) console.error(`- ${what}\n    ${command}\n`)
  process.exit(1)
}
for (const step of [
  ['d1', 'migrations', 'apply', 'DB', '--remote'],
  ['deploy', ...process.argv.slice(2)],
]) {
  if (!wrangler(step, 'inherit').ok) {
    console.error(
      `\nThis step failed; once its cause is mended, repeat it with: npx wrangler ${step.join(' ')}`,
    )
    process.exit(1)
  }
}
