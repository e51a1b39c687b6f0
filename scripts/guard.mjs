// Runs a Node script in a process group that ends with whoever started it, however that ends: a pipe
// holds its standard input open, and closes even where the starter was killed.
//   node scripts/guard.mjs SCRIPT ARGUMENTS…   (as the leader of a group of its own: `detached`)
import { spawn } from 'node:child_process'

const child = spawn(process.execPath, process.argv.slice(2), { stdio: ['ignore', 'inherit', 'inherit'] })
process.stdin.on('close', () => process.kill(0, 'SIGKILL')).resume()
// Signals to the group are for the script, which ends in its own time.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})
child.on('exit', (code) => process.exit(code ?? 1))
