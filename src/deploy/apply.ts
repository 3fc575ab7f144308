// Owns the applying of manifests: server-side apply, in an order in which things find what they need.
import { isNotFound, StatusError, UserError } from '../base/errors.ts'
import type { KubernetesClient, KubernetesObject, ObjectKey, Resource } from '../kubernetes/client/client.ts'
import type { StepOutcome, StepResult } from './progress.ts'

/** Field manager under which Neargate owns what it applies. */
export const FIELD_MANAGER = 'neargate'

/** An object of a manifest, with the place it was read from for messages. */
export interface ManifestObject {
  readonly object: {
    readonly apiVersion: string
    readonly kind: string
    readonly metadata: { readonly name: string; readonly namespace?: string }
  }
  /** `nginx.yaml:12` */
  readonly source: string
}

/** Finds the resource that serves a kind; undefined when the cluster has no such kind. */
export type FindResource = (apiVersion: string, kind: string) => Promise<Resource | undefined>

export interface ApplyTarget {
  readonly kubernetes: KubernetesClient
  readonly findResource: FindResource
}

// Namespaces and identities before what refers to them; workloads last. Everything else keeps the order of the files.
const FIRST = [
  'Namespace',
  'PriorityClass',
  'CustomResourceDefinition',
  'ServiceAccount',
  'Secret',
  'ConfigMap',
]
const LAST = ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob', 'Pod']

/** Orders objects for applying; the sort is stable. */
export function inApplyOrder<T extends { readonly object: { readonly kind: string } }>(
  objects: readonly T[],
): readonly T[] {
  return objects.toSorted((a, b) => rank(a.object.kind) - rank(b.object.kind))
}

function rank(kind: string): number {
  const first = FIRST.indexOf(kind)
  if (first >= 0) return first
  return LAST.includes(kind) ? FIRST.length + 1 : FIRST.length
}

/**
 * Applies the objects by server-side apply, taking over fields that others own.
 * @throws UserError naming the file and line of the object that was refused.
 */
export async function applyManifests(
  target: ApplyTarget,
  manifests: readonly ManifestObject[],
): Promise<StepResult> {
  const outcomes: StepOutcome[] = []
  for (const manifest of inApplyOrder(manifests)) outcomes.push(await applyOne(target, manifest))
  const changed = outcomes.filter((outcome) => outcome !== 'unchanged').length
  const outcome = outcomes.includes('created') ? 'created' : changed > 0 ? 'updated' : 'unchanged'
  return { outcome, detail: `${manifests.length} objects, ${changed} changed` }
}

async function applyOne(target: ApplyTarget, { object, source }: ManifestObject): Promise<StepOutcome> {
  const { resource, key } = await locate(target, object, source)
  const before = await find(target.kubernetes, resource, key)
  try {
    const after = await target.kubernetes.patch(resource, key, withNamespace(object, key), {
      type: 'apply',
      fieldManager: FIELD_MANAGER,
      force: true,
    })
    if (!before) return 'created'
    return before.metadata.resourceVersion === after.metadata.resourceVersion ? 'unchanged' : 'updated'
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    throw new UserError(`${source}: ${object.kind} ${object.metadata.name} was refused: ${error.message}`, {
      help: 'Correct the manifest and run the same command again.',
      cause: error,
    })
  }
}

async function locate(
  target: ApplyTarget,
  object: ManifestObject['object'],
  source: string,
): Promise<{ resource: Resource; key: ObjectKey }> {
  const resource = await target.findResource(object.apiVersion, object.kind)
  if (!resource) {
    throw new UserError(`${source}: the cluster has no kind ${object.kind} in ${object.apiVersion}`, {
      help: 'See what it has with: kubectl api-resources',
    })
  }
  const { name, namespace = 'default' } = object.metadata
  return { resource, key: resource.namespaced ? { namespace, name } : { name } }
}

function withNamespace(object: ManifestObject['object'], key: ObjectKey): unknown {
  return { ...object, metadata: { ...object.metadata, ...key } }
}

async function find(
  kubernetes: KubernetesClient,
  resource: Resource,
  key: ObjectKey,
): Promise<KubernetesObject | undefined> {
  try {
    return await kubernetes.get(resource, key)
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** Deletes the objects in the reverse order; what is gone already is no error. @returns how many there were. */
export async function deleteManifests(
  target: ApplyTarget,
  manifests: readonly ManifestObject[],
): Promise<number> {
  let deleted = 0
  for (const { object, source } of inApplyOrder(manifests).toReversed()) {
    const { resource, key } = await locate(target, object, source)
    try {
      await target.kubernetes.delete(resource, key, { propagationPolicy: 'Background' })
      deleted++
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
  return deleted
}
