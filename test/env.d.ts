// What vitest.config.ts binds for the tests, beside the service's own Env.
declare namespace Cloudflare {
  interface GlobalProps {
    mainModule: typeof import('../src/index')
  }
  interface Env {
    TEST_MIGRATIONS: import('cloudflare:test').D1Migration[]
    /** libvips in Node; see test/support/oracle.ts. */
    ORACLE: Fetcher
  }
}

/** Vite's import of many files as text. */
interface ImportMeta {
  glob<T>(pattern: string, options: { query: '?raw'; import: 'default'; eager: true }): Record<string, T>
}

declare module '*.md?raw' {
  const text: string
  export default text
}

/** A file's text, as the bundler gives it. */
declare module '*?raw' {
  const text: string
  export default text
}
