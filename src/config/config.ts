// Checks the whole configuration and the environment's secrets once, when the Worker starts, and
// makes of them what the service reads. One mistake stops the start; all are listed.
import { createHash } from 'node:crypto'
import type { Transformation } from '../image/transformation'
import { PROFILE_NAME } from '../params/parameters'
import { conflictIn, parseConfigured } from '../params/transformation'
import { ConfigError, describeIssues, mistake } from './mistakes'
import { configSchema, type PathInput } from './schema'
import { readSecrets, type Secrets } from './secrets'
import { DEFAULT_SETTINGS, type PathSettings } from './settings'
import { mergeDeep, PathTrie } from './trie'

type Checked = ReturnType<typeof configSchema.parse>

/** The configuration as the service reads it. Durations are milliseconds. */
export interface Config extends Omit<Checked, 'paths' | 'variantProfiles' | 'auth' | 'buckets'> {
  /** Bucket name → R2 binding. */
  readonly buckets: Readonly<Record<string, string>>
  /** Bucket name → its name at R2, for presigned URLs. */
  readonly bucketNames: Readonly<Record<string, string>>
  readonly auth: { readonly mode: 'token' | 'open'; readonly protectInfo: boolean }
  readonly variantProfiles: ReadonlyMap<string, Transformation>
  readonly secrets: Secrets
  /** Changes with any key, so that what was cached under another configuration is not found. */
  readonly version: string
  /** What applies to a path, all matching patterns merged. */
  settingsFor(path: string): PathSettings
}

/** The environment's part: secrets, `PUBLIC_URL`, `LOCAL_URL`, `AUTH_MODE` and the bindings that buckets name. */
export type ConfigEnvironment = Readonly<Record<string, unknown>>

/** Reads a configuration file's default export. Throws ConfigError. */
export function parseConfig(input: unknown, env: ConfigEnvironment): Config {
  const parsed = configSchema.safeParse(withEnvironment(input, env))
  if (!parsed.success) throw new ConfigError(describeIssues(parsed.error.issues, input))
  const { paths, variantProfiles, buckets, ...config } = parsed.data
  const mistakes: string[] = []

  const profiles = readProfiles(config, variantProfiles, mistakes)
  const settings = new Map<string, unknown>()
  for (const [pattern, given] of Object.entries(paths)) {
    settings.set(pattern, readPath(config, pattern, given, mistakes))
  }
  const settingsFor = makeLookup(settings, mistakes)
  for (const [name, { binding }] of Object.entries(buckets)) {
    if (isBucket(env[binding])) continue
    const repair = 'add [[r2_buckets]] to wrangler.toml, or run `npx wrangler r2 bucket create` first'
    mistakes.push(mistake(['buckets', name], `Expected the binding of an R2 bucket (${repair})`, binding))
  }
  for (const pattern of ['/', ...settings.keys()]) {
    checkSettings(settingsFor(pattern), pattern, Object.keys(buckets), profiles, mistakes)
  }
  const strategies = [...settings.keys()].map((p) => settingsFor(p).returnFormat.redirect.strategy)
  const mode = config.auth.mode ?? (env.AUTH_MODE === 'open' ? 'open' : 'token')
  const secrets = readSecrets(env, {
    signing: config.urlSigning.enabled,
    presigned: strategies.includes('presigned'),
    mistakes,
  })
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  const version = createHash('sha256').update(JSON.stringify(parsed.data)).digest('base64url').slice(0, 12)
  const names = Object.entries(buckets)
  return {
    ...config,
    buckets: Object.fromEntries(names.map(([name, { binding }]) => [name, binding])),
    bucketNames: Object.fromEntries(names.map(([name, { bucketName }]) => [name, bucketName ?? name])),
    auth: { mode, protectInfo: config.auth.protectInfo },
    variantProfiles: profiles,
    secrets,
    version,
    settingsFor,
  }
}

/**
 * `PUBLIC_URL` wins over the file, which wins over `LOCAL_URL`, where `npm start` serves; all are checked
 * by the same rule.
 */
function withEnvironment(input: unknown, env: ConfigEnvironment): unknown {
  const address = (name: string): string => (typeof env[name] === 'string' ? (env[name] as string) : '')
  const [wins, otherwise] = [address('PUBLIC_URL'), address('LOCAL_URL')]
  if (wins !== '') return mergeDeep(input ?? {}, { http: { publicUrl: wins } })
  return otherwise === '' ? input : mergeDeep({ http: { publicUrl: otherwise } }, input)
}

function readProfiles(config: Pick<Config, 'limits'>, given: Checked['variantProfiles'], mistakes: string[]) {
  const profiles = new Map<string, Transformation>()
  for (const [name, values] of Object.entries(given)) {
    const at = ['variantProfiles', name]
    if (!PROFILE_NAME.test(name)) {
      mistakes.push(mistake(at, 'Expected a name of 1 to 64 letters, digits, ".", "_" or "-"', name))
    }
    const { transformation, mistakes: found } = parseConfigured(values, 'profile', config.limits)
    for (const bad of found)
      mistakes.push(mistake([...at, bad.key], `Expected ${bad.expected}`, bad.received))
    const conflict = conflictIn(transformation)
    if (conflict) mistakes.push(mistake(at, conflict))
    profiles.set(name, transformation)
  }
  return profiles
}

/** One pattern's settings in the shape of PathSettings, with absent keys left out. */
function readPath(config: Pick<Config, 'limits'>, pattern: string, given: PathInput, mistakes: string[]) {
  const at = ['paths', pattern]
  if (!/^\//.test(pattern)) mistakes.push(mistake(at, 'Expected a pattern that begins with "/"', pattern))
  if (pattern.split('/').some((segment) => /\*/.test(segment) && !/^\*\*?$/.test(segment))) {
    mistakes.push(mistake(at, 'Expected "*" and "**" as whole segments only', pattern))
  }
  const image = given.transform?.preprocessing?.image
  if (!image) return given
  const { transformation, mistakes: found } = parseConfigured(image, 'preprocessing', config.limits)
  const below = [...at, 'transform', 'preprocessing', 'image']
  for (const bad of found) {
    mistakes.push(mistake([...below, bad.key], `Expected ${bad.expected}`, bad.received))
  }
  const preprocessing = { ...given.transform?.preprocessing, image: transformation }
  return { ...given, transform: { ...given.transform, preprocessing } }
}

/** Merged settings are few, however many paths there are: one per set of patterns that match. */
const MAX_MERGED = 1000

function makeLookup(settings: ReadonlyMap<string, unknown>, mistakes: string[]) {
  const trie = new PathTrie<{ id: number; value: unknown }>()
  let id = 0
  for (const [pattern, value] of settings) {
    if (!trie.add(pattern, { id: id++, value })) {
      mistakes.push(mistake(['paths', pattern], 'Expected each pattern once, in whatever case', pattern))
    }
  }
  const merged = new Map<string, PathSettings>()
  return (path: string): PathSettings => {
    const found = trie.match(path)
    const key = found.map((entry) => entry.id).join()
    let whole = merged.get(key)
    if (!whole) {
      whole = found.reduce((base, entry) => mergeDeep(base, entry.value), DEFAULT_SETTINGS)
      if (merged.size >= MAX_MERGED) merged.clear()
      merged.set(key, whole)
    }
    return whole
  }
}

/** What a pattern and its parents only say together. */
function checkSettings(
  settings: PathSettings,
  pattern: string,
  buckets: readonly string[],
  profiles: Config['variantProfiles'],
  mistakes: string[],
): void {
  const at = pattern === '/' ? ['paths'] : ['paths', pattern]
  const say = (key: string[], sentence: string, received?: unknown) => {
    const line = mistake([...at, ...key], sentence, received)
    if (!mistakes.includes(line)) mistakes.push(line)
  }
  const { transform, objectStore, returnFormat } = settings
  if (!buckets.includes(objectStore.bucket)) {
    say(['objectStore', 'bucket'], `Expected one of the buckets ${buckets.join(', ')}`, objectStore.bucket)
  }
  for (const name of transform.eagerVariants) {
    if (!profiles.has(name)) say(['transform', 'eagerVariants'], 'Expected names in variantProfiles', name)
  }
  const conflict = transform.preprocessing.enabled ? conflictIn(transform.preprocessing.image) : null
  if (conflict) say(['transform', 'preprocessing', 'image'], conflict)
  if (transform.expire.strategy !== 'never' && transform.expire.ttl === null) {
    say(
      ['transform', 'expire', 'ttl'],
      `Expected a duration for the strategy ${transform.expire.strategy}`,
      null,
    )
  }
  const { strategy, template } = returnFormat.redirect
  if (strategy === 'template' && template.string === null) {
    say(['returnFormat', 'redirect', 'template', 'string'], 'Expected a URL for the strategy template', null)
  }
}

function isBucket(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'createMultipartUpload' in value
}
