// lcms-wasm has no types of its own; see lcms.ts for what is used of it.
declare module 'lcms-wasm' {
  export function instantiate(options: {
    instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void): unknown
    print(line: string): void
    printErr(line: string): void
  }): Promise<unknown>
}
