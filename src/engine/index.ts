// Everything the host may call. One line per module; see docs/architecture.md.
export { alloc, arenaLimit, arenaMark, arenaRelease, arenaReset, arenaUsed } from './arena'
export { frameAddAlpha, frameDropAlpha } from './frame'
