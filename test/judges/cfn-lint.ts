// Owns `npm run test:cfn-lint`: the stacks of a corpus of ClusterConfigs, judged by cfn-lint. Ours are always in it; eksctl's
// examples where `EKSCTL_EXAMPLES` names their directory.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { ClusterConfig } from '../../src/config/cluster-config.ts'
import { loadProject } from '../../src/deploy/project.ts'
import { offlineStacks } from '../../src/deploy/offline-stacks.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const LINTER = process.env['CFN_LINT'] ?? 'cfn-lint'
/** How long cfn-lint may take for all of them. */
const TIMEOUT_MS = 15 * 60_000
const FEWEST_CONFIGS = 40

interface Match {
  readonly Level: string
  readonly Filename: string
  readonly Message: string
  readonly Location: { readonly Path?: readonly (string | number)[] }
  readonly Rule: { readonly Id: string }
}

/** Configs by where they stand; what cannot be read is none of this judge's business. */
function configs(): Map<string, ClusterConfig> {
  const examples = process.env['EKSCTL_EXAMPLES']
  const directories = [
    join(root, 'examples'),
    join(root, 'test/fixtures'),
    ...(examples === undefined ? [] : [examples]),
  ]
  const files = directories.flatMap((directory) =>
    readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.ya?ml$/.test(name))
      .map((name) => join(directory, name)),
  )
  return new Map(
    files.flatMap((file) => {
      const project = loadProject([file])
      const config = project.clusterConfig?.config ?? project.passableConfig?.config
      return config ? [[file, config] as const] : []
    }),
  )
}

// A config that `plan` finds errors in may make no templates at all.
function stacksOf(source: string, config: ClusterConfig): ReturnType<typeof offlineStacks>['stacks'] {
  try {
    return offlineStacks(config).stacks
  } catch (error) {
    console.log(`${source} makes no templates: ${error instanceof Error ? error.message : ''}`)
    corpus.delete(source)
    return []
  }
}

function lint(directory: string, files: readonly string[]): readonly Match[] {
  const { stdout, stderr, error } = spawnSync(LINTER, ['--format', 'json', '--', ...files], {
    cwd: directory,
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    maxBuffer: 64 * 1024 * 1024,
  })
  if (error) {
    console.error(`${LINTER} cannot be run: ${error.message}\n  pip install cfn-lint, or name it in CFN_LINT`)
    process.exit(1)
  }
  if (!stdout.trim().startsWith('[')) {
    console.error(stderr || stdout)
    process.exit(1)
  }
  // The format that cfn-lint documents.
  return JSON.parse(stdout) as readonly Match[]
}

// Examples have ids such as sg-1234, which AWS gives to nothing: that is their own matter.
function isOfFile({ Rule, Filename, Message }: Match): boolean {
  const [, id] = /^'([^']+)' is not a/.exec(Message) ?? []
  if (!['E1150', 'E1152'].includes(Rule.Id) || id === undefined) return false
  return readFileSync(sources.get(Filename) ?? '', 'utf8').includes(id)
}

const directory = mkdtempSync(join(tmpdir(), 'neargate-lint-'))
const corpus = configs()
const sources = new Map<string, string>()
let index = 0
for (const [source, config] of corpus) {
  const folder = String(index++)
  mkdirSync(join(directory, folder))
  for (const { name, template } of stacksOf(source, config)) {
    const file = join(folder, `${name}.json`)
    writeFileSync(join(directory, file), JSON.stringify(template, undefined, 2))
    sources.set(file, source)
  }
}
const matches = lint(directory, [...sources.keys()])
rmSync(directory, { recursive: true, force: true })
const errors = matches.filter((match) => match.Level === 'Error' && !isOfFile(match))
for (const { Rule, Filename, Message, Location } of errors)
  console.error(
    `${Rule.Id} ${sources.get(Filename)} ${Filename} ${Location.Path?.join('/') ?? ''}: ${Message}`,
  )
const warnings = matches.length - errors.length
console.log(
  `${corpus.size} configs, ${sources.size} templates: ${errors.length} errors, ${warnings} warnings and notes`,
)
const isFew = process.env['EKSCTL_EXAMPLES'] !== undefined && corpus.size < FEWEST_CONFIGS
if (isFew) console.error(`the corpus should have ${FEWEST_CONFIGS} configs at least`)
process.exitCode = errors.length > 0 || isFew ? 1 : 0
