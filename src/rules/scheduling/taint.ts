// Owns taints and tolerations: which taint keeps a pod away.
// Source: kubernetes component-helpers scheduling/corev1/helpers.go.
import type { Taint, Toleration } from '../../../generated/kubernetes.d.ts'

/** True when the toleration covers the taint. */
export function toleratesTaint(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false
  if (toleration.key && toleration.key !== taint.key) return false
  switch (toleration.operator ?? 'Equal') {
    case 'Exists':
      return true
    case 'Equal':
      // An empty key is only valid with Exists.
      return Boolean(toleration.key) && (toleration.value ?? '') === (taint.value ?? '')
    default:
      return false
  }
}

/** The first taint with one of these effects that no toleration covers. */
export function untoleratedTaint(
  taints: readonly Taint[] = [],
  tolerations: readonly Toleration[] = [],
  effects: readonly Taint['effect'][] = ['NoSchedule', 'NoExecute'],
): Taint | undefined {
  return taints.find(
    (taint) => effects.includes(taint.effect) && !tolerations.some((t) => toleratesTaint(t, taint)),
  )
}
