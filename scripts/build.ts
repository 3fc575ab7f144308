// Builds dist/: generates tables, then compiles. Run by `npm ci` through the prepare script.
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

for (const [command, ...args] of [
  ['node', 'scripts/generate.ts'],
  ['tsc', '-p', 'tsconfig.build.json'],
] as const) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

// npm links the bins of dependencies only: with our own beside them, `npx neargate` in a checkout runs this
// checkout at once, on the Node that is linked there too.
const bins = join(root, 'node_modules/.bin')
if (existsSync(bins)) {
  const link = join(bins, 'neargate')
  rmSync(link, { force: true })
  symlinkSync('../../bin/neargate.js', link)
}
