import { Hono } from 'hono'

/** The Hono application: middleware order, mounts and the one error handler. */
export function makeApp() {
  const app = new Hono<{ Bindings: Env }>()
  app.get('/health', (c) => c.json({ status: 'okay' }))
  return app
}
