// Runs in Node: the internet, as far as the tests' Worker can reach it. Every outbound request of
// the Worker ends here, whatever its host.
import { Response } from 'miniflare'

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAEElEQVR42mP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg==',
  'base64',
)

/** Answers by the path: /png, /padded/BYTES, /redirect/COUNT, /to?URL, /hang, else 404. */
export async function origin(request: { url: string }): Promise<Response> {
  const { pathname, search, host } = new URL(request.url)
  const [, what = '', count = ''] = pathname.split('/')
  const redirect = (location: string) => new Response(null, { status: 302, headers: { location } })
  switch (what) {
    case 'png':
      return new Response(png, { headers: { 'content-type': 'text/plain', 'x-host': host } })
    case 'padded':
      return new Response(Buffer.concat([png], Number(count)))
    case 'redirect':
      return redirect(count === '1' ? '/png' : `/redirect/${Number(count) - 1}`)
    case 'to':
      return redirect(decodeURIComponent(search.slice(1)))
    case 'hang':
      return new Promise(() => {})
    default:
      return new Response('not here', { status: 404 })
  }
}
