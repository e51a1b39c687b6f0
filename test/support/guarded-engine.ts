// One engine for many decodes of damaged files, each in memory that was all zeros or all ones before: a decoder that
// reads what it has not written gives other pixels on another background, one that writes where it may not breaks
// a guard.
import { Engine } from '../../src/image/engine'
import type { RowReader } from '../../src/image/rows'

const GUARD = 256

export class GuardedEngine {
  readonly engine: Engine
  readonly #start: number
  #guards: number[] = []

  constructor(readonly limit: number) {
    this.engine = new Engine(limit)
    this.engine.reset(limit)
    this.#start = this.engine.alloc(0)
  }

  /** Forgets the last job: all memory above the static data is `background`, and a guard stands before what comes. */
  begin(background: number): Engine {
    const { engine } = this
    const used = Math.max(engine.call('arenaPeak') + 65536, 1 << 19)
    engine.bytes.fill(background, this.#start, Math.min(used, engine.memory.buffer.byteLength))
    engine.reset(this.limit)
    this.#guards = []
    this.guard()
    return engine
  }

  /** Puts a guard behind what has been allocated, where there is room for one. */
  guard(): void {
    const { engine } = this
    if (engine.call('arenaUsed') + GUARD + 80 > this.limit) return
    const pointer = engine.alloc(GUARD)
    engine.bytes.fill(0xa5, pointer, pointer + GUARD)
    this.#guards.push(pointer)
  }

  /** Whether nothing was written over a guard, and memory is within its limit. */
  get isSound(): boolean {
    const { buffer } = this.engine.memory
    const isWhole = (at: number) =>
      new Uint32Array(buffer, at, GUARD / 4).every((word) => word === 0xa5a5a5a5)
    return buffer.byteLength <= this.limit && this.#guards.every(isWhole)
  }

  /** A checksum (FNV-1a) of a reader's rows, at most `strips` strips of them, carried on from `hash`. */
  async hashOf(
    reader: Pick<RowReader, 'width' | 'bands' | 'read'>,
    strips: number,
    { hash = 0x811c9dc5, sampleBytes = 1 } = {},
  ): Promise<number> {
    const line = reader.width * reader.bands * sampleBytes
    for (let n = 0; n < strips; n++) {
      const rows = await reader.read()
      if (rows === null) break
      const { bytes } = this.engine
      for (let i = 0; i < rows.count; i++) {
        const at = rows.pointer + i * rows.stride
        for (let x = at; x < at + line; x++) hash = Math.imul(hash ^ bytes[x]!, 0x01000193)
      }
    }
    return hash
  }
}
