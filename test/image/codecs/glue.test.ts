// The glue of the npm codecs, as scripts/patch-codecs.mjs leaves it. nodejs_compat makes Emscripten believe
// that it runs in Node: here, under vitest, its modules can be loaded, and in a deployed bundle they can't.
import { expect, it } from 'vitest'

const built = import.meta.glob<string>('../../../build/codecs/*.js', {
  query: '?raw',
  import: 'default',
  eager: true,
})
const glue = Object.entries(built).map(([path, text]) => [path.replace(/.*\//, ''), text] as const)

it('is there for every codec', () => {
  expect(glue.map(([name]) => name)).toEqual(expect.arrayContaining(['jxl-encode.js', 'heic-decode.js']))
  expect(glue.length).toBeGreaterThanOrEqual(6)
})

it.each(glue)("%s does not load Node's modules", (_, text) => {
  expect(text).not.toMatch(/createRequire|import\(|from\s*["']node:/)
  // What is left of `require` lies in branches that a process called node would take.
  if (/\brequire\(/.test(text)) expect(text).toMatch(/^var process=undefined,/m)
})

it('is what src uses of npm codecs', () => {
  const sources = import.meta.glob<string>('../../../src/image/**/*.ts', {
    query: '?raw',
    import: 'default',
    eager: true,
  })
  for (const [file, text] of Object.entries(sources)) {
    expect(text, file).not.toMatch(/(from|import\()\s*'(@jsquash|icodec|ogv|libheif-js)/)
  }
})
