import { expect, it } from 'vitest'
import api from '../../docs/api.md?raw'
import { FORMAT_NAMES, FORMATS } from '../../src/image/formats'
import { RESERVED } from '../../src/params/parameters'
import { controlTable, transformationTable } from '../../src/params/reference'

/** Tables alike however their columns are padded. */
const squeezed = (markdown: string) => markdown.replace(/ +/g, ' ').replace(/ ?-{3,} ?/g, '---')

it('is current in docs/api.md; `npm run docs` makes it so', () => {
  expect(squeezed(api)).toContain(squeezed(transformationTable()))
  expect(squeezed(api)).toContain(squeezed(controlTable()))
})

it('names every reserved parameter', () => {
  const tables = transformationTable() + controlTable()
  for (const name of RESERVED) expect(tables).toContain(`| \`${name}\` |`)
})

it('tells the formats’ own default qualities', () => {
  const line = transformationTable()
    .split('\n')
    .find((line) => line.startsWith('| `q` |'))!
  for (const name of FORMAT_NAMES) {
    const { quality } = FORMATS[name]
    if (quality !== null) expect(line).toContain(`${name} ${quality}`)
  }
})
