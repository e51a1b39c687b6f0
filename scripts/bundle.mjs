// Bundles the Worker as a deployment would, without deploying, and fails where it has grown over
// its budget: the full build, and the small one that fits the free plan (docs/formats.md).
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/**
 * Kibibytes after gzip. The platform takes 10 MB (paid) and 3 MB (free); the budgets are lower, so
 * that growth is noticed before it hurts.
 */
const BUILDS = [
  { name: 'full', arguments: [], budget: 5000 },
  { name: 'small', arguments: ['--define', 'KONIFER_SMALL:true'], budget: 1500 },
]

/** Kibibytes of a build: as uploaded, and after gzip. */
function measure({ name, arguments: extra }) {
  const wrangler = join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js')
  const out = join(root, 'dist', name)
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [wrangler, 'deploy', '--dry-run', '--outdir', out, ...extra],
    { cwd: root, encoding: 'utf8', env: { ...process.env, WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1' } },
  )
  const sizes = /Total Upload: ([\d.]+) KiB \/ gzip: ([\d.]+) KiB/.exec(stdout)
  if (status !== 0 || !sizes)
    throw new Error(`wrangler could not bundle the ${name} build\n${stdout}${stderr}`)
  return { raw: Number(sizes[1]), gzip: Number(sizes[2]) }
}

let over = false
for (const build of BUILDS) {
  const { raw, gzip } = measure(build)
  const verdict = gzip <= build.budget ? 'within' : 'OVER'
  console.log(
    `${build.name}: ${raw.toFixed(0)} KiB, ${gzip.toFixed(0)} KiB gzipped, ${verdict} its budget of ${build.budget} KiB`,
  )
  over ||= gzip > build.budget
}
if (over) {
  console.error('The bundle has grown over its budget: see dist/ for what is in it')
  process.exit(1)
}
