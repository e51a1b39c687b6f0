// The one place that knows which file the configuration is. `npm start -- --konifer-config FILE`
// redirects this very specifier.
import { env } from 'cloudflare:workers'
import input from '#konifer-config'
import { type Config, type ConfigEnvironment, parseConfig } from './config'

/** Reads the bundled configuration; what is wrong with it stops the Worker's start. */
export function loadConfig(): Config {
  return parseConfig(input, env as unknown as ConfigEnvironment)
}
