// Owns what controllers ask of selectors beside whether they match, which is kubernetes/resources/selector.ts.
import type { LabelSelector } from '../../../generated/kubernetes.d.ts'

export type Labels = Readonly<Record<string, string>>

/** True when `labels` has every pair of `required`; no pairs admit everything. */
export function matchesLabels(required: Labels, labels: Labels = {}): boolean {
  return Object.entries(required).every(([key, value]) => labels[key] === value)
}

/** True for a selector that admits everything, which workload controllers refuse. */
export function selectsEverything(selector: LabelSelector | undefined): boolean {
  return (
    selector !== undefined &&
    Object.keys(selector.matchLabels ?? {}).length === 0 &&
    (selector.matchExpressions ?? []).length === 0
  )
}
