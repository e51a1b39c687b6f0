// `node bench/fuzz.mjs NAME [COUNT] [SEED]`: decodes COUNT (default 200,000) seeded mutations of small files in
// workerd, which the suite does less often: it runs the test of that name.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const TESTS = {
  jpeg: 'test/engine/jpeg-decode-mutations.test.ts',
  png: 'test/image/codecs/png-mutations.test.ts',
  others: 'test/image/mutations.test.ts',
  metadata: 'test/image/metadata/mutations.test.ts',
  forms: 'test/services/multipart-mutations.test.ts',
}

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const [name, count = '200000', seed = '1'] = process.argv.slice(2)
const test = TESTS[name]
if (!test) {
  console.error(`Expected one of ${Object.keys(TESTS).join(', ')} but received "${name ?? ''}"`)
  process.exit(1)
}
const { status } = spawnSync(
  process.execPath,
  [join(root, 'node_modules/vitest/vitest.mjs'), 'run', test, '--test-timeout', '3600000'],
  { cwd: root, stdio: 'inherit', env: { ...process.env, VITE_FUZZ: count, VITE_FUZZ_SEED: seed } },
)
process.exit(status ?? 1)
