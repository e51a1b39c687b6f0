// What is wrong with a configuration, said so that it can be repaired: the key's path, what was
// expected there and what came.
import type { z } from 'zod'

/** A configuration that can't be served; `message` lists every mistake, a line each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'

  constructor(readonly mistakes: readonly string[]) {
    super(`konifer.config.ts can't be used:\n${mistakes.map((line) => `  ${line}`).join('\n')}`)
  }
}

/** `paths["/users/**"].objectStore.bucket` */
export function keyPath(path: readonly PropertyKey[]): string {
  let text = ''
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`
    else if (/^[A-Za-z_$][\w$]*$/.test(String(key))) text += text === '' ? String(key) : `.${String(key)}`
    else text += `[${JSON.stringify(String(key))}]`
  }
  return text === '' ? 'the configuration' : text
}

/** One line: where, what was expected, what came. */
export function mistake(path: readonly PropertyKey[], sentence: string, received?: unknown): string {
  return `${keyPath(path)}: ${sentence}${received === undefined ? '' : ` but received ${show(received)}`}`
}

/** The lines of a failed parse. `input` is what was parsed, to say what came. */
export function describeIssues(issues: readonly z.core.$ZodIssue[], input: unknown): string[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => mistake([...issue.path, key], 'Expected no such key'))
    }
    const received = valueAt(input, issue.path)
    return [`${keyPath(issue.path)}: ${sentence(issue)} but received ${show(received)}`]
  })
}

function sentence(issue: z.core.$ZodIssue): string {
  // The schema's own words, where it has any.
  if (issue.message.startsWith('Expected')) return issue.message
  switch (issue.code) {
    case 'invalid_type':
      return `Expected ${article(issue.expected)}`
    case 'invalid_value':
      return `Expected one of ${issue.values.map(String).join(', ')}`
    case 'too_small':
      return issue.origin === 'string'
        ? 'Expected text that is not empty'
        : `Expected an integer from ${issue.minimum}`
    case 'too_big':
      return `Expected at most ${issue.maximum}`
    default:
      return issue.message
  }
}

function article(type: string): string {
  const names: Record<string, string> = {
    int: 'an integer',
    array: 'a list',
    record: 'an object',
    string: 'text',
  }
  return names[type] ?? (/^[aeio]/.test(type) ? `an ${type}` : `a ${type}`)
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input
  for (const key of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[key]
  return value
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}
