import { defineConfig } from './src/config/define'

// Every key is described in docs/configuration.md; secrets come from the environment.
export default defineConfig({
  buckets: { assets: 'ASSETS', private: 'PRIVATE' },
  variantProfiles: {
    thumbnail: { w: 256, h: 256, fit: 'fill', g: 'attention' },
  },
  paths: {
    '/**': { objectStore: { bucket: 'assets' } },
  },
})
