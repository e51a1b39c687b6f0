// Hits while 50-megapixel pictures are being rendered in the same isolate.
import { machine, once, quantile, table } from './support/compare.mjs'
import { photograph } from './support/pictures.mjs'
import { answer, serveService, storeForm } from './support/service.mjs'

const RENDERS = once ? 1 : 20

const { service, stop } = await serveService()
try {
  const at = (path) => new URL(path, service)
  const small = await (await photograph(1600, 1200)).jpeg({ quality: 85 }).toBuffer()
  const huge = await (await photograph(8160, 6120)).jpeg({ quality: 85 }).toBuffer()
  await answer(at('/assets/small'), { method: 'POST', body: storeForm(small) }, 201)
  await answer(at('/assets/huge'), { method: 'POST', body: storeForm(huge) }, 201)
  const hit = '/assets/small/-/content?w=200'
  await answer(at(hit))
  let rendering = true
  const renders = (async () => {
    const start = performance.now()
    for (let i = 0; i < RENDERS; i++) await answer(at(`/assets/huge/-/content?w=${1500 + i}&format=jpg`))
    rendering = false
    return (performance.now() - start) / RENDERS
  })()
  const hits = []
  while (rendering) {
    const start = performance.now()
    await answer(at(hit))
    hits.push(performance.now() - start)
  }
  const each = await renders
  const ms = (value) => `${value.toFixed(1)} ms`
  console.log(`${machine()}; 50 MP JPEG → 1500 px JPEG takes ${ms(each)} beside the hits\n`)
  table(
    ['hits', 'p50', 'p99', 'max', 'goal of p99'],
    [[hits.length, ms(quantile(hits, 0.5)), ms(quantile(hits, 0.99)), ms(Math.max(...hits)), '≤ 60 ms']],
  )
} finally {
  await stop()
}
