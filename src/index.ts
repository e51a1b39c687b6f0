import { makeApp } from './app'

const app = makeApp()

export default {
  fetch: app.fetch,
} satisfies ExportedHandler<Env>
