// Owns reading what a user points at, files and directories, into one ClusterConfig and its manifests.
import type { LocatedConfig, ReadConfig } from './cluster-config-reader.ts'
import { isClusterConfig, toClusterConfig } from './cluster-config-reader.ts'
import type { FileSystem } from './file-system.ts'
import type { Manifest } from './manifest.ts'
import { duplicates, toManifests } from './manifest.ts'
import type { Position, Problem } from './problem.ts'
import { problem, sortProblems } from './problem.ts'
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
 * Reads files and directories (recursively, `.yaml`, `.yml` and `.json`, hidden ones and node_modules left out). A
 * directory is told apart by what its documents say: exactly one ClusterConfig, and manifests.
 */
export function readProject(paths: readonly string[], fileSystem: FileSystem): Project {
  const problems: Problem[] = []
  const configs: (ReadConfig & { readonly at: Position })[] = []
  const manifests: Manifest[] = []
  const files = [...new Set(paths.flatMap((path) => filesOf(path, fileSystem, problems)))]
  for (const file of files) {
    const parsed = parseDocuments(fileSystem.read(file), file)
    problems.push(...parsed.problems)
    for (const document of parsed.documents) {
      if (isClusterConfig(document.value)) {
        const read = toClusterConfig(document)
        problems.push(...read.problems)
        configs.push({ ...read, at: document.locate([]) })
      } else {
        const read = toManifests(document)
        problems.push(...read.problems)
        manifests.push(...read.manifests)
      }
    }
  }
  problems.push(...configProblems(configs, paths, problems), ...duplicates(manifests))
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

function filesOf(path: string, fileSystem: FileSystem, problems: Problem[]): string[] {
  const kind = fileSystem.kindOf(path)
  if (kind === 'file') return [path]
  const found = kind === 'directory' ? manifestsUnder(path, fileSystem) : []
  if (found.length === 0) {
    const message = kind === 'directory' ? `${path} holds no manifest` : `${path} does not exist`
    problems.push(problem('file-missing', message, { file: path, line: 1, column: 1 }))
  }
  return found
}

function manifestsUnder(directory: string, fileSystem: FileSystem): string[] {
  return fileSystem.list(directory).flatMap((name) => {
    if (name.startsWith('.') || name === 'node_modules') return []
    const path = directory === '.' ? name : `${directory.replace(/\/+$/, '')}/${name}`
    if (fileSystem.kindOf(path) === 'directory') return manifestsUnder(path, fileSystem)
    return EXTENSIONS.some((extension) => name.endsWith(extension)) ? [path] : []
  })
}
