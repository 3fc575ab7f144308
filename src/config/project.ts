// Owns reading what a user points at, files and directories, into one ClusterConfig and its manifests.
import { basename, dirname } from 'node:path'

import ignore, { type Ignore } from 'ignore'

import type { LocatedConfig, ReadConfig } from './cluster-config-reader.ts'
import { isClusterConfig, toClusterConfig } from './cluster-config-reader.ts'
import type { FileSystem } from './file-system.ts'
import type { Renderer } from './render.ts'
import type { Manifest } from './manifest.ts'
import { duplicates, isToolFile, toManifests } from './manifest.ts'
import { nearest } from './nearest.ts'
import type { Position, Problem } from './problem.ts'
import { problem, sortProblems } from './problem.ts'
import { fileHint, isCopied } from './text-hint.ts'
import { parseDocuments } from './yaml.ts'

/** Everything that `plan` and `up` start from. */
export interface Project {
  /** undefined when there is none or it has errors; `problems` says which. */
  readonly clusterConfig: LocatedConfig | undefined
  /** What can be read of the ClusterConfig although it has errors: for finding more problems, not for building. */
  readonly readableConfig: LocatedConfig | undefined
  /** The ClusterConfig without the fields that are not supported; undefined when anything else is wrong with it. */
  readonly passableConfig: LocatedConfig | undefined
  /** In the order of the files, then of the documents. */
  readonly manifests: readonly Manifest[]
  /** Every file that was read. */
  readonly files: readonly string[]
  readonly problems: readonly Problem[]
}

const EXTENSIONS = ['.yaml', '.yml', '.json']

/**
 * Reads files, standard input and directories (recursively, `.yaml`, `.yml` and `.json`; hidden ones, node_modules and what
 * `.neargateignore` in the directory names left out). A directory is told apart by what its documents say: exactly one
 * ClusterConfig, and manifests; a kustomization or a chart in it is rendered. Files that were only found there and hold no
 * Kubernetes objects, as the repository of an application has them, are skipped with one warning, those of other tools too.
 */
export function readProject(paths: readonly string[], fileSystem: FileSystem): Project {
  const problems: Problem[] = []
  const configs: (ReadConfig & { readonly at: Position })[] = []
  const manifests: Manifest[] = []
  const sources = paths.flatMap((path) => sourcesOf(path, fileSystem, problems))
  const all = [...new Map(sources.map((source) => [source.name, source])).values()]
  const files: string[] = []
  const skipped: string[] = []
  for (const source of all) {
    const { name: file, text } = source
    if (isSomethingElse(source)) {
      skipped.push(file)
      continue
    }
    const parsed = parseDocuments(text, file)
    if (source.found && isOfAnotherTool(parsed)) {
      skipped.push(file)
      continue
    }
    files.push(file)
    problems.push(...parsed.problems)
    for (const document of parsed.documents) {
      if (isClusterConfig(document.value)) {
        const read = toClusterConfig(document)
        problems.push(...read.problems)
        configs.push({ ...read, at: document.locate([]) })
      } else {
        const read = toManifests(document)
        problems.push(...read.problems.map((each) => withFileHint(each, text)))
        manifests.push(...read.manifests)
      }
    }
  }
  problems.push(
    ...skippedProblems(skipped),
    ...configProblems(configs, paths, problems),
    ...duplicates(manifests),
  )
  const [first] = configs
  return {
    clusterConfig: first?.located,
    readableConfig: first?.readable,
    passableConfig: first?.passable,
    manifests,
    files,
    problems: sortProblems(problems),
  }
}

// A file of no object at all was probably copied with something around it.
function withFileHint(found: Problem, text: string): Problem {
  if (found.code !== 'not-an-object') return found
  return { ...found, help: fileHint(text) ?? found.help }
}

function configProblems(
  configs: readonly { readonly at: Position }[],
  paths: readonly string[],
  others: readonly Problem[],
): Problem[] {
  const [first, ...rest] = configs
  const file = paths.join(', ')
  if (!first) {
    // A file that could not be parsed may well be the one that is missing.
    if (others.some((each) => each.code === 'yaml-syntax' || each.code === 'file-missing')) return []
    return [
      problem('no-cluster-config', `there is no ClusterConfig in ${file}`, { file, line: 1, column: 1 }),
    ]
  }
  const earlier = `${first.at.file}:${first.at.line}`
  return rest.map(({ at }) =>
    problem('several-cluster-configs', `there is already a ClusterConfig in ${earlier}`, at),
  )
}

/** What a document is read from: a file, or what a tool makes of a directory. */
interface Source {
  readonly name: string
  readonly text: string
  /** True for what was found in a directory: nobody said that it is a manifest. */
  readonly found?: true
}

// At the beginning of a line, in YAML or JSON; a file with either was meant as an object, though it may lack the other.
const OBJECT_KEY = /^[\s{,]*["']?(apiVersion|kind)["']?\s*[:：]/m

function isSomethingElse({ found, text }: Source): boolean {
  return (
    found === true && text.trim() !== '' && !text.includes('\0') && !OBJECT_KEY.test(text) && !isCopied(text)
  )
}

// Configuration of kind, Istio or an audit log looks like an object; where it is all that a file holds, the file was not meant.
function isOfAnotherTool({ documents, problems }: ReturnType<typeof parseDocuments>): boolean {
  return problems.length === 0 && documents.length > 0 && documents.every(({ value }) => isToolFile(value))
}

// So many are named; a repository may have hundreds.
const SKIPPED_NAMED = 4

function skippedProblems(skipped: readonly string[]): Problem[] {
  const [first] = skipped
  if (first === undefined) return []
  const names = skipped.slice(0, SKIPPED_NAMED)
  const more = skipped.length > names.length ? ` and ${skipped.length - names.length} more` : ''
  const count = skipped.length === 1 ? '1 file' : `${skipped.length} files`
  const message = `skipped ${count} without Kubernetes objects: ${names.join(', ')}${more}`
  return [problem('files-skipped', message, { file: first, line: 1, column: 1 })]
}

function sourcesOf(path: string, fileSystem: FileSystem, problems: Problem[]): Source[] {
  const kind = fileSystem.kindOf(path)
  if (kind === 'file') return [{ name: path, text: fileSystem.read(path) }]
  const before = problems.length
  const found =
    kind === 'directory'
      ? sourcesUnder(path, { fileSystem, problems, ignored: ignoredIn(path, fileSystem), below: '' })
      : []
  if (found.length === 0 && problems.length === before) {
    const message = kind === 'directory' ? `${path} holds no manifest` : `${path} does not exist`
    const meant = kind === 'directory' ? renamedIn(path, fileSystem) : nearbyOf(path, fileSystem)
    const help = meant === undefined ? undefined : `There is ${meant}; did you mean that?`
    problems.push(problem('file-missing', message, { file: path, line: 1, column: 1 }, help))
  }
  return found
}

// Editors and systems that hide extensions make c.yaml.txt of c.yaml.
function renamedIn(directory: string, fileSystem: FileSystem): string | undefined {
  const name = fileSystem.list(directory).find((each) => /\.(ya?ml|json)\.\w+$/.test(each))
  return name === undefined ? undefined : inside(directory, name)
}

/** What stands beside a path that does not exist, and is probably meant: `c.yaml.yaml` or `c.yml` for `c.yaml`. */
function nearbyOf(path: string, fileSystem: FileSystem): string | undefined {
  const directory = dirname(path)
  if (fileSystem.kindOf(directory) !== 'directory') return undefined
  const names = fileSystem.list(directory)
  const name = basename(path)
  const stem = name.replace(/\.(ya?ml|json)$/, '')
  const longer = names.find((each) => each.startsWith(`${name}.`))
  const other = EXTENSIONS.map((extension) => `${stem}${extension}`).find((each) => names.includes(each))
  const meant = longer ?? other ?? nearest(name, names)
  return meant === undefined ? undefined : inside(directory, meant)
}

const KUSTOMIZATIONS = ['kustomization.yaml', 'kustomization.yml', 'Kustomization']

function rendererOf(names: readonly string[]): Renderer | undefined {
  if (names.includes('Chart.yaml')) return 'helm'
  return names.some((name) => KUSTOMIZATIONS.includes(name)) ? 'kustomize' : undefined
}

const IGNORE_FILE = '.neargateignore'

function ignoredIn(directory: string, fileSystem: FileSystem): Ignore {
  const path = inside(directory, IGNORE_FILE)
  return ignore().add(fileSystem.kindOf(path) === 'file' ? fileSystem.read(path) : '')
}

/** A walk through a directory. */
interface Walk {
  readonly fileSystem: FileSystem
  readonly problems: Problem[]
  readonly ignored: Ignore
  /** The way from where the walk began: empty, or `a/b/`. */
  readonly below: string
}

function sourcesUnder(directory: string, walk: Walk): Source[] {
  const { fileSystem, ignored, below } = walk
  const isDirectory = (name: string): boolean => fileSystem.kindOf(inside(directory, name)) === 'directory'
  const names = fileSystem
    .list(directory)
    .filter((name) => !ignored.ignores(`${below}${name}${isDirectory(name) ? '/' : ''}`))
  const read = (name: string): Source => ({
    name: inside(directory, name),
    text: fileSystem.read(inside(directory, name)),
    found: true,
  })
  const renderer = rendererOf(names)
  if (renderer) {
    const configs = names.filter(isManifest).map(read).filter(isConfigText)
    return [...configs, ...rendered(directory, renderer, walk)]
  }
  return names.flatMap((name) => {
    if (name.startsWith('.') || name === 'node_modules') return []
    if (isDirectory(name)) {
      return sourcesUnder(inside(directory, name), { ...walk, below: `${below}${name}/` })
    }
    return isManifest(name) ? [read(name)] : []
  })
}

function inside(directory: string, name: string): string {
  return directory === '.' ? name : `${directory.replace(/\/+$/, '')}/${name}`
}

function isManifest(name: string): boolean {
  return EXTENSIONS.some((extension) => name.endsWith(extension))
}

// A ClusterConfig may stand beside a kustomization or a chart, whose own files are no manifests yet.
function isConfigText({ text }: Source): boolean {
  return /^\s*"?kind"?\s*:\s*["']?ClusterConfig\b/m.test(text)
}

function rendered(
  directory: string,
  renderer: Renderer,
  { fileSystem, problems }: { readonly fileSystem: FileSystem; readonly problems: Problem[] },
): Source[] {
  const name = `${directory} (${renderer === 'helm' ? 'helm template' : 'kubectl kustomize'})`
  const result = fileSystem.render(renderer, directory)
  if ('text' in result) return [{ name, text: result.text }]
  problems.push(problem('not-rendered', result.fault, { file: directory, line: 1, column: 1 }, result.help))
  return []
}
