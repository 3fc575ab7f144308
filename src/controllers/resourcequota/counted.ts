// Owns which resources a quota counts, and which quotas count a resource.
import type { ResourceQuota } from '../../../generated/kubernetes.d.ts'
import type { Resource } from '../../kubernetes/client/client.ts'
import { keyOf } from '../../reconcile/controller.ts'
import type { Informer } from '../../reconcile/controller.ts'
import { evaluatorOf, type Evaluator } from '../../rules/kubernetes/quota/usage.ts'

export interface Counted {
  readonly resource: Resource
  readonly evaluator: Evaluator<unknown>
}

/** The resources that a quota counts. */
export function countedBy({ spec }: ResourceQuota, resources: readonly Resource[]): Counted[] {
  const names = Object.keys(spec.hard ?? {})
  return resources.flatMap((resource) => {
    const evaluator = resource.namespaced ? evaluatorOf(resource) : undefined
    return evaluator && names.some((name) => evaluator.tracks(name)) ? [{ resource, evaluator }] : []
  })
}

/** Keys of the quotas that count an object of the resource. */
export function quotasCounting(
  quotas: Informer<ResourceQuota>,
  { namespace, evaluator }: { readonly namespace: string; readonly evaluator: Evaluator<unknown> },
): string[] {
  return quotas
    .list(namespace)
    .filter(({ spec }) => Object.keys(spec.hard ?? {}).some((name) => evaluator.tracks(name)))
    .map(keyOf)
}
