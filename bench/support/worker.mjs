// Bundles a Worker as a deployment would (wrangler's dry run) and serves it from workerd through
// Miniflare, with the inspector open so that its memory can be read.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/**
 * Bundles the Worker of a wrangler configuration.
 * @param {string} config path of the wrangler.toml, relative to the repository
 * @param {string} name folder below build/bench that takes the bundle
 * @param {string[]} options more of wrangler's options
 * @returns {{ type: string, path: string, contents: string | Buffer }[]} Miniflare's modules, the entry first
 */
export function bundle(config, name, options = []) {
  const out = join(root, 'build', 'bench', name)
  const args = ['wrangler', 'deploy', '--dry-run', '--config', config, '--outdir', out, ...options]
  const run = spawnSync('npx', args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true' },
  })
  if (run.status !== 0) throw new Error(`${args.join(' ')}\n${run.stdout}${run.stderr}`)
  const files = readdirSync(out).filter((file) => !file.endsWith('.map') && !file.endsWith('.md'))
  const entry = files.find((file) => file.endsWith('.js'))
  return [entry, ...files.filter((file) => file !== entry)].map((file) => ({
    type: file.endsWith('.wasm') ? 'CompiledWasm' : 'ESModule',
    path: join(out, file),
    contents: file.endsWith('.wasm') ? readFileSync(join(out, file)) : readFileSync(join(out, file), 'utf8'),
  }))
}

/**
 * Serves Workers in one workerd.
 * @param {object[]} workers Miniflare worker options; the first answers `url`
 * @param {object} shared Miniflare options of the whole process
 */
export async function serve(workers, shared = {}) {
  const options = {
    ...shared,
    inspectorPort: 0,
    // The Workers' own log lines would bury the figures.
    handleStructuredLogs() {},
    workers: workers.map((worker) => ({
      compatibilityDate: '2026-10-23',
      compatibilityFlags: ['nodejs_compat', 'enable_request_signal'],
      modulesRoot: dirname(worker.modules[0].path),
      unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
      ...worker,
    })),
  }
  const miniflare = new Miniflare(convertV4MiniflareOptions(options))
  const url = await miniflare.ready
  return { miniflare, url, inspector: await miniflare.getInspectorURL(), stop: () => miniflare.dispose() }
}
