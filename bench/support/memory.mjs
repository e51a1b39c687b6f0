// The memory of an isolate, read through the inspector while it works: V8's heap, its external
// buffers and every WebAssembly.Memory. No limit is enforced locally, so peaks are measured.

/**
 * Watches an isolate.
 * @param {URL} inspector Miniflare's inspector address
 * @param {string} worker name of the Worker
 * @returns {Promise<{ peak(during: () => Promise<unknown>, options?: { collect?: boolean }): Promise<{ idle: number, peak: number, above: number }>, close(): void }>} bytes
 */
export async function watchMemory(inspector, worker) {
  const socket = new WebSocket(new URL(`/core:user:${worker}`, inspector))
  await new Promise((open, fail) => {
    socket.onopen = open
    socket.onerror = fail
  })
  let id = 0
  const waiting = new Map()
  let contextId
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data)
    contextId ??= message.params?.context?.id
    waiting.get(message.id)?.(message)
    waiting.delete(message.id)
  }
  const send = (method, params = {}) =>
    new Promise((resolve, reject) => {
      waiting.set(++id, ({ result, error }) =>
        error ? reject(new Error(`${method}: ${error.message}`)) : resolve(result),
      )
      socket.send(JSON.stringify({ id, method, params }))
    })
  await send('Runtime.enable')

  /** Collects garbage first (queryObjects does), so that what is counted is alive. */
  async function wasmBytes() {
    const { result: prototype } = await send('Runtime.evaluate', {
      expression: 'WebAssembly.Memory.prototype',
      contextId,
    })
    const { objects } = await send('Runtime.queryObjects', {
      prototypeObjectId: prototype.objectId,
      objectGroup: 'memory',
    })
    const { result } = await send('Runtime.callFunctionOn', {
      objectId: objects.objectId,
      functionDeclaration:
        'function () { return this.reduce((sum, memory) => sum + memory.buffer.byteLength, 0) }',
      returnByValue: true,
    })
    await send('Runtime.releaseObjectGroup', { objectGroup: 'memory' })
    return result.value
  }
  async function now() {
    const usage = await send('Runtime.getHeapUsage')
    return usage.usedSize + (usage.embedderHeapUsedSize ?? 0) + (usage.backingStorageSize ?? 0)
  }
  return {
    /**
     * Runs `during` and reports the isolate's bytes before, at the peak, and the difference. Without
     * `collect` garbage counts too, and the work is not slowed down by collecting it every 15 ms.
     */
    async peak(during, { collect = true } = {}) {
      const wasm = await wasmBytes()
      const idle = wasm + (await now())
      let peak = idle
      let running = true
      const work = during().finally(() => {
        running = false
      })
      while (running) {
        peak = Math.max(peak, (collect ? await wasmBytes() : wasm) + (await now()))
        await new Promise((done) => setTimeout(done, 15))
      }
      await work
      return { idle, peak, above: peak - idle }
    },
    close: () => socket.close(),
  }
}
