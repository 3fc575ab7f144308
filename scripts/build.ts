// Builds dist/: generates tables, bundles the program, and puts the library's declarations beside. Run by `npm ci` through
// the prepare script.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { bundle } from './bundle.ts'
import { publishDeclarations } from './declarations.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

function run(command: string, ...args: string[]): void {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

run('node', 'scripts/generate.ts')
await bundle(root)
run('tsc', '-p', 'tsconfig.types.json')
publishDeclarations({
  root,
  compiled: `${root}dist/.declarations/`,
  to: `${root}dist/types/`,
  entry: 'src/library/index',
})
