// Owns keeping the history of a workload: the revision of its template now, and clearing out old ones.
// Source: kubernetes pkg/controller/statefulset/stateful_set_control.go (getStatefulSetRevisions, truncateHistory),
// pkg/controller/daemon/update.go (constructHistory, cleanupHistory).
import type { ControllerRevision, LabelSelector, PodTemplateSpec } from '../../../generated/kubernetes.d.ts'
import { isAlreadyExists, isNotFound } from '../../base/errors.ts'
import type { KubernetesObject, Resource } from '../../kubernetes/client/client.ts'
import { controllerRevisions } from '../../kubernetes/client/resources.ts'
import type { ControllerContext, Informer } from '../../reconcile/controller.ts'
import { claimChildren, controllerOf } from '../objects/owner.ts'
import { byRevision, draftRevision, isSameRevision } from './revision.ts'

export interface HistoryOptions<O extends KubernetesObject> {
  readonly context: ControllerContext
  readonly owner: O
  readonly ownerResource: Resource<O>
  readonly revisions: Informer<ControllerRevision>
  readonly selector: LabelSelector | undefined
  readonly template: PodTemplateSpec
  readonly collisionCount: number
  /** The label of a revision that has its hash. */
  readonly hashLabel: string
  /** The hash that names the template's revision; another one for each count of collisions. */
  readonly hashOf: (collisionCount: number) => string
}

export interface History {
  /** Oldest first, the one of the template among them. */
  readonly revisions: readonly ControllerRevision[]
  readonly update: ControllerRevision
  /** Counts names that others had taken. */
  readonly collisionCount: number
}

/**
 * The revisions that a workload owns or adopts. One that holds the template becomes the newest; where none does, one is
 * made.
 */
export async function ensureHistory<O extends KubernetesObject>(
  options: HistoryOptions<O>,
): Promise<History> {
  const { context, owner, template, collisionCount, hashLabel, hashOf } = options
  const revisions = byRevision(
    await claimChildren({
      context,
      owner,
      ownerResource: options.ownerResource,
      selector: options.selector,
      children: options.revisions,
      childResource: controllerRevisions,
    }),
  )
  const newest = revisions.at(-1)
  const revision = (newest?.revision ?? 0) + 1
  const draft = draftRevision(owner, template, { revision, hash: hashOf(collisionCount), hashLabel })
  const equal = revisions.findLast((revision) => isSameRevision(revision, draft))
  if (equal && equal === newest) return { revisions, update: equal, collisionCount }
  if (equal) {
    // A template that was there before: its revision becomes the newest, as a roll-back shows it.
    const update = await context.client.update(controllerRevisions, { ...equal, revision })
    return { revisions: [...revisions.filter((r) => r !== equal), update], update, collisionCount }
  }
  const made = await createRevision(options)
  return { ...made, revisions: [...revisions, made.update] }

  async function createRevision({ collisionCount: first }: { readonly collisionCount: number }) {
    for (let count = first; ; count++) {
      const attempt = draftRevision(owner, template, { revision, hash: hashOf(count), hashLabel })
      try {
        return { update: await context.client.create(controllerRevisions, attempt), collisionCount: count }
      } catch (error) {
        if (!isAlreadyExists(error)) throw error
        const { name, namespace = '' } = attempt.metadata
        const existing = await context.client.get(controllerRevisions, { namespace, name: name ?? '' })
        const isOurs = controllerOf(existing)?.uid === owner.metadata.uid
        if (isOurs && isSameRevision(existing, attempt)) return { update: existing, collisionCount: count }
      }
    }
  }
}

/** Deletes the oldest revisions that nothing uses, beyond the limit. */
export async function clearHistory(
  context: ControllerContext,
  revisions: readonly ControllerRevision[],
  { live, limit }: { readonly live: ReadonlySet<string>; readonly limit: number },
): Promise<void> {
  const unused = byRevision(revisions).filter((revision) => !live.has(revision.metadata.name))
  for (const revision of unused.slice(0, Math.max(0, unused.length - limit))) {
    await deleteRevision(context, revision)
  }
}

/** Deletes a revision; one that is gone already counts as deleted. */
export async function deleteRevision(
  context: ControllerContext,
  { metadata: { name, namespace = '', uid } }: ControllerRevision,
): Promise<void> {
  try {
    await context.client.delete(controllerRevisions, { namespace, name }, { preconditions: { uid } })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
