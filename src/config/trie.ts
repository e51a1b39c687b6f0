// Path patterns → settings. Patterns are prefixes: `/users` applies to all below it. Everything
// that matches applies, from the least to the most specific, merged; the walk's cost depends on
// the path's length alone, for exact children are found by name and states are never doubled.

interface Node<T> {
  readonly exact: Map<string, Node<T>>
  star: Node<T> | null
  /** Child reached by `**`; it stays active on every further segment. */
  globstar: Node<T> | null
  readonly deep: boolean
  entry: Entry<T> | null
}

interface Entry<T> {
  readonly value: T
  /** Rank of each segment: exact 2, `*` 1, `**` 0; then the place in the file. */
  readonly ranks: readonly number[]
  readonly order: number
}

/** Finds all patterns that match a path, the least specific first. */
export class PathTrie<T> {
  readonly #root: Node<T> = makeNode(false)
  #count = 0

  /** Returns false where the same pattern (ignoring case) was added before. */
  add(pattern: string, value: T): boolean {
    let node = this.#root
    const ranks: number[] = []
    for (const segment of segmentsOf(pattern)) {
      // `**` twice in a row matches what it matches once.
      if (segment === '**' && node.deep) continue
      ranks.push(segment === '**' ? 0 : segment === '*' ? 1 : 2)
      node = child(node, segment)
    }
    if (node.entry) return false
    node.entry = { value, ranks, order: this.#count++ }
    return true
  }

  /** The values of every pattern that matches `path` or a parent of it. */
  match(path: string): T[] {
    const found = new Set<Entry<T>>()
    let active = new Set<Node<T>>()
    enter(this.#root, active, found)
    for (const segment of segmentsOf(path)) {
      const next = new Set<Node<T>>()
      for (const node of active) {
        if (node.deep) enter(node, next, found)
        const exact = node.exact.get(segment)
        if (exact) enter(exact, next, found)
        if (node.star) enter(node.star, next, found)
      }
      active = next
    }
    return [...found].sort(bySpecificity).map((entry) => entry.value)
  }
}

function makeNode<T>(deep: boolean): Node<T> {
  return { exact: new Map(), star: null, globstar: null, deep, entry: null }
}

function child<T>(node: Node<T>, segment: string): Node<T> {
  if (segment === '*') return (node.star ??= makeNode(false))
  if (segment === '**') return (node.globstar ??= makeNode(true))
  const known = node.exact.get(segment)
  if (known) return known
  const made = makeNode<T>(false)
  node.exact.set(segment, made)
  return made
}

/** Makes a node active, and what `**` reaches from it with no segment at all. */
function enter<T>(node: Node<T>, active: Set<Node<T>>, found: Set<Entry<T>>): void {
  for (let at: Node<T> | null = node; at && !active.has(at); at = at.globstar) {
    active.add(at)
    if (at.entry) found.add(at.entry)
  }
}

/** From the left: exact over `*` over `**`; then the longer; then the later in the file. */
function bySpecificity(a: Entry<unknown>, b: Entry<unknown>): number {
  const shared = Math.min(a.ranks.length, b.ranks.length)
  for (let i = 0; i < shared; i++) {
    const difference = a.ranks[i]! - b.ranks[i]!
    if (difference !== 0) return difference
  }
  return a.ranks.length - b.ranks.length || a.order - b.order
}

function segmentsOf(text: string): string[] {
  return text
    .toLowerCase()
    .split('/')
    .filter((segment) => segment !== '')
}

/** Merges `over` into `base`: objects deeply, lists and everything else replaced. */
export function mergeDeep<T>(base: T, over: unknown): T {
  if (!isObject(base) || !isObject(over)) return (over === undefined ? base : over) as T
  const merged: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(over)) merged[key] = mergeDeep(merged[key], value)
  return merged as T
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
