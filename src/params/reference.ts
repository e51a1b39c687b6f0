// The reference's tables, made from the parameter rows. `npm run docs` writes them into
// docs/api.md, and a test checks that they are current.
import { CONTROLS, type ControlParameter, TRANSFORMATION_PARAMETERS } from './parameters'

/** Markdown: the transformation parameters of a URL, a profile and preprocessing. */
export function transformationTable(): string {
  return table(
    TRANSFORMATION_PARAMETERS.map((row) => ({ ...row, note: row.only ? ' Preprocessing only.' : '' })),
  )
}

/** Markdown: the other reserved names of a query. */
export function controlTable(): string {
  return table(Object.values<ControlParameter>(CONTROLS).map((row) => ({ ...row, note: '' })))
}

interface Line {
  readonly name: string
  readonly type: { readonly values: string }
  readonly default: string
  readonly doc: string
  readonly note: string
}

function table(lines: readonly Line[]): string {
  const rows = lines.map(
    ({ name, type, default: initial, doc, note }) =>
      `| \`${name}\` | ${type.values} | ${initial} | ${doc}${note} |`,
  )
  return ['| parameter | values | default | meaning |', '|---|---|---|---|', ...rows].join('\n')
}
