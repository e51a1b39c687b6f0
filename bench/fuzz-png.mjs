// `node bench/fuzz-png.mjs [COUNT] [SEED]`: decodes COUNT (default 20,000) seeded mutations of small PNGs, in
// workerd and between guard blocks: it runs test/image/codecs/png-fuzz.test.ts that often.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const [count = '20000', seed = '1'] = process.argv.slice(2)
const { status } = spawnSync(
  process.execPath,
  [join(root, 'node_modules/vitest/vitest.mjs'), 'run', 'test/image/codecs/png-fuzz.test.ts'],
  { cwd: root, stdio: 'inherit', env: { ...process.env, VITE_FUZZ: count, VITE_FUZZ_SEED: seed } },
)
process.exit(status ?? 1)
