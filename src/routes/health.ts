// GET /health: the Worker is alive. GET /health/ready: D1 and every bucket answer.
import type { Context as HonoContext } from 'hono'
import type { AppEnv } from '../middleware/request-context'
import { errorFacts } from '../services/context'
import { json } from './json'

export function health(): Response {
  return json({ status: 'okay' })
}

export async function ready(c: HonoContext<AppEnv>): Promise<Response> {
  const { config } = c.var
  const { env, buckets, log } = c.var.context()
  const checks: Record<string, () => Promise<unknown>> = {
    database: () => env.DB.prepare('SELECT 1').first(),
  }
  for (const name of Object.keys(config.buckets)) {
    checks[`bucket ${name}`] = () => buckets(name).head('health-check')
  }
  const results: Record<string, 'okay' | 'failing'> = {}
  await Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      try {
        await check()
        results[name] = 'okay'
      } catch (error) {
        results[name] = 'failing'
        log('error', 'not ready', { check: name, ...errorFacts(error) })
      }
    }),
  )
  const okay = Object.values(results).every((result) => result === 'okay')
  return json({ status: okay ? 'okay' : 'failing', checks: results }, okay ? 200 : 503)
}
