import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { oracle } from './test/support/oracle-server.ts'
import { origin } from './test/support/origin-server.ts'

export default defineConfig({
  plugins: [
    cloudflareTest(async () => ({
      wrangler: { configPath: './wrangler.toml' },
      miniflare: {
        bindings: { TEST_MIGRATIONS: await readD1Migrations('migrations') },
        // libvips can't run inside workerd: this binding is answered by Node.
        serviceBindings: { ORACLE: oracle },
        outboundService: origin,
      },
    })),
  ],
  // Time-outs only catch hangs: shared machines are slow at times.
  test: { fsModuleCache: false, setupFiles: ['./test/setup.ts'], testTimeout: 60_000, hookTimeout: 60_000 },
})
