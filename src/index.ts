// The Worker's entry: the only wiring.
import { makeApp } from './app'
import { loadConfig } from './config/load'
import { makeContext } from './services/context'
import { consumeEagerMessages, type EagerMessage } from './services/eager-variants'
import { sweep } from './services/sweep'

const config = loadConfig()
const app = makeApp(config)

export default {
  fetch: app.fetch,
  async scheduled(_controller, env, execution) {
    await sweep(makeContext(env, config, execution, { reads: 'primary' }))
  },
  async queue(batch, env, execution) {
    await consumeEagerMessages(makeContext(env, config, execution, { reads: 'primary' }), batch)
  },
} satisfies ExportedHandler<Env, EagerMessage>
