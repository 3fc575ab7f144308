// Owns controller references: who owns an object, and taking on or letting go of objects by selector.
// Source: kubernetes pkg/controller/controller_ref_manager.go.
import type { LabelSelector, OwnerReference } from '../../../generated/kubernetes.d.ts'
import { isConflict, isNotFound } from '../../base/errors.ts'
import type { KubernetesObject, Resource } from '../../kubernetes/client/client.ts'
import { keyOf } from '../../reconcile/controller.ts'
import type { ControllerContext, Informer } from '../../reconcile/controller.ts'
import { matchesLabelSelector } from '../../rules/scheduling/label-selector.ts'

const BY_CONTROLLER = 'controller'

/** The owner that controls the object, if any. */
export function controllerOf(object: KubernetesObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller)
}

/** A reference that makes `owner` the controller of another object. */
export function controllerReference(owner: KubernetesObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  }
}

/** Lets `childrenOf` find objects by their controller, and those without one by their namespace. */
export function indexByController<T extends KubernetesObject>(informer: Informer<T>): void {
  informer.addIndex(BY_CONTROLLER, (object) => {
    const reference = controllerOf(object)
    return [reference ? reference.uid : orphansIn(object.metadata.namespace)]
  })
}

/** What the owner controls, as the informer knows it, whatever its labels. */
export function childrenOf<T extends KubernetesObject>(
  informer: Informer<T>,
  owner: KubernetesObject,
): readonly T[] {
  return informer.byIndex(BY_CONTROLLER, owner.metadata.uid)
}

function orphansIn(namespace: string | undefined): string {
  return `none/${namespace ?? ''}`
}

/** Owners of one kind, and how they select. */
export interface Owners<O extends KubernetesObject> {
  readonly kind: string
  readonly owners: Informer<O>
  readonly selectorOf: (owner: O) => LabelSelector | undefined
}

/**
 * Keys of the owners that a child wakes: its controller when that is of their kind, or, for a child without
 * controller, every owner in its namespace that would adopt it.
 */
export function ownersWokenBy<O extends KubernetesObject>(
  child: KubernetesObject,
  { kind, owners, selectorOf }: Owners<O>,
): readonly string[] {
  const reference = controllerOf(child)
  if (reference) return reference.kind === kind ? [`${child.metadata.namespace}/${reference.name}`] : []
  return owners
    .list(child.metadata.namespace)
    .filter((owner) => matchesLabelSelector(selectorOf(owner), child.metadata.labels))
    .map(keyOf)
}

export interface Claim<C extends KubernetesObject, O extends KubernetesObject> {
  readonly context: ControllerContext
  readonly owner: O
  readonly ownerResource: Resource<O>
  readonly selector: LabelSelector | undefined
  readonly children: Informer<C>
  readonly childResource: Resource<C>
  /** What else an orphan must be to be adopted. */
  readonly accepts?: (orphan: C) => boolean
  /** Put on children that are adopted, and taken off those that are released. */
  readonly finalizer?: string
}

/**
 * The children of an owner: those it controls and selects, and orphans it selects, which it adopts. Children that
 * it controls and selects no longer are released. Nothing is adopted or released once the owner is being deleted.
 */
export async function claimChildren<C extends KubernetesObject, O extends KubernetesObject>(
  claim: Claim<C, O>,
): Promise<C[]> {
  const { owner, children, selector } = claim
  const claimed: C[] = []
  for (const child of childrenOf(children, owner)) {
    if (matchesLabelSelector(selector, child.metadata.labels)) claimed.push(child)
    else if (!owner.metadata.deletionTimestamp) await release(claim, child)
  }
  if (owner.metadata.deletionTimestamp) return claimed
  const orphans = children
    .byIndex(BY_CONTROLLER, orphansIn(owner.metadata.namespace))
    .filter((o) => !o.metadata.deletionTimestamp && matchesLabelSelector(selector, o.metadata.labels))
    .filter((o) => claim.accepts?.(o) ?? true)
  if (orphans.length === 0 || !(await isStillThere(claim))) return claimed
  for (const orphan of orphans) {
    const adopted = await adopt(claim, orphan)
    if (adopted) claimed.push(adopted)
  }
  return claimed
}

// A deleted owner may still be in the informer: adopting for it would doom the orphan to garbage collection.
async function isStillThere<C extends KubernetesObject, O extends KubernetesObject>(
  claim: Claim<C, O>,
): Promise<boolean> {
  const { context, owner, ownerResource } = claim
  try {
    const live = await context.client.get(ownerResource, key(owner))
    return live.metadata.uid === owner.metadata.uid && !live.metadata.deletionTimestamp
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

async function adopt<C extends KubernetesObject, O extends KubernetesObject>(
  { context, owner, childResource, finalizer }: Claim<C, O>,
  orphan: C,
): Promise<C | undefined> {
  const { metadata } = orphan
  const ownerReferences = [...(metadata.ownerReferences ?? []), controllerReference(owner)]
  const finalizers = [...new Set([...(metadata.finalizers ?? []), ...(finalizer ? [finalizer] : [])])]
  const added = finalizers.length > 0 ? { ownerReferences, finalizers } : { ownerReferences }
  return writeUnlessGone(() =>
    context.client.update(childResource, { ...orphan, metadata: { ...metadata, ...added } }),
  )
}

async function release<C extends KubernetesObject, O extends KubernetesObject>(
  { context, owner, childResource, finalizer }: Claim<C, O>,
  child: C,
): Promise<void> {
  const { metadata } = child
  const ownerReferences = (metadata.ownerReferences ?? []).filter((r) => r.uid !== owner.metadata.uid)
  const finalizers = metadata.finalizers?.filter((each) => each !== finalizer)
  const left = finalizers ? { ownerReferences, finalizers } : { ownerReferences }
  await writeUnlessGone(() =>
    context.client.update(childResource, { ...child, metadata: { ...metadata, ...left } }),
  )
}

// A conflict means that a newer version is on its way to the informer and will wake the controller again.
async function writeUnlessGone<T>(write: () => Promise<T>): Promise<T | undefined> {
  try {
    return await write()
  } catch (error) {
    if (isNotFound(error) || isConflict(error)) return undefined
    throw error
  }
}

function key(object: KubernetesObject): { namespace?: string; name: string } {
  const { namespace, name } = object.metadata
  return namespace === undefined ? { name } : { namespace, name }
}
