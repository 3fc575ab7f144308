// Owns which pods and claims the scopes of a quota take in.
// Source: pkg/quota/v1/evaluator/core/pods.go, persistent_volume_claims.go (…MatchesScopeFunc).
import type {
  PersistentVolumeClaim,
  Pod,
  PodAffinityTerm,
  ResourceQuotaSpec,
  ScopedResourceSelectorRequirement,
} from '../../../../generated/kubernetes.d.ts'
import { qosClass } from '../qos.ts'

/** All conditions of a quota's scopes, each of which has to hold. */
export function scopesOf({
  scopes = [],
  scopeSelector,
}: ResourceQuotaSpec): ScopedResourceSelectorRequirement[] {
  return [
    ...scopes.map((scopeName) => ({ scopeName, operator: 'Exists' as const })),
    ...(scopeSelector?.matchExpressions ?? []),
  ]
}

/** True for pods that end by themselves. */
export function isTerminating({ spec }: Pod): boolean {
  return spec.activeDeadlineSeconds !== undefined && spec.activeDeadlineSeconds >= 0
}

/** True when the scope takes in the pod. */
export function podInScope(selector: ScopedResourceSelectorRequirement, pod: Pod): boolean {
  switch (selector.scopeName) {
    case 'Terminating':
      return isTerminating(pod)
    case 'NotTerminating':
      return !isTerminating(pod)
    case 'BestEffort':
      return qosClass(pod) === 'BestEffort'
    case 'NotBestEffort':
      return qosClass(pod) !== 'BestEffort'
    case 'PriorityClass':
      return selects(selector, pod.spec.priorityClassName ? [pod.spec.priorityClassName] : [])
    case 'CrossNamespacePodAffinity':
      return reachesOtherNamespaces(pod)
    case 'VolumeAttributesClass':
      return false
  }
}

/** True when the scope takes in the claim. */
export function claimInScope(
  selector: ScopedResourceSelectorRequirement,
  { spec, status }: PersistentVolumeClaim,
): boolean {
  if (selector.scopeName !== 'VolumeAttributesClass') return false
  const names = [
    spec.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ]
  return selects(selector, names.filter((name) => name !== undefined && name !== '') as string[])
}

// As a label selector over one label: without the label, NotIn and DoesNotExist hold.
function selects(
  { operator, values = [] }: ScopedResourceSelectorRequirement,
  present: readonly string[],
): boolean {
  switch (operator) {
    case 'Exists':
      return present.length > 0
    case 'DoesNotExist':
      return present.length === 0
    case 'In':
      return present.some((name) => values.includes(name))
    case 'NotIn':
      return present.length === 0 || present.some((name) => !values.includes(name))
  }
}

function reachesOtherNamespaces({ spec }: Pod): boolean {
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {}
  return [podAffinity, podAntiAffinity].some((affinity) =>
    [
      ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
        (each) => each.podAffinityTerm,
      ),
    ].some(isCrossNamespace),
  )
}

function isCrossNamespace({ namespaces = [], namespaceSelector }: PodAffinityTerm): boolean {
  return namespaces.length > 0 || namespaceSelector !== undefined
}
