// Two sides timed in one run: their order alternates between rounds, so that a drift of the
// machine's speed meets both, and medians are compared.
import { cpus } from 'node:os'

export const once = process.argv.includes('--once')

/** The middle value; of an even number, the mean of the two. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** The p-quantile (0–1) by nearest rank. */
export function quantile(values, p) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(p * sorted.length) - 1)]
}

/** Milliseconds that `work` takes. */
export async function time(work) {
  const start = performance.now()
  await work()
  return performance.now() - start
}

/**
 * Times the sides in alternating order.
 * @param {Record<string, () => Promise<unknown>>} sides
 * @returns {Promise<Record<string, { median: number, all: number[] }>>} milliseconds
 */
export async function compare(sides, { rounds = 15, warmup = 3 } = {}) {
  const names = Object.keys(sides)
  const all = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = once ? 0 : -warmup; round < (once ? 1 : rounds); round++) {
    for (const name of round % 2 === 0 ? names : [...names].reverse()) {
      const took = await time(sides[name])
      if (round >= 0) all[name].push(took)
    }
  }
  return Object.fromEntries(names.map((name) => [name, { median: median(all[name]), all: all[name] }]))
}

/** One line that says what the figures were measured on. */
export function machine() {
  return `${cpus()[0].model.trim()}, ${cpus().length} cores, Node ${process.versions.node}`
}

/** Prints rows as a Markdown table. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  console.log([line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n'))
}
