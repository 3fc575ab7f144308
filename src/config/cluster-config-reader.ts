// Owns turning a parsed document into a ClusterConfig, with what eksctl itself refuses beyond types.
import { isObject } from '../base/json.ts'
import { checkDocument } from './check.ts'
import type {
  ClusterConfig,
  ManagedNodeGroup,
  NodeGroupBase,
  SelfManagedNodeGroup,
} from './cluster-config.ts'
import { AMI_FAMILIES, missingImages, ownImage } from '../rules/eksctl/ami-families.ts'
import { autoModeFaults } from '../rules/eksctl/auto-mode.ts'
import { karpenterFaults } from '../rules/eksctl/karpenter.ts'
import { identityRulesBroken } from './identity-rules.ts'
import { defaultKubernetesVersion, kubernetesVersions } from '../rules/eks/kubernetes-versions.ts'
import { withSelectedTypes } from './instance-selectors.ts'
import { commonFaults, managedFaults, selfManagedFaults } from './node-group-rules.ts'
import { ipFamilyRulesBroken } from './ip-family.ts'
import { networkRulesBroken } from './network-rules.ts'
import type { Position, Problem } from './problem.ts'
import { hasErrors, problem } from './problem.ts'
import { clusterConfig } from './schema/cluster.ts'
import { remoteNetworkRulesBroken } from './remote-networks.ts'
import { tagRulesBroken } from './tag-rules.ts'
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

/** What reading a ClusterConfig gives. */
export interface ReadConfig {
  /** The config; undefined when it has errors, since it would not be what was written. */
  readonly located?: LocatedConfig
  /** What is left without the values that are wrong, so that all problems can be told at once; undefined without a name. */
  readonly readable?: LocatedConfig
  /** The same where nothing is wrong but fields that are not supported: what `--force` builds. */
  readonly passable?: LocatedConfig
  readonly problems: Problem[]
}

/** Checks a document against eksctl's v1alpha5 fields and rules. */
export function toClusterConfig(document: SourceDocument): ReadConfig {
  const { problems, faults } = checkDocument(document, clusterConfig)
  const rest = without(withoutEmpty(document.value), faults)
  if (!isObject(rest.value) || !isNamed(rest.value['metadata'])) return { problems }
  // The schema has been checked just now: without the faults the document has the shape of the type.
  const written = withFamilies(withVersion(rest.value as unknown as ClusterConfig))
  const locate = (path: Path): Position => document.locate(rest.written(path))
  const { config, problems: unselected } = withSelectedTypes(written, locate)
  const locateKey = (path: Path): Position => document.locateKey(rest.written(path))
  problems.push(...unselected, ...rulesBroken(config, locate))
  const readable = { config, file: document.file, locate, locateKey }
  if (!hasErrors(problems)) return { located: readable, readable, passable: readable, problems }
  const others = problems.filter(({ code }) => code !== 'not-supported')
  return hasErrors(others) ? { readable, problems } : { readable, passable: readable, problems }
}

// eksctl's words: `auto` is the version that it takes without one, `latest` the newest.
function withVersion(config: ClusterConfig): ClusterConfig {
  const { version, ...metadata } = config.metadata
  if (version !== 'auto' && version !== 'latest') return config
  const newest = kubernetesVersions().at(-1)?.version ?? defaultKubernetesVersion
  return {
    ...config,
    metadata: { ...metadata, version: version === 'latest' ? newest : defaultKubernetesVersion },
  }
}

// eksctl reads the names of families in any case.
function withFamilies(config: ClusterConfig): ClusterConfig {
  const spelled = <T extends NodeGroupBase>(group: T): T => {
    const lower = group.amiFamily?.toLowerCase()
    const known = AMI_FAMILIES.find((each) => each.toLowerCase() === lower)
    return known === undefined ? group : { ...group, amiFamily: known }
  }
  const { managedNodeGroups, nodeGroups } = config
  return {
    ...config,
    ...(managedNodeGroups ? { managedNodeGroups: managedNodeGroups.map(spelled) } : {}),
    ...(nodeGroups ? { nodeGroups: nodeGroups.map(spelled) } : {}),
  }
}

function isNamed(metadata: unknown): boolean {
  return isObject(metadata) && metadata['name'] !== undefined && metadata['region'] !== undefined
}

/** A copy without the values at these paths, and the way from a path in it to the same value as it was written. */
function without(
  original: unknown,
  paths: readonly Path[],
): { readonly value: unknown; written(path: Path): Path } {
  const indices = new WeakMap<object, readonly number[]>()
  const copy = (value: unknown, faults: readonly Path[]): unknown => {
    if (faults.some((path) => path.length === 0)) return undefined
    const below = (step: string | number): Path[] =>
      faults.filter(([first]) => String(first) === String(step)).map((path) => path.slice(1))
    if (Array.isArray(value)) {
      const items = value.map((item: unknown, index) => copy(item, below(index)))
      const kept = [...items.keys()].filter((index) => items[index] !== undefined)
      const closedUp = kept.map((index) => items[index])
      indices.set(closedUp, kept)
      return closedUp
    }
    if (!isObject(value)) return value
    const entries = Object.entries(value).map(([key, item]) => [key, copy(item, below(key))] as const)
    return Object.fromEntries(entries.filter(([, item]) => item !== undefined))
  }
  const value = copy(original, paths)
  return {
    value,
    written(path) {
      let at = value
      return path.map((step) => {
        const [list, position] = [at, Number(step)]
        at = Array.isArray(list) ? list[position] : isObject(list) ? list[step] : undefined
        return Array.isArray(list) ? (indices.get(list)?.[position] ?? step) : step
      })
    },
  }
}

/** Reads a file that holds one ClusterConfig and nothing else. */
export function readClusterConfig(text: string, file: string): ReadConfig {
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
  const groups = [...locatedGroups(config, 'managedNodeGroups'), ...locatedGroups(config, 'nodeGroups')]
  const names = groups.map(({ group }) => group)
  duplicateNames(names, (name, index) =>
    invalid(`two node groups are named "${name}"`, [...(groups[index]?.at ?? []), 'name']),
  )
  duplicateNames(config.fargateProfiles ?? [], (name, index) =>
    invalid(`two Fargate profiles are named "${name}"`, ['fargateProfiles', index, 'name']),
  )
  for (const { group, at } of groups) {
    const missing = missingImages(group.amiFamily ?? '', config.metadata.version ?? defaultKubernetesVersion)
    if (missing !== undefined && ownImage(group) === undefined)
      invalid(`node group ${group.name}: ${missing}`, [...at, 'amiFamily'])
    for (const { message, field } of commonFaults(group)) {
      invalid(`node group ${group.name}: ${message}`, [...at, field])
    }
  }
  for (const [index, group] of (config.managedNodeGroups ?? []).entries()) {
    for (const { message, field } of managedFaults(group)) {
      invalid(`node group ${group.name}: ${message}`, ['managedNodeGroups', index, field])
    }
  }
  for (const [index, group] of (config.nodeGroups ?? []).entries()) {
    for (const { message, field } of selfManagedFaults(group)) {
      invalid(`node group ${group.name}: ${message}`, ['nodeGroups', index, field])
    }
  }
  problems.push(
    ...identityRulesBroken(config, locate),
    ...networkRulesBroken(config, locate),
    ...ipFamilyRulesBroken(config, locate),
    ...remoteNetworkRulesBroken(config, locate),
    ...tagRulesBroken(config, locate),
  )
  for (const message of autoModeFaults(config.autoModeConfig ?? {})) {
    problems.push(problem('invalid-value', message, locate(['autoModeConfig'])))
  }
  for (const { message, field } of karpenterFaults(config)) {
    problems.push(problem('invalid-value', message, locate(['karpenter', ...field])))
  }
  return problems
}

interface LocatedGroup {
  readonly group: ManagedNodeGroup | SelfManagedNodeGroup
  readonly at: Path
}

function locatedGroups(config: ClusterConfig, field: 'managedNodeGroups' | 'nodeGroups'): LocatedGroup[] {
  return (config[field] ?? []).map((group, index) => ({ group, at: [field, index] }))
}

function duplicateNames(
  named: readonly { readonly name: string }[],
  report: (name: string, index: number) => void,
): void {
  named.forEach(({ name }, index) => {
    if (named.findIndex((other) => other.name === name) < index) report(name, index)
  })
}
