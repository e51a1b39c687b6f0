// The Worker's entry: the only wiring.
import { makeApp } from './app'
import { loadConfig } from './config/load'
import { makeContext } from './services/context'
import { sweep } from './services/sweep'

const config = loadConfig()
const app = makeApp(config)

export default {
  fetch: app.fetch,
  async scheduled(_controller, env, execution) {
    await sweep(makeContext(env, config, execution))
  },
} satisfies ExportedHandler<Env>
