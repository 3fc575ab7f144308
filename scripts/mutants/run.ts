// Plants known faults in the source, one at a time, and fails when the tests named beside one do not notice it.
// The files on disk stay as they are: a fault is planted while the module is being loaded.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { startVitest } from 'vitest/node'

import { mutants, type Mutant } from './list.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The fault's place in the source. @throws when it is not there exactly once, so that the list is kept true. */
function plant({ file, from, to }: Mutant): string {
  const source = readFileSync(new URL(`../../src/${file}`, import.meta.url), 'utf8')
  const places = source.split(from).length - 1
  if (places !== 1) throw new Error(`${file} holds ${JSON.stringify(from)} ${places} times: correct the list`)
  return source.replace(from, () => to)
}

/** True when at least one of the tests fails on the mutant; false when it survives. */
async function isKilled(mutant: Mutant): Promise<boolean> {
  const planted = plant(mutant)
  const target = fileURLToPath(new URL(`../../src/${mutant.file}`, import.meta.url))
  const vitest = await startVitest(
    'test',
    mutant.tests.map((test) => `src/${test}`),
    {
      root,
      config: false,
      watch: false,
      reporters: [{}],
      pool: 'threads',
      maxWorkers: 2,
      // A mutant that hangs is dead.
      testTimeout: 10_000,
      include: ['src/**/*.test.ts'],
    },
    {
      plugins: [
        {
          name: 'mutant',
          enforce: 'pre',
          transform: (_code: string, id: string) => (id.split('?')[0] === target ? planted : undefined),
        },
      ],
    },
  )
  const modules = vitest.state.getTestModules()
  await vitest.close()
  // Vitest counts failures for the process; here a failure is what is wanted.
  process.exitCode = 0
  if (modules.length < mutant.tests.length) throw new Error(`${mutant.file}: not all of its tests exist`)
  return modules.some((module) => !module.ok())
}

const chosen = mutants.filter(({ file }) => file.includes(process.argv[2] ?? ''))
const started = performance.now()
const survivors: Mutant[] = []
for (const mutant of chosen) {
  const killed = await isKilled(mutant)
  process.stdout.write(`${killed ? '✔' : '✖ survived'} ${mutant.file}: ${mutant.what}\n`)
  if (!killed) survivors.push(mutant)
}
const seconds = ((performance.now() - started) / 1000).toFixed(0)
process.stdout.write(`${chosen.length} mutants, ${survivors.length} survived, ${seconds} s\n`)
process.exit(survivors.length === 0 ? 0 : 1)
