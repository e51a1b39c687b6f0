// Builds what the bundle needs but the repository does not hold: the engine's WASM and
// the codec glue that is patched out of node_modules. Everything lands in build/.
import { spawnSync } from 'node:child_process'
import { mkdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { patchCodecs } from './patch-codecs.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const build = join(root, 'build')
mkdirSync(build, { recursive: true })

/**
 * Compiles a module of src/engine to build/ with the options of its asconfig.json.
 * @param pages of 64 KB that its static data takes
 */
function buildEngine(entry, name, pages) {
  const asc = join(root, 'node_modules', 'assemblyscript', 'bin', 'asc.js')
  const out = join(build, name)
  const options = ['--config', 'src/engine/asconfig.json', '--initialMemory', String(pages), '--outFile', out]
  const { status } = spawnSync(process.execPath, [asc, entry, ...options], { cwd: root, stdio: 'inherit' })
  if (status !== 0) throw new Error(`asc failed with exit code ${status}`)
  console.log(`build/${name} ${(statSync(out).size / 1024).toFixed(1)} KB`)
}

buildEngine('src/engine/index.ts', 'engine.wasm', 4)
buildEngine('src/engine/av1.ts', 'av1.wasm', 5)
buildEngine('src/engine/jxl-index.ts', 'jxl.wasm', 4)
patchCodecs(root)
