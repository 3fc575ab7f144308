// Bundles the program: all that its entries lead to, the packages among it, in few files, as loading one file of a
// thousand costs more than running it. Packages come with their licences.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'

import { rolldown } from 'rolldown'

import { PARTS } from '../src/base/package-files.ts'

const ENTRIES = ['cli/main', 'library/index', 'base/too-old-node', ...Object.values(PARTS)]
/** What the compiler of declarations remembers, and what is made of it: others write them. */
const KEPT = /^(\.declarations|types)\//
const LICENSE = /^(licen[cs]e|notice|copying)/i

/**
 * Writes `dist/`, entries where their modules are in `src/`, everything else in `dist/chunks/`, and
 * `dist/third-party-licenses.txt`. What was there before is gone, each file at once and after the new ones are there: a
 * program that runs from `dist/` meanwhile goes on.
 * @param root of the checkout @throws when a module is missing
 */
export async function bundle(root: string): Promise<void> {
  const to = join(root, 'dist')
  const bundler = await rolldown({
    cwd: root,
    input: Object.fromEntries(ENTRIES.map((entry) => [entry, join(root, 'src', `${entry}.ts`)])),
    platform: 'node',
    transform: { target: 'node22' },
    // Of packages that come as ES modules too, what nobody uses is left out.
    resolve: { mainFields: ['module', 'main'] },
    onLog(level, log, report) {
      if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message)
      if (level === 'warn' && log.id?.includes('node_modules') !== true) report(level, log)
    },
    // `ws` does without them.
    external: ['bufferutil', 'utf-8-validate'],
  })
  // Its own, for two may build at once.
  const draft = mkdtempSync(join(root, '.dist-'))
  const { output } = await bundler.write({
    dir: draft,
    format: 'esm',
    entryFileNames: '[name].js',
    // As deep as src/base/, from where the package's other files are found.
    chunkFileNames: 'chunks/[name]-[hash].js',
    // Polyfills before those who need them.
    strictExecutionOrder: true,
  })
  await bundler.close()
  const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))
  writeFileSync(join(draft, 'third-party-licenses.txt'), licensesOf(modules))
  publish(draft, to)
}

/** Brings the files of a directory into another one, over those of their names, and removes what else was there. */
function publish(from: string, to: string): void {
  const files = filesIn(from)
  for (const file of files) {
    mkdirSync(dirname(join(to, file)), { recursive: true })
    renameSync(join(from, file), join(to, file))
  }
  rmSync(from, { recursive: true })
  const stale = new Set(filesIn(to)).difference(new Set(files))
  for (const file of stale) if (!KEPT.test(file)) rmSync(join(to, file))
}

function filesIn(directory: string): readonly string[] {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' })
  return names.filter((name) => statSync(join(directory, name)).isFile())
}

/** What the authors of bundled packages want to be said with every copy, package by package. */
function licensesOf(modules: readonly string[]): string {
  const packages = new Set(modules.filter((id) => id.includes('/node_modules/')).map(packageOf))
  return [...packages]
    .map((directory) => {
      const { name, version, license } = manifestOf(directory)
      const texts = readdirSync(directory).filter((file) => LICENSE.test(file))
      const said = texts.map((file) => readFileSync(join(directory, file), 'utf8').trim())
      return `${[`${name} ${version} (${license})`, ...said].join('\n\n')}\n`
    })
    .sort()
    .join(`\n${'-'.repeat(80)}\n\n`)
}

// Packages may hold further package.json without a name, which say only how their folder is loaded.
function packageOf(module: string): string {
  let directory = dirname(module)
  while (!existsSync(join(directory, 'package.json')) || !manifestOf(directory).name)
    directory = dirname(directory)
  return directory
}

function manifestOf(directory: string): { name?: string; version?: string; license?: string } {
  return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as {
    name?: string
    version?: string
    license?: string
  }
}
