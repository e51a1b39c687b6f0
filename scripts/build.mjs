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

/** Compiles src/engine to build/engine.wasm with the options of its asconfig.json. */
function buildEngine() {
  const asc = join(root, 'node_modules', 'assemblyscript', 'bin', 'asc.js')
  const out = join(build, 'engine.wasm')
  const args = [asc, 'src/engine/index.ts', '--config', 'src/engine/asconfig.json', '--outFile', out]
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
  if (status !== 0) throw new Error(`asc failed with exit code ${status}`)
  console.log(`build/engine.wasm ${(statSync(out).size / 1024).toFixed(1)} KB`)
}

buildEngine()
patchCodecs(root)
