// `npm run bench [NAME…] [-- --once]`: runs bench/NAME.bench.mjs, or all of them, one after another.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = dirname(fileURLToPath(import.meta.url))
const options = process.argv.slice(2).filter((arg) => arg.startsWith('--'))
const names = process.argv.slice(2).filter((arg) => !arg.startsWith('--'))
const known = readdirSync(folder)
  .filter((file) => file.endsWith('.bench.mjs'))
  .map((file) => file.slice(0, -'.bench.mjs'.length))
for (const name of names) {
  if (!known.includes(name)) {
    console.error(`Expected one of ${known.join(', ')} but received "${name}"`)
    process.exit(1)
  }
}
for (const name of names.length > 0 ? names : known) {
  console.log(`\n## ${name}`)
  const run = spawnSync(process.execPath, [join(folder, `${name}.bench.mjs`), ...options], {
    stdio: 'inherit',
  })
  if (run.status !== 0) process.exit(run.status ?? 1)
}
