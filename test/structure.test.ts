// Imports go one way: index → app → routes, middleware → services → params, store → image → engine.
import { expect, it } from 'vitest'

const sources = import.meta.glob<string>('../src/**/*.ts', { query: '?raw', import: 'default', eager: true })

/** What files of a layer may import, beside their own. `engine` is reached by its build alone. */
const MAY: Record<string, readonly string[]> = {
  index: ['app', 'config', 'services'],
  app: ['routes', 'middleware', 'services', 'config', 'errors'],
  routes: ['middleware', 'services', 'params', 'store', 'image', 'config', 'errors'],
  middleware: ['services', 'params', 'store', 'config', 'errors'],
  services: ['params', 'store', 'image', 'config', 'errors'],
  config: ['params', 'image', 'konifer.config'],
  params: ['image', 'errors'],
  store: [],
  image: [],
  engine: [],
  errors: [],
}

const layerOf = (path: string) => path.split('/')[0]!.replace(/\.ts$/, '')

/** `from`, `import()` and bare imports, resolved against the importing file. */
function importsOf(file: string, text: string): string[] {
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map((match) => match[1]!)
  const folder = `http://src/${file}`
  return specifiers
    .filter((name) => name.startsWith('.') || name.startsWith('#'))
    .map((name) => (name.startsWith('#') ? 'konifer.config' : new URL(name, folder).pathname.slice(1)))
    .map((path) => path.replace(/^src\//, ''))
}

const files = Object.entries(sources).map(([path, text]) => [path.replace('../src/', ''), text] as const)

it('sees the whole of src', () => {
  expect(files.length).toBeGreaterThan(50)
  expect(new Set(files.map(([file]) => layerOf(file)).filter((layer) => layer !== 'env.d'))).toEqual(
    new Set(Object.keys(MAY)),
  )
})

it.each(files.filter(([file]) => file !== 'env.d.ts'))('%s imports downwards only', (file, text) => {
  const layer = layerOf(file)
  for (const imported of importsOf(file, text)) {
    // The built engine and codec glue belong to whoever may load them: src/image.
    if (imported.includes('build/')) {
      expect(layer, imported).toBe('image')
      continue
    }
    const other = layerOf(imported)
    if (other !== layer) expect(MAY[layer], `${file} imports ${imported}`).toContain(other)
  }
})

it('keeps HTTP and storage out of image, params and the engine', () => {
  for (const [file, text] of files) {
    if (!/^(image|engine|params)\//.test(file)) continue
    expect(text, file).not.toMatch(/from '(hono|drizzle-orm)|\b(D1Database|R2Bucket)\b/)
  }
  for (const [file, text] of files) {
    if (/^(image|engine)\//.test(file)) expect(text, file).not.toMatch(/\/errors'/)
  }
})
