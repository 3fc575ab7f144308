// Owns garbage collection: dependents of absent owners go, owners wait for theirs or let them go.
// Source: kubernetes pkg/controller/garbagecollector/garbagecollector.go.
import type { OwnerReference } from '../../../generated/kubernetes.d.ts'
import { isConflict, isNotFound } from '../../base/errors.ts'
import type { ServedResources } from '../../kubernetes/client/served-resources.ts'
import type { DeleteOptions, KubernetesObject } from '../../kubernetes/client/client.ts'
import type { Controller, ControllerContext } from '../../reconcile/controller.ts'
import { FOREGROUND, isForeground, isOrphaning, ORPHAN, OwnerGraph } from './graph.ts'
import type { Located } from './graph.ts'

export interface GarbageCollectorOptions {
  /** Every resource that may own or be owned, as they come and go. */
  readonly served: ServedResources
}

interface Parts {
  readonly context: ControllerContext
  readonly graph: OwnerGraph
}

/** The control loop of ownership. */
export function createGarbageCollector(
  context: ControllerContext,
  { served }: GarbageCollectorOptions,
): Controller {
  const graph = new OwnerGraph(context, served)
  const parts: Parts = { context, graph }
  return {
    name: 'garbage-collector',
    sources: graph.sources(),
    concurrency: 10,
    async reconcile(key) {
      const located = graph.get(key)
      if (!located) return
      if (isOrphaning(located.object)) return orphanDependents(parts, located)
      if (isForeground(located.object)) return awaitDependents(parts, located)
      if (located.object.metadata.deletionTimestamp) return
      await judge(parts, located)
    },
  }
}

async function orphanDependents(parts: Parts, owner: Located): Promise<void> {
  const { uid } = owner.object.metadata
  for (const dependent of parts.graph.dependentsOf(uid)) {
    await removeReferences(parts, dependent, (reference) => reference.uid === uid)
  }
  await removeFinalizer(parts, owner, ORPHAN)
}

// Only references that say so block their owner; the others are deleted all the same.
async function awaitDependents(parts: Parts, owner: Located): Promise<void> {
  const { uid } = owner.object.metadata
  const dependents = parts.graph.dependentsOf(uid)
  const isBlocked = dependents.some(({ object }) =>
    (object.metadata.ownerReferences ?? []).some((r) => r.uid === uid && r.blockOwnerDeletion),
  )
  if (!isBlocked) return removeFinalizer(parts, owner, FOREGROUND)
  for (const dependent of dependents) {
    if (!dependent.object.metadata.deletionTimestamp) await judge(parts, dependent)
  }
}

type Verdict = 'solid' | 'absent' | 'waiting'

/** Decides on an object by the state of its owners: one that is there keeps it. */
async function judge(parts: Parts, located: Located): Promise<void> {
  const references = located.object.metadata.ownerReferences ?? []
  if (references.length === 0) return
  const verdicts = new Map<OwnerReference, Verdict>()
  for (const reference of references) {
    verdicts.set(reference, await stateOf(parts, reference, located.object))
  }
  const states = [...verdicts.values()]
  if (states.includes('solid')) {
    if (states.every((state) => state === 'solid')) return
    return removeReferences(parts, located, (reference) => verdicts.get(reference) !== 'solid')
  }
  // What an owner waits for takes its own dependents with it before it goes.
  const dependents = parts.graph.dependentsOf(located.object.metadata.uid)
  if (states.includes('waiting') && dependents.length > 0) {
    // One that waits as well may wait for this object, in a circle that somebody has to leave.
    const isCircular = dependents.some(({ object }) => isForeground(object))
    await remove(parts, isCircular ? await unblockOwners(parts, located) : located, 'Foreground')
    return
  }
  await remove(parts, located, policyOf(located.object))
}

function policyOf({ metadata }: KubernetesObject): NonNullable<DeleteOptions['propagationPolicy']> {
  const finalizers = metadata.finalizers ?? []
  if (finalizers.includes(ORPHAN)) return 'Orphan'
  return finalizers.includes(FOREGROUND) ? 'Foreground' : 'Background'
}

async function stateOf(
  { context, graph }: Parts,
  reference: OwnerReference,
  object: KubernetesObject,
): Promise<Verdict> {
  const { namespace } = object.metadata
  const known = graph.ownerNamed(reference, namespace)
  if (known?.metadata.uid === reference.uid) return isForeground(known) ? 'waiting' : 'solid'
  const resource = graph.resourceOf(reference)
  // Of a kind that is not known here nothing can be said, so nothing is deleted.
  if (!resource) return 'solid'
  if (resource.namespaced && namespace === undefined) {
    // Nothing without a namespace can be owned by something in one; upstream tells it and lets it be.
    const { apiVersion, kind, name, uid } = reference
    context.event(object, {
      type: 'Warning',
      reason: 'OwnerRefInvalidNamespace',
      message: `ownerRef [${apiVersion}/${kind}, namespace: , name: ${name}, uid: ${uid}] does not exist in namespace ""`,
      from: 'garbage-collector-controller',
    })
    return 'solid'
  }
  // The informer may be behind: ask, before something is deleted that has an owner.
  const key =
    resource.namespaced && namespace ? { namespace, name: reference.name } : { name: reference.name }
  try {
    const live = await context.client.get(resource, key)
    if (live.metadata.uid !== reference.uid) return 'absent'
    return isForeground(live) ? 'waiting' : 'solid'
  } catch (error) {
    if (isNotFound(error)) return 'absent'
    throw error
  }
}

/** Lets no owner wait for the object any more. @returns it as it is then. */
async function unblockOwners({ context }: Parts, { resource, object }: Located): Promise<Located> {
  const { uid, resourceVersion, ownerReferences = [] } = object.metadata
  const unblocked = ownerReferences.map((reference) => ({ ...reference, blockOwnerDeletion: false }))
  const patch = { metadata: { uid, resourceVersion, ownerReferences: unblocked } }
  return { resource, object: await context.client.patch(resource, keyFor(object), patch, { type: 'merge' }) }
}

async function remove(
  { context }: Parts,
  { resource, object }: Located,
  propagationPolicy: NonNullable<DeleteOptions['propagationPolicy']>,
): Promise<void> {
  const { uid, resourceVersion } = object.metadata
  // The version too: owners may have been added to it meanwhile.
  const options = { propagationPolicy, preconditions: { uid, resourceVersion } }
  try {
    await context.client.delete(resource, keyFor(object), options)
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

async function removeReferences(
  { context }: Parts,
  { resource, object }: Located,
  isObsolete: (reference: OwnerReference) => boolean,
): Promise<void> {
  const ownerReferences = (object.metadata.ownerReferences ?? []).filter((each) => !isObsolete(each))
  const { uid, resourceVersion } = object.metadata
  try {
    await context.client.patch(
      resource,
      keyFor(object),
      {
        metadata: {
          uid,
          resourceVersion,
          ownerReferences: ownerReferences.length > 0 ? ownerReferences : null,
        },
      },
      { type: 'merge' },
    )
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

async function removeFinalizer(
  { context }: Parts,
  { resource, object }: Located,
  name: string,
): Promise<void> {
  const finalizers = (object.metadata.finalizers ?? []).filter((finalizer) => finalizer !== name)
  const { uid, resourceVersion } = object.metadata
  try {
    await context.client.patch(
      resource,
      keyFor(object),
      { metadata: { uid, resourceVersion, finalizers: finalizers.length > 0 ? finalizers : null } },
      { type: 'merge' },
    )
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error
  }
}

function keyFor({ metadata }: KubernetesObject): { namespace?: string; name: string } {
  const { namespace, name } = metadata
  return namespace === undefined ? { name } : { namespace, name }
}
