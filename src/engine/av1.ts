// The exports of av1.wasm: the AV1 decoder, a module of its own so that its tables and code are in no other instance.

export { alloc, arenaLimit, arenaMark, arenaPeak, arenaRelease, arenaReset, arenaUsed } from './arena'
export { av1Fact, av1Headers, av1Next, av1Open, av1Plane, av1Start, av1Stride } from './av1-decode'
