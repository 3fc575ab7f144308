// Owns the revisions of a daemon set: which one its pods should be of, and that there is one of each template.
// Source: kubernetes pkg/controller/daemon/update.go (constructHistory, dedupCurHistories, cleanupHistory).
import type { ControllerRevision, DaemonSet, Pod } from '../../../generated/kubernetes.d.ts'
import { daemonSets, pods as podResource } from '../../kubernetes/client/resources.ts'
import type { ControllerContext, Informer, Source } from '../../reconcile/controller.ts'
import { clearHistory, deleteRevision, ensureHistory } from '../history/history.ts'
import type { History } from '../history/history.ts'
import { isSameRevision, REVISION_HASH } from '../history/revision.ts'
import { controllerOf, ownersWokenBy } from '../objects/owner.ts'
import { templateHash } from '../objects/template.ts'

export interface HistoryParts {
  readonly context: ControllerContext
  readonly sets: Informer<DaemonSet>
  readonly revisions: Informer<ControllerRevision>
}

/** The hash that a pod or a revision is marked with. */
export function hashOf({ metadata }: Pod | ControllerRevision): string | undefined {
  return metadata.labels?.[REVISION_HASH]
}

/** Wakes sets for revisions that changed, went or have no owner; a new one of its own tells a set nothing. */
export function revisionChanges({ sets, revisions }: HistoryParts): Source {
  const owners = { kind: 'DaemonSet', owners: sets, selectorOf: ({ spec }: DaemonSet) => spec.selector }
  return {
    subscribe: (enqueue) =>
      revisions.onChange(({ before, after }) => {
        if (!before && after && controllerOf(after)) return
        for (const revision of [before, after]) {
          if (revision) ownersWokenBy(revision, owners).forEach(enqueue)
        }
      }),
  }
}

/**
 * The set's revisions, with one of its template. Where several hold the template, the newest stays, and the pods of the
 * others are marked with it.
 */
export async function keepHistory(
  { context, revisions }: HistoryParts,
  set: DaemonSet,
  pods: readonly Pod[],
): Promise<History> {
  const history = await ensureHistory({
    context,
    owner: set,
    ownerResource: daemonSets,
    revisions,
    selector: set.spec.selector,
    template: set.spec.template,
    collisionCount: set.status?.collisionCount ?? 0,
    hashLabel: REVISION_HASH,
    hashOf: (collisionCount) => templateHash(set.spec.template, collisionCount),
  })
  const { update } = history
  const doubles = history.revisions.filter((each) => each !== update && isSameRevision(each, update))
  if (doubles.length === 0) return history
  const hashes = new Set(doubles.map(hashOf))
  const hash = hashOf(update) ?? ''
  for (const pod of pods.filter((each) => hashes.has(hashOf(each)))) {
    const { name, namespace = '' } = pod.metadata
    const labels = { metadata: { labels: { [REVISION_HASH]: hash } } }
    await context.client.patch(podResource, { namespace, name }, labels, { type: 'merge' })
  }
  for (const double of doubles) await deleteRevision(context, double)
  return { ...history, revisions: history.revisions.filter((each) => !doubles.includes(each)) }
}

/** Deletes old revisions beyond revisionHistoryLimit that no pod is of. */
export async function clearOldRevisions(
  context: ControllerContext,
  set: DaemonSet,
  { history, pods }: { readonly history: History; readonly pods: readonly Pod[] },
): Promise<void> {
  const hashes = new Set(pods.map(hashOf))
  const live = history.revisions.filter((each) => each === history.update || hashes.has(hashOf(each)))
  await clearHistory(context, history.revisions, {
    live: new Set(live.map(({ metadata }) => metadata.name)),
    limit: set.spec.revisionHistoryLimit ?? 10,
  })
}
