// `npm run docs`: writes the tables that are made from the parameter rows into docs/api.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const { outputFiles } = await build({
  entryPoints: [join(root, 'src/params/reference.ts')],
  bundle: true,
  format: 'esm',
  write: false,
})
const code = Buffer.from(outputFiles[0].contents).toString('base64')
const { transformationTable, controlTable } = await import(`data:text/javascript;base64,${code}`)

const file = join(root, 'docs/api.md')
let text = readFileSync(file, 'utf8')
for (const [name, table] of [
  ['transformations', transformationTable()],
  ['controls', controlTable()],
]) {
  const begin = `<!-- ${name}: made by npm run docs -->`
  const end = `<!-- end of ${name} -->`
  const at = text.indexOf(begin)
  const until = text.indexOf(end)
  if (at < 0 || until < at) throw new Error(`Expected "${begin}" and "${end}" in docs/api.md`)
  text = `${text.slice(0, at + begin.length)}\n${table}\n${text.slice(until)}`
}
writeFileSync(file, text)
console.log('docs/api.md is current')
