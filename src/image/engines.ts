// Engines are lent to one job at a time. Their memory only grows, so a grown one is dropped.
import { Engine } from './engine'

/** Memory above which an idle engine is dropped rather than kept. */
const KEEP_BYTES = 8 * 1024 * 1024

/** Of WebAssembly memory. */
const PAGE = 65536

let idle: Engine | null = null
let peak = 0

/** Bytes of the engine's memory that the last job used, static data included. */
export function lastEnginePeak(): number {
  return peak
}

/**
 * Runs a job with an engine whose arena holds `bytes`. After a failure the engine is dropped: a trap
 * may have left it half-way.
 */
export async function withEngine<T>(bytes: number, job: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = idle ?? new Engine(bytes)
  idle = null
  engine.reset(bytes)
  // Grown once: allocation by allocation, V8 may move the whole memory each time.
  const missing = Math.ceil((bytes - engine.memory.buffer.byteLength) / PAGE)
  if (missing > 0) engine.memory.grow(missing)
  const result = await job(engine)
  peak = engine.call('arenaPeak')
  if (engine.memory.buffer.byteLength <= KEEP_BYTES) idle = engine
  return result
}
