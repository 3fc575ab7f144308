// Owns the first steps that `plan`, `up` and `down` share: reading the files and telling what is wrong with them.
import { UserError } from '../base/errors.ts'
import type { ClusterConfig } from '../config/cluster-config.ts'
import { disk } from '../config/file-system.ts'
import type { Manifest } from '../config/manifest.ts'
import { readProject, type Project } from '../config/project.ts'
import type { SourcedObject } from './apply.ts'

/** Reads the files of the command line; the current directory when there are none. */
export function loadProject(paths: readonly string[]): Project {
  return readProject(paths.length > 0 ? paths : ['.'], disk)
}

/**
 * The config of a project. @param force without the fields that are not supported, instead of stopping at them
 * @throws UserError with the problems when it could not be read
 */
export function configOf(project: Project, { force = false } = {}): ClusterConfig {
  if (project.clusterConfig) return project.clusterConfig.config
  if (force && project.passableConfig) return project.passableConfig.config
  const lines = project.problems
    .filter((problem) => problem.severity === 'error')
    .map(({ file, line, column, message }) => `\n  ${file}:${line}:${column} ${message}`)
  throw new UserError(`the files do not make a cluster${lines.join('')}`, {
    help: 'See what is wrong with: neargate plan',
  })
}

/** Manifests as a deployment takes them: the object, and where it stands. */
export function manifestsOf(project: Project): readonly SourcedObject[] {
  return project.manifests.map(toDeployed)
}

function toDeployed({ object, file, line }: Manifest): SourcedObject {
  return { object, source: `${file}:${line}` }
}
