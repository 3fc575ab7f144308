// The example projects of test runners, each in a directory of its own with the built package, as its readers have it.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it, onTestFinished } from 'vitest'

import { Playground, root, run } from './support/program.ts'

const EXAMPLES = join(root, 'examples/tests')
const JEST = '30.5.2'
// Without dependencies of its own: this is all that is published of it, and all that runs.
const PACKAGE = ['bin', 'data', 'dist', 'generated', 'package.json']

function projectOf(example: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'neargate-example-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  cpSync(join(EXAMPLES, example), directory, { recursive: true })
  const modules = join(directory, 'node_modules')
  mkdirSync(join(modules, 'neargate'), { recursive: true })
  for (const part of PACKAGE) cpSync(join(root, part), join(modules, 'neargate', part), { recursive: true })
  for (const name of ['@aws-sdk', 'vitest'])
    symlinkSync(join(root, 'node_modules', name), join(modules, name))
  return directory
}

/** Where jest lies: 54 MB that nothing else asks for, brought once. */
async function jest(): Promise<string> {
  const cache = join(root, 'node_modules/.cache/neargate', `jest-${JEST}`)
  if (!existsSync(join(cache, 'node_modules/jest'))) {
    mkdirSync(cache, { recursive: true })
    const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--no-save', '--silent']
    const installed = await run(
      'npm',
      ['install', '--prefix', cache, ...options, `jest@${JEST}`],
      process.env,
    )
    expect(installed).toMatchObject({ status: 0 })
  }
  return join(cache, 'node_modules')
}

const environment = (): NodeJS.ProcessEnv => {
  // What this test runs in is no business of the one that it starts.
  const foreign = Object.keys(process.env).filter((name) => /^(VITEST|NODE_|TEST|JEST)/.test(name))
  return {
    ...process.env,
    ...Object.fromEntries(foreign.map((name) => [name, undefined])),
    NO_COLOR: '1',
    CI: '1',
  }
}

const inDirectory = (directory: string, ...command: string[]) =>
  run('sh', ['-c', 'cd "$0" && exec "$@"', directory, ...command], environment())

describe('the example project of', () => {
  it('node:test passes', async () => {
    const { status, stdout } = await inDirectory(projectOf('node-test'), process.execPath, '--test')
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/pass 3\n/) })
  }, 90_000)

  it('vitest passes', async () => {
    const directory = projectOf('vitest')
    const program = ['node_modules/vitest/vitest.mjs', 'run', '--testTimeout', '30000']
    const { status, stdout } = await inDirectory(directory, process.execPath, ...program)
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/Tests {2}3 passed/) })
  }, 90_000)

  it('jest passes', async () => {
    const modules = await jest()
    const directory = projectOf('jest')
    for (const name of readdirSync(modules)) {
      const to = join(directory, 'node_modules', name)
      if (!name.startsWith('.') && !existsSync(to)) symlinkSync(join(modules, name), to)
    }
    const program = ['--experimental-vm-modules', join(modules, 'jest/bin/jest.js'), '--testTimeout', '30000']
    const { status, stderr } = await inDirectory(directory, process.execPath, ...program)
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringMatching(/Tests: +3 passed/) })
  }, 120_000)

  it('pytest passes', async ({ skip }) => {
    if ((await run('python3', ['-m', 'pytest', '--version'], process.env)).status !== 0)
      skip('there is no pytest')
    const directory = projectOf('pytest')
    const playground = new Playground()
    onTestFinished(() => playground.dispose())
    const variables = {
      ...playground.environment,
      NEARGATE: `${process.execPath} ${join(directory, 'node_modules/neargate/bin/neargate.js')}`,
    }
    const args = ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', directory]
    const { status, stdout } = await run('python3', args, variables)
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/2 passed/) })
  }, 90_000)
})
