// Builds dist/: generates tables, then compiles. Run by `npm ci` through the prepare script.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

for (const [command, ...args] of [
  ['node', 'scripts/generate.ts'],
  ['tsc', '-p', 'tsconfig.build.json'],
] as const) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
