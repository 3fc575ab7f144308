// Owns finding the workloads in manifests: what makes pods, how many, and what those pods look like.
import type { PodSpec } from '../../generated/kubernetes.d.ts'
import { isObject } from '../base/json.ts'
import type { Manifest, ManifestObject } from '../config/manifest.ts'
import type { Path } from '../config/yaml.ts'
import { withoutEmpty } from '../config/yaml.ts'
import type { PlacedPod } from '../rules/fargate/match.ts'
import type { CheckedPodSpec } from '../rules/fargate/refuse.ts'
import type { SizedPodSpec } from '../rules/fargate/size.ts'

/** What the plan looks at in a pod template. */
type PlannedPodSpec = SizedPodSpec &
  CheckedPodSpec &
  NonNullable<PlacedPod['spec']> & { readonly serviceAccountName?: string }

interface PlannedPod extends PlacedPod {
  readonly spec: PlannedPodSpec
}

export type WorkloadKind =
  | 'Deployment'
  | 'ReplicaSet'
  | 'ReplicationController'
  | 'StatefulSet'
  | 'DaemonSet'
  | 'Job'
  | 'CronJob'
  | 'Pod'

export interface Workload {
  readonly kind: WorkloadKind
  readonly namespace: string
  readonly name: string
  /** Pods that run at a time; of a DaemonSet one a node, of a CronJob those of one run. */
  readonly replicas: number
  /** Runs all the time, as opposed to until its work is done. */
  readonly lasting: boolean
  readonly pod: PlannedPod
  readonly manifest: Manifest
  /** Path of the PodSpec in the manifest. */
  readonly specPath: Path
}

const TEMPLATES: Readonly<Record<WorkloadKind, Path>> = {
  Deployment: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  ReplicationController: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
  Pod: [],
}

const API_VERSIONS: Readonly<Record<WorkloadKind, string>> = {
  Deployment: 'apps/v1',
  ReplicaSet: 'apps/v1',
  ReplicationController: 'v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  Job: 'batch/v1',
  CronJob: 'batch/v1',
  Pod: 'v1',
}

/**
 * The workloads of a project, in its order. A manifest whose pod template has no containers is no workload: the
 * Kubernetes API would refuse it, and the field check says why.
 *
 * @param nodeCount EC2 nodes of the cluster, on each of which a DaemonSet runs a pod
 */
export function workloadsOf(manifests: readonly Manifest[], nodeCount: number): Workload[] {
  return manifests.flatMap((manifest) => workloadOf(manifest, nodeCount) ?? [])
}

function workloadOf(manifest: Manifest, nodeCount: number): Workload | undefined {
  const { kind, apiVersion } = manifest.object
  if (!isWorkloadKind(kind) || apiVersion !== API_VERSIONS[kind]) return undefined
  // A manifest is an object, and stays one.
  const object = withoutEmpty(manifest.object) as ManifestObject
  const templatePath = TEMPLATES[kind]
  const template = valueAt(object, templatePath)
  if (
    !isObject(template) ||
    !isObject(template['spec']) ||
    !isContainerList(template['spec']['containers'])
  ) {
    return undefined
  }
  const namespace = object.metadata.namespace ?? 'default'
  const owners = kind === 'DaemonSet' ? [{ kind: 'DaemonSet', controller: true }] : undefined
  const metadata = isObject(template['metadata']) ? template['metadata'] : {}
  return {
    kind,
    namespace,
    name: object.metadata.name,
    replicas: replicasOf(kind, object, nodeCount),
    lasting: object.kind !== 'Job' && object.kind !== 'CronJob',
    pod: {
      metadata: { ...metadata, namespace, ...(owners === undefined ? {} : { ownerReferences: owners }) },
      // The manifest is someone's text: what the rules read from it they take as it comes.
      spec: template['spec'] as unknown as PlannedPodSpec,
    },
    manifest,
    specPath: [...templatePath, 'spec'],
  }
}

function isWorkloadKind(kind: string): kind is WorkloadKind {
  return Object.hasOwn(TEMPLATES, kind)
}

function isContainerList(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isObject)
}

function replicasOf(kind: WorkloadKind, object: Record<string, unknown>, nodeCount: number): number {
  if (kind === 'Pod') return 1
  if (kind === 'DaemonSet') return nodeCount
  const specPath: Path = kind === 'CronJob' ? ['spec', 'jobTemplate', 'spec'] : ['spec']
  const count = (field: string): number | undefined => {
    const value = valueAt(object, [...specPath, field])
    return typeof value === 'number' && value >= 0 ? value : undefined
  }
  if (kind === 'Job' || kind === 'CronJob') {
    return Math.min(count('parallelism') ?? 1, count('completions') ?? Infinity)
  }
  return count('replicas') ?? 1
}

/** The value at a path of parsed JSON, or undefined. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((parent, step) => {
    if (Array.isArray(parent)) return parent[Number(step)] as unknown
    return isObject(parent) ? parent[step] : undefined
  }, value)
}

/** The pod spec of a workload: someone's text, of which the field check has reported what is not of its type. */
export function podSpecOf({ pod }: Workload): PodSpec {
  return pod.spec as unknown as PodSpec
}
