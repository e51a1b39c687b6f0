import { defineConfig } from '../../src/config/define'

// The benchmarks' configuration: the shipped one, and a path whose answers the edge caches.
export default defineConfig({
  buckets: { assets: 'ASSETS', private: 'PRIVATE' },
  paths: { '/cached/**': { cacheControl: { enabled: true, visibility: 'public', maxAge: 3600 } } },
})
