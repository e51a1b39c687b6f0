// JSON answers that say their length, so that HEAD, which has no body to tell it by, says it too.

export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  const bytes = new TextEncoder().encode(JSON.stringify(value))
  const own = { 'Content-Type': 'application/json', 'Content-Length': String(bytes.length) }
  return new Response(bytes, { status, headers: { ...headers, ...own } })
}
