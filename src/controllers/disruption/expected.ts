// Owns how many pods a budget expects: the sum of the scales of whatever controls its pods.
// Source: kubernetes pkg/controller/disruption/disruption.go (getExpectedScale).
import type { Deployment, OwnerReference, Pod, ReplicaSet } from '../../../generated/kubernetes.d.ts'
import { isNotFound, StatusError } from '../../base/errors.ts'
import type { KubernetesObject, Resource } from '../../kubernetes/client/client.ts'
import type { ControllerContext, Informer } from '../../reconcile/controller.ts'
import { parseGroupVersion, qualifiedResource } from '../../rules/kubernetes/resource-names.ts'
import { controllerOf } from '../objects/owner.ts'

export interface Expected {
  readonly count: number
  /** Pods that nothing controls: they are not counted. */
  readonly unmanaged: readonly Pod[]
}

interface Scaled {
  readonly uid: string
  readonly replicas: number
}

export interface ScaleSource {
  readonly context: ControllerContext
  readonly sets: Informer<ReplicaSet>
  readonly deployments: Informer<Deployment>
  /** Everything the cluster serves, custom resources included. */
  readonly resources: () => readonly Resource[]
}

/**
 * Adds up the scales of the controllers of pods, each once.
 * @throws StatusError for a controller that there is not, or that has no scale
 */
export async function expectedPods(source: ScaleSource, pods: readonly Pod[]): Promise<Expected> {
  const unmanaged: Pod[] = []
  const owners = new Map<string, { reference: OwnerReference; pod: Pod }>()
  for (const pod of pods) {
    const reference = controllerOf(pod)
    if (reference) owners.set(reference.uid, { reference, pod })
    else unmanaged.push(pod)
  }
  const scales = new Map<string, number>()
  for (const { reference, pod } of owners.values()) {
    const namespace = pod.metadata.namespace ?? ''
    const { uid, replicas } = await scaleOf(source, reference, { namespace, pod: pod.metadata.name })
    scales.set(uid, replicas)
  }
  return { count: [...scales.values()].reduce((sum, replicas) => sum + replicas, 0), unmanaged }
}

async function scaleOf(
  source: ScaleSource,
  reference: OwnerReference,
  { namespace, pod }: { readonly namespace: string; readonly pod: string },
): Promise<Scaled> {
  const found = deploymentOf(source, reference, namespace) ?? (await readScale(source, reference, namespace))
  if (!found) throw failure(`found no controllers for pod ${JSON.stringify(pod)}`)
  return found
}

/** The deployment of a replica set, or the replica set itself when it has none. */
function deploymentOf(
  { sets, deployments }: ScaleSource,
  { kind, apiVersion, name, uid }: OwnerReference,
  namespace: string,
): Scaled | undefined {
  if (kind !== 'ReplicaSet' || parseGroupVersion(apiVersion).group !== 'apps') return undefined
  const set = sets.get(`${namespace}/${name}`)
  if (!set || set.metadata.uid !== uid) return undefined
  const owner = controllerOf(set)
  if (owner?.kind !== 'Deployment') return { uid, replicas: set.spec.replicas ?? 1 }
  const deployment = deployments.get(`${namespace}/${owner.name}`)
  if (!deployment || deployment.metadata.uid !== owner.uid) return undefined
  return { uid: owner.uid, replicas: deployment.spec.replicas ?? 1 }
}

async function readScale(
  { context, resources }: ScaleSource,
  { apiVersion, kind, name, uid }: OwnerReference,
  namespace: string,
): Promise<Scaled | undefined> {
  const { group, version } = parseGroupVersion(apiVersion)
  const resource = findResource(resources(), { group, version, kind })
  if (!resource) throw failure(noMatches({ group, version, kind }))
  try {
    const { metadata, spec } = await context.client.getScale(resource, { namespace, name })
    return metadata.uid === uid ? { uid, replicas: spec.replicas ?? 0 } : undefined
  } catch (error) {
    if (!isNotFound(error)) throw error
    // The owner may have gone, or have no scale at all.
    if (!(await exists(context, resource, { namespace, name }))) return undefined
    throw failure(`${qualifiedResource(resource)} does not implement the scale subresource`)
  }
}

async function exists(
  { client }: ControllerContext,
  resource: Resource,
  key: { readonly namespace: string; readonly name: string },
): Promise<boolean> {
  try {
    await client.get<KubernetesObject>(resource, key)
    return true
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

/** The resource of a kind, in the version asked for or, failing that, in any. */
export function findResource(
  resources: readonly Resource[],
  { group, version, kind }: { readonly group: string; readonly version: string; readonly kind: string },
): Resource | undefined {
  const candidates = resources.filter((each) => each.group === group && each.kind === kind)
  return candidates.find((each) => each.version === version) ?? candidates[0]
}

/** What the REST mapper says about a kind that is not served (apimachinery pkg/api/meta/errors.go). */
export function noMatches({
  group,
  version,
  kind,
}: {
  group: string
  version: string
  kind: string
}): string {
  return `no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(group ? `${group}/${version}` : version)}`
}

function failure(message: string): StatusError {
  return new StatusError('InternalError', message)
}
