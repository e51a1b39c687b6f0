import { exports } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { encoded, raw } from './support/oracle'

it('answers GET /health', async () => {
  const response = await exports.default.fetch('http://localhost/health')
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({ status: 'okay' })
})

it('reaches libvips for comparisons', async () => {
  const red = { create: { width: 3, height: 2, channels: 3, background: '#ff0000' } }
  const { data: png } = await encoded(null, [['png']], red)
  const { data, info } = await raw(png, [['resize', 1, 1]])
  expect([info.width, info.height, ...data]).toEqual([1, 1, 255, 0, 0])
})
