// The Hono application: middleware order, routes, and the one place where errors become answers.
import { Hono, type Context as HonoContext } from 'hono'
import type { Config } from './config/config'
import { AppError } from './errors'
import { requireToken } from './middleware/auth'
import { cors, securityHeaders } from './middleware/cors'
import { drainBody } from './middleware/drain'
import { observe } from './middleware/observe'
import type { AppEnv } from './middleware/request-context'
import { fetchAsset } from './routes/fetch'
import { health, ready } from './routes/health'
import { json } from './routes/json'
import { purge } from './routes/purge'
import { shortcut } from './routes/shortcut'
import { putAsset, removeAssets, storeAsset } from './routes/write'
import { errorFacts, logLine, requestCame } from './services/context'
import { translate } from './services/image-error'

type Handler = (c: HonoContext<AppEnv>) => Response | Promise<Response>

/** One row per address: what each method does, and whether it needs a token. */
const ROUTES: readonly { path: string; methods: Record<string, { handler: Handler; token?: true }> }[] = [
  {
    path: '/assets/*',
    methods: {
      GET: { handler: fetchAsset },
      POST: { handler: storeAsset, token: true },
      PUT: { handler: putAsset, token: true },
      DELETE: { handler: removeAssets, token: true },
    },
  },
  { path: '/purge', methods: { POST: { handler: purge, token: true } } },
  { path: '/health', methods: { GET: { handler: health } } },
  { path: '/health/ready', methods: { GET: { handler: ready } } },
]

export interface App {
  fetch(request: Request, env: Env, execution: ExecutionContext): Response | Promise<Response>
}

/** Makes the application for a checked configuration. */
export function makeApp(config: Config): App {
  const app = makeRouter(config)
  return {
    async fetch(request, env, execution) {
      requestCame()
      return (await shortcut(config, request, env, execution)) ?? app.fetch(request, env, execution)
    },
  }
}

function makeRouter(config: Config): Hono<AppEnv> {
  // Paths are matched as they were sent: the address grammar decodes them itself, once.
  const app = new Hono<AppEnv>({ getPath: (request) => pathOf(request.url) })
  app.use(observe(config), securityHeaders, cors, drainBody)
  for (const { path, methods } of ROUTES) {
    const allowed = Object.keys(methods).flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : method))
    const Allow = [...allowed, 'OPTIONS'].join(', ')
    for (const [method, { handler, token }] of Object.entries(methods)) {
      if (token) app.on(method, path, requireToken)
      app.on(method, path, handler)
    }
    app.options(path, () => new Response(null, { status: 204, headers: { Allow } }))
    app.all(path, (c) => {
      const methods = allowed.join(', ')
      throw new AppError(
        405,
        'method_not_allowed',
        `Expected one of ${methods} but received ${c.req.method}`,
        {
          headers: { Allow },
        },
      )
    })
  }
  app.notFound((c) =>
    errorAnswer(c, new AppError(404, 'route_not_found', 'There is nothing at this address')),
  )
  app.onError((error, c) => errorAnswer(c, translate(error)))
  return app
}

/** Errors that a client may read as they are; of any other it learns only where the log has it. */
function errorAnswer(c: HonoContext<AppEnv>, error: unknown): Response {
  const { requestId } = c.var
  if (!(error instanceof AppError)) {
    logLine('error', 'request failed', { id: requestId, ...errorFacts(error) })
    const message = `Something went wrong on our side; the log has it under ${requestId}`
    return json({ message, code: 'internal_error' }, 500)
  }
  const { status, code, message, detail } = error
  c.var.facts.code = code
  if (detail !== undefined || status >= 500) {
    logLine('warn', 'request refused', {
      id: requestId,
      code,
      detail,
      ...(status >= 500 && errorFacts(error)),
    })
  }
  return json({ message, code }, status, error.headers)
}

/** `/assets` itself is an address without a path, which the grammar refuses. */
function pathOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('//') + 2)
  const path = start < 0 ? '/' : url.slice(start).replace(/[?#].*$/s, '')
  return path
}
