// What konifer.config.ts imports: types alone, so that the file stays free of the service.
import type { ConfigInput } from './schema'

/** Gives a configuration its types. The values are checked when the Worker starts. */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config
}
