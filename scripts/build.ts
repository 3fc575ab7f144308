// Builds dist/: generates tables, compiles, and puts the library's declarations beside. Run by `npm ci` through the prepare
// script.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { publishDeclarations } from './declarations.ts'

const root = new URL('..', import.meta.url)

for (const [command, ...args] of [
  ['node', 'scripts/generate.ts'],
  ['tsc', '-p', 'tsconfig.build.json'],
  ['tsc', '-p', 'tsconfig.types.json'],
] as const) {
  const { status } = spawnSync(command, args, { cwd: fileURLToPath(root), stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

publishDeclarations({
  root: fileURLToPath(root),
  compiled: fileURLToPath(new URL('dist/.declarations/', root)),
  to: fileURLToPath(new URL('dist/types/', root)),
  entry: 'src/library/index',
})
