// Owns turning a parsed document into a ClusterConfig, with what eksctl itself refuses beyond types.
import { isObject } from '../base/json.ts'
import { checkDocument } from './check.ts'
import type { ClusterConfig, ManagedNodeGroup } from './cluster-config.ts'
import { defaultKubernetesVersion } from '../rules/eks/kubernetes-versions.ts'
import type { Position, Problem } from './problem.ts'
import { hasErrors, problem } from './problem.ts'
import { clusterConfig } from './schema/cluster.ts'
import type { Path, SourceDocument } from './yaml.ts'
import { parseDocuments, withoutEmpty } from './yaml.ts'

/** A ClusterConfig and where its parts stand. */
export interface LocatedConfig {
  readonly config: ClusterConfig
  readonly file: string
  /** Position of the value at a path, or of its nearest ancestor. */
  readonly locate: (path: Path) => Position
  /** Position of the key at the end of a path. */
  readonly locateKey: (path: Path) => Position
}

/** True for a document that means to be a ClusterConfig, well-formed or not. */
export function isClusterConfig(value: unknown): boolean {
  return isObject(value) && value['kind'] === 'ClusterConfig'
}

/**
 * Checks a document against eksctl's v1alpha5 fields. With errors there is no config, since its type could not be
 * trusted; warnings leave one.
 */
export function toClusterConfig(document: SourceDocument): { located?: LocatedConfig; problems: Problem[] } {
  const problems = checkDocument(document, clusterConfig)
  if (hasErrors(problems)) return { problems }
  // The schema has been checked just now: the document has the shape of the type.
  const config = withoutEmpty(document.value) as ClusterConfig
  problems.push(...rulesBroken(config, document.locate))
  if (hasErrors(problems)) return { problems }
  const { file, locate, locateKey } = document
  return { located: { config, file, locate, locateKey }, problems }
}

/** Reads a file that holds one ClusterConfig and nothing else. */
export function readClusterConfig(
  text: string,
  file: string,
): { located?: LocatedConfig; problems: Problem[] } {
  const { documents, problems } = parseDocuments(text, file)
  const [document] = documents
  if (problems.length > 0) return { problems }
  if (!document || !isClusterConfig(document.value)) {
    return {
      problems: [
        problem('no-cluster-config', `${file} holds no ClusterConfig`, { file, line: 1, column: 1 }),
      ],
    }
  }
  return toClusterConfig(document)
}

function rulesBroken(config: ClusterConfig, locate: (path: Path) => Position): Problem[] {
  const problems: Problem[] = []
  const invalid = (message: string, path: Path): void => {
    problems.push(problem('invalid-value', message, locate(path)))
  }
  const groups = config.managedNodeGroups ?? []
  duplicateNames(groups, (name, index) =>
    invalid(`two node groups are named "${name}"`, ['managedNodeGroups', index, 'name']),
  )
  duplicateNames(config.fargateProfiles ?? [], (name, index) =>
    invalid(`two Fargate profiles are named "${name}"`, ['fargateProfiles', index, 'name']),
  )
  groups.forEach((group, index) => {
    const fault = scalingFault(group)
    if (fault)
      invalid(`node group ${group.name}: ${fault.message}`, ['managedNodeGroups', index, fault.field])
    if (group.amiFamily === 'AmazonLinux2' && minor(config) >= 33) {
      const message = `node group ${group.name}: EKS has no AmazonLinux2 images from Kubernetes 1.33 on`
      invalid(message, ['managedNodeGroups', index, 'amiFamily'])
    }
    if (group.instanceType !== undefined && group.instanceTypes !== undefined) {
      const message = `node group ${group.name}: only one of instanceType and instanceTypes can be set`
      invalid(message, ['managedNodeGroups', index, 'instanceTypes'])
    }
  })
  if ((config.iam?.serviceAccounts ?? []).length > 0 && config.iam?.withOIDC !== true) {
    invalid('iam.withOIDC must be true when iam.serviceAccounts is given', ['iam', 'serviceAccounts'])
  }
  return problems
}

function minor(config: ClusterConfig): number {
  return Number((config.metadata.version ?? defaultKubernetesVersion).split('.')[1])
}

function duplicateNames(
  named: readonly { readonly name: string }[],
  report: (name: string, index: number) => void,
): void {
  named.forEach(({ name }, index) => {
    if (named.findIndex((other) => other.name === name) < index) report(name, index)
  })
}

function scalingFault(group: ManagedNodeGroup): { field: string; message: string } | undefined {
  const { minSize, desiredCapacity, maxSize } = group
  if (minSize !== undefined && desiredCapacity !== undefined && desiredCapacity < minSize) {
    return {
      field: 'desiredCapacity',
      message: `desiredCapacity ${desiredCapacity} is below minSize ${minSize}`,
    }
  }
  if (maxSize !== undefined && desiredCapacity !== undefined && desiredCapacity > maxSize) {
    return {
      field: 'desiredCapacity',
      message: `desiredCapacity ${desiredCapacity} is above maxSize ${maxSize}`,
    }
  }
  if (minSize !== undefined && maxSize !== undefined && minSize > maxSize) {
    return { field: 'minSize', message: `minSize ${minSize} is above maxSize ${maxSize}` }
  }
  return undefined
}
