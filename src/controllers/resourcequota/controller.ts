// Owns the recalculation of quotas: after a change of their limits, when something they count goes, and now and then.
// Source: kubernetes pkg/controller/resourcequota/resource_quota_controller.go.
import type { ResourceQuota } from '../../../generated/kubernetes.d.ts'
import { isConflict, isNotFound } from '../../base/errors.ts'
import type { KubernetesObject, Resource } from '../../kubernetes/client/client.ts'
import { resourceQuotas } from '../../kubernetes/client/resources.ts'
import type { ServedResources } from '../../kubernetes/client/served-resources.ts'
import type { Controller, ControllerContext, Informer } from '../../reconcile/controller.ts'
import { scopesOf } from '../../rules/kubernetes/quota/scopes.ts'
import { totalUsage } from '../../rules/kubernetes/quota/usage.ts'
import { addLists, equalLists, maskList, type ResourceList } from '../../rules/kubernetes/resource-list.ts'
import { countedBy } from './counted.ts'
import { freedSource } from './freed.ts'

// --resource-quota-sync-period
const RESYNC_MS = 5 * 60_000
/**
 * Admission charges a quota just before it stores what it charged for. A count that is taken between the two would be
 * too low, so one is taken only of a quota that has not been charged for this long.
 */
const REST_MS = 100

export interface ResourceQuotaOptions {
  /** The namespaced ones among them may be counted. */
  readonly served: ServedResources
}

/** The control loop of quotas. */
export function createResourceQuotaController(
  context: ControllerContext,
  { served }: ResourceQuotaOptions,
): Controller {
  const quotas = context.informer(resourceQuotas)
  const charged = new Map<string, { readonly version: string; readonly sinceMs: number }>()
  return {
    name: 'resource-quota',
    sources: [quotas.source(), freedSource(context, served)],
    concurrency: 5,
    async reconcile(key) {
      const quota = quotas.get(key)
      if (!quota) return void charged.delete(key)
      const restMs = isFresh(quota) ? 0 : untilAtRest(charged, key, { quota, nowMs: context.clock.now() })
      if (restMs > 0) return { requeueAfterMs: restMs }
      const isWritten = await recalculate(context, quotas, { key, resources: served.all })
      return { requeueAfterMs: isWritten ? RESYNC_MS : REST_MS }
    },
  }
}

// Nothing is charged to a quota whose limits are not in its status yet.
function isFresh({ spec, status }: ResourceQuota): boolean {
  return !equalLists(spec.hard ?? {}, status?.hard ?? {})
}

function untilAtRest(
  charged: Map<string, { readonly version: string; readonly sinceMs: number }>,
  key: string,
  { quota, nowMs }: { readonly quota: ResourceQuota; readonly nowMs: number },
): number {
  const version = quota.metadata.resourceVersion
  const known = charged.get(key)
  if (known?.version === version) return Math.max(0, known.sinceMs + REST_MS - nowMs)
  charged.set(key, { version, sinceMs: nowMs })
  return REST_MS
}

/** @returns false when the quota has been charged meanwhile, so that the count is worth nothing. */
async function recalculate(
  context: ControllerContext,
  quotas: Informer<ResourceQuota>,
  { key, resources }: { readonly key: string; readonly resources: readonly Resource[] },
): Promise<boolean> {
  const quota = quotas.get(key)
  if (!quota) return true
  const hard = quota.spec.hard ?? {}
  const names = Object.keys(hard)
  const counted = await count(context, quota, resources)
  const used = maskList({ ...quota.status?.used, ...counted }, names)
  const status = quota.status
  if (status?.used && equalLists(hard, status.hard ?? {}) && equalLists(used, status.used)) return true
  try {
    await context.client.updateStatus(resourceQuotas, { ...quota, status: { hard, used: { ...used } } })
    return true
  } catch (error) {
    if (isNotFound(error)) return true
    if (isConflict(error)) return false
    throw error
  }
}

// Asked of the server, not of informers: what is stored when the quota is written is what counts.
async function count(
  { client, clock }: ControllerContext,
  quota: ResourceQuota,
  resources: readonly Resource[],
): Promise<ResourceList> {
  const names = Object.keys(quota.spec.hard ?? {})
  const { namespace = '' } = quota.metadata
  const scopes = scopesOf(quota.spec)
  let total: ResourceList = {}
  for (const { resource, evaluator } of countedBy(quota, resources)) {
    const tracked = names.filter((name) => evaluator.tracks(name))
    const { items } = await client.list<KubernetesObject>(resource, { namespace })
    const usage = totalUsage(evaluator, items, { scopes, nowMs: clock.now() })
    const none = Object.fromEntries(tracked.map((name) => [name, '0']))
    total = addLists(addLists(total, none), maskList(usage, tracked))
  }
  return total
}
