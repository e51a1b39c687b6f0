// What the hot paths would cost with nothing around them: the same D1 and R2 calls, no service.
interface Bindings {
  DB: D1Database
  ASSETS: R2Bucket
}

const HIT = `SELECT a.*, v.* FROM assets a JOIN variants v ON v.asset_id = a.id
  WHERE a.path = ? AND v.key = ? ORDER BY a.entry_id DESC LIMIT 1`

export default {
  async fetch(request, env, ctx) {
    const url = new URL(request.url)
    const key = url.searchParams.get('key') ?? ''
    if (url.pathname === '/object') {
      const object = await env.ASSETS.get(key)
      return new Response(object?.body ?? null, { headers: { 'content-type': 'image/webp' } })
    }
    if (url.pathname === '/hit') {
      await env.DB.prepare(HIT).bind(url.searchParams.get('path'), key).first()
      const object = await env.ASSETS.get(key)
      return new Response(object?.body ?? null, { headers: { 'content-type': 'image/webp' } })
    }
    if (url.pathname === '/cache') {
      const cached = await caches.default.match(request.url)
      if (cached) return cached
      const object = await env.ASSETS.get(key)
      const answer = new Response(await object?.arrayBuffer(), {
        headers: { 'content-type': 'image/webp', 'cache-control': 'public, max-age=3600' },
      })
      ctx.waitUntil(caches.default.put(request.url, answer.clone()))
      return answer
    }
    if (url.pathname === '/store') {
      const name = crypto.randomUUID()
      await env.ASSETS.put(name, request.body)
      await env.DB.batch([
        env.DB.prepare('CREATE TABLE IF NOT EXISTS bare (key TEXT PRIMARY KEY, path TEXT, at INTEGER)'),
        env.DB.prepare('INSERT INTO bare VALUES (?, ?, ?)').bind(
          name,
          url.searchParams.get('path'),
          Date.now(),
        ),
      ])
      return new Response(null, { status: 201 })
    }
    return new Response('Expected /object, /hit, /cache or /store', { status: 404 })
  },
} satisfies ExportedHandler<Bindings>
