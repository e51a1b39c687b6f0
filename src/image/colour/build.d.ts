// What scripts/patch-codecs.mjs writes to build/codecs/ of lcms-wasm, which has no types of its own.
declare module '*/lcms.js' {
  const factory: (options: {
    instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void): unknown
    print(line: string): void
    printErr(line: string): void
  }) => Promise<import('./lcms').Lcms>
  export default factory
}
