// Owns the waking of the quota controller: something that a quota counts has gone, or uses another amount.
// Source: kubernetes pkg/controller/resourcequota/resource_quota_monitor.go, pkg/quota/v1/install/update_filter.go.
import type { ResourceQuota } from '../../../generated/kubernetes.d.ts'
import type { Clock } from '../../base/clock.ts'
import type { KubernetesObject } from '../../kubernetes/client/client.ts'
import { resourceQuotas } from '../../kubernetes/client/resources.ts'
import type { ServedResources } from '../../kubernetes/client/served-resources.ts'
import { keyOf } from '../../reconcile/controller.ts'
import type { ControllerContext, Source } from '../../reconcile/controller.ts'
import type { Evaluator } from '../../rules/kubernetes/quota/usage.ts'
import { equalLists } from '../../rules/kubernetes/resource-list.ts'
import { countedBy, quotasCounting } from './counted.ts'

/** Keys of quotas of which something may have come free. Only resources that some quota counts are watched. */
export function freedSource(context: ControllerContext, served: ServedResources): Source {
  const quotas = context.informer(resourceQuotas)
  return {
    subscribe(enqueue) {
      const ends = new Map<string, () => void>()
      const watch = (quota: ResourceQuota): void => {
        for (const { resource, evaluator } of countedBy(quota, served.all)) {
          const name = `${resource.plural}.${resource.group}`
          if (ends.has(name)) continue
          const end = context.informer<KubernetesObject>(resource).onChange((change) => {
            const object = change.before
            if (!object || !isFreeing(evaluator, change, context.clock)) return
            const namespace = object.metadata.namespace ?? ''
            quotasCounting(quotas, { namespace, evaluator }).forEach(enqueue)
          })
          ends.set(name, end)
        }
      }
      quotas.list().forEach(watch)
      const end = quotas.onChange(({ after }) => after && watch(after))
      // A kind that was not served before may be what a quota waits for.
      const endOfKinds = served.onChange(() => {
        quotas.list().forEach(watch)
        quotas.list().map(keyOf).forEach(enqueue)
      })
      return () => {
        end()
        endOfKinds()
        for (const each of ends.values()) each()
      }
    },
  }
}

function isFreeing(
  evaluator: Evaluator<unknown>,
  { before, after }: { readonly before?: KubernetesObject; readonly after?: KubernetesObject },
  clock: Clock,
): boolean {
  if (!before || !after) return before !== undefined
  const nowMs = clock.now()
  return !equalLists(evaluator.usage(before, nowMs), evaluator.usage(after, nowMs))
}
