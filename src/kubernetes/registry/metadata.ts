// Owns object metadata: what the server fills in, and what may not change about it.
// Source: apimachinery pkg/api/validation/objectmeta.go, apiserver pkg/registry/rest.
import { timestamp, type Clock } from '../../base/clock.ts'
import { StatusError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import type { KubernetesObject } from '../client/client.ts'
import { forbidden, invalid, type FieldError } from '../resources/field-error.ts'
import type { Kind } from '../resources/kind.ts'

const GENERATED_SUFFIX = 5
const MAXIMUM_BASE = 63 - GENERATED_SUFFIX

/** A draft with its name made up, if asked for, and the fields that only the server sets. */
export function beginMetadata<T extends KubernetesObject>(
  object: T,
  { clock, ids }: { clock: Clock; ids: Ids },
  scope: { kind: Kind; namespace: string | undefined; dryRun: boolean },
): T {
  const { kind, namespace, dryRun } = scope
  const {
    resourceVersion,
    deletionTimestamp: _d,
    deletionGracePeriodSeconds: _g,
    selfLink: _s,
    namespace: _namespace,
    ...metadata
  } = object.metadata
  if (resourceVersion && !dryRun) {
    throw new StatusError('Unknown', 'resourceVersion should not be set on objects to be created')
  }
  const name =
    metadata.generateName && !metadata.name
      ? metadata.generateName.slice(0, MAXIMUM_BASE) + ids.suffix(GENERATED_SUFFIX)
      : metadata.name
  return {
    ...object,
    metadata: {
      ...metadata,
      // Never absent, as in Go: what validates an object may rely on it.
      name: name ?? '',
      ...(kind.resource.namespaced && namespace ? { namespace } : {}),
      uid: ids.uuid(),
      creationTimestamp: timestamp(clock),
      ...(kind.generation ? { generation: 1 } : {}),
    },
  }
}

/** A new version with the fields that only the server changes taken from the current one. */
export function continueMetadata<T extends KubernetesObject>(next: T, current: KubernetesObject): T {
  const { metadata: old } = current
  const {
    generation: _n,
    deletionTimestamp: _d,
    deletionGracePeriodSeconds: _g,
    selfLink: _s,
    namespace: _namespace,
    ...metadata
  } = next.metadata
  return {
    ...next,
    metadata: {
      ...metadata,
      ...(old.namespace === undefined ? {} : { namespace: old.namespace }),
      ...(old.generateName === undefined ? {} : { generateName: old.generateName }),
      ...(old.generation === undefined ? {} : { generation: old.generation }),
      ...(old.deletionTimestamp === undefined ? {} : { deletionTimestamp: old.deletionTimestamp }),
      ...(old.deletionGracePeriodSeconds === undefined
        ? {}
        : { deletionGracePeriodSeconds: old.deletionGracePeriodSeconds }),
      uid: metadata.uid || old.uid,
      creationTimestamp: old.creationTimestamp,
      resourceVersion: old.resourceVersion,
    },
  }
}

/**
 * Findings for what may not change about metadata.
 * @param proposed what the client sent, which may say what only the server does
 */
export function validateMetadataUpdate(
  next: KubernetesObject,
  current: KubernetesObject,
  proposed: KubernetesObject,
): FieldError[] {
  const errors: FieldError[] = []
  const immutable = (name: 'uid' | 'deletionTimestamp', value: unknown): void => {
    const finding = invalid(`metadata.${name}`, value, 'field is immutable')
    // Upstream asks twice, for all kinds and for this one; its message says it once.
    errors.push(finding, finding)
  }
  if (next.metadata.uid !== current.metadata.uid) immutable('uid', next.metadata.uid)
  const { deletionTimestamp } = proposed.metadata
  if (deletionTimestamp && !current.metadata.deletionTimestamp) {
    immutable('deletionTimestamp', deletionTimestamp)
  }
  const before = new Set(current.metadata.finalizers ?? [])
  const added = (next.metadata.finalizers ?? []).filter((finalizer) => !before.has(finalizer))
  if (current.metadata.deletionTimestamp && added.length > 0) {
    errors.push(
      forbidden(
        'metadata.finalizers',
        `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((f) => JSON.stringify(f)).join(', ')}}`,
      ),
    )
  }
  return errors
}
