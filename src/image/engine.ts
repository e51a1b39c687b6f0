// The one boundary to the engine's WASM (src/engine, AssemblyScript). An instance belongs to one
// job at a time; its memory only grows, so an instance that has grown is dropped, not pooled.
import engineModule from '../../build/engine.wasm'
import { ImageError } from './error'

/** Numbers that cross the boundary: pointers are byte addresses, booleans 0 or 1. */
type Kernel = (...args: number[]) => number

/** An instance of the engine: its exports, and views of its memory that survive growth. */
export class Engine {
  readonly memory: WebAssembly.Memory
  readonly #exports: WebAssembly.Exports
  #view: Uint8Array

  /** @param limit bytes of linear memory that the job may use at most */
  constructor(readonly limit: number) {
    this.#exports = new WebAssembly.Instance(engineModule, {}).exports
    this.memory = this.#exports.memory as WebAssembly.Memory
    this.#view = new Uint8Array(this.memory.buffer)
    this.call('arenaLimit', limit)
  }

  /** Calls an export of src/engine/index.ts by name. */
  call(name: string, ...args: number[]): number {
    return (this.#exports[name] as Kernel)(...args)
  }

  /** The export itself, for hot loops that call it per strip. */
  kernel(name: string): Kernel {
    return this.#exports[name] as Kernel
  }

  /** All of the memory. Growth detaches views, so take it anew after any call that allocates. */
  get bytes(): Uint8Array {
    if (this.#view.buffer !== this.memory.buffer) this.#view = new Uint8Array(this.memory.buffer)
    return this.#view
  }

  /** Allocates from the arena; throws `too-large` where the job's limit is reached. */
  alloc(bytes: number): number {
    // Beyond 32 bits, the number would wrap to a small one.
    const pointer = bytes < 2 ** 31 ? this.call('alloc', bytes) >>> 0 : 0
    if (pointer === 0) {
      throw new ImageError('too-large', `The picture needs more than the ${this.limit} bytes planned for it`)
    }
    return pointer
  }

  /** Forgets all allocations, for the next job. */
  reset(limit: number): void {
    this.call('arenaReset')
    this.call('arenaLimit', limit)
  }
}
