// What wrangler.toml binds and which secrets the service reads.
interface Env {
  DB: D1Database
  ASSETS: R2Bucket
  PRIVATE: R2Bucket
  /** Eager variants to generate; without it they are generated behind the response. */
  VARIANTS?: Queue
  /** Comma-separated bearer tokens that may write. */
  API_TOKENS?: string
  PUBLIC_URL?: string
  /** Where `npm start` serves: what links begin with where nothing else is said. */
  LOCAL_URL?: string
  /** `open` where the configuration does not say who may write. */
  AUTH_MODE?: string
  /** Counters per request, where Analytics Engine is bound. */
  ANALYTICS?: AnalyticsEngineDataset
  URL_SIGNING_SECRET_KEY?: string
  URL_SIGNING_SECRET_KEY_PREVIOUS?: string
  R2_ACCOUNT_ID?: string
  R2_ACCESS_KEY_ID?: string
  R2_SECRET_ACCESS_KEY?: string
}

declare namespace Cloudflare {
  interface Env extends globalThis.Env {}
}

declare module '*.wasm' {
  const module: WebAssembly.Module
  export default module
}
