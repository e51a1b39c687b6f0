// Durations of the configuration: 30s, 10m, 24h, 7d.

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Milliseconds of a duration, or null where the text is none. */
export function parseDuration(text: string): number | null {
  const parts = /^(\d{1,9})([smhd])$/.exec(text)
  return parts ? Number(parts[1]) * UNITS[parts[2] as keyof typeof UNITS] : null
}
