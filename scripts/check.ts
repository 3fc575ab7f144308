// Runs every static check and says at the end which failed: types, lint, format, unused code, package shape.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

// 45 MB that nothing else asks for: npm brings them when they are first run, and keeps them.
const bring = (tool: string): readonly [string, ...string[]] => [
  'npm',
  'exec',
  '--yes',
  `--package=${tool}`,
  '--',
]

const CHECKS: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['generate', 'node', 'scripts/generate.ts'],
  ['types', 'tsc', '-p', 'tsconfig.json'],
  ['lint', ...bring('oxlint-tsgolint@7.0.2004'), 'oxlint', '--deny-warnings'],
  ['format', 'oxfmt', '--check', 'src', 'scripts', 'test', 'vitest.config.ts'],
  ['unused', ...bring('knip@6.42.1'), 'knip'],
  ['package', 'publint', '--strict'],
]

const failed = CHECKS.filter(([name, command, ...args]) => {
  const started = performance.now()
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  process.stdout.write(`${status === 0 ? '✔' : '✖'} ${name} ${seconds}s\n`)
  return status !== 0
}).map(([name]) => name)

if (failed.length > 0) {
  process.stdout.write(`check failed: ${failed.join(', ')}\n`)
  process.exit(1)
}
