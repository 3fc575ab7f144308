// Owns label selectors: which labels a selector admits.
// Source: apimachinery pkg/labels/selector.go and pkg/apis/meta/v1/helpers.go.
import type { LabelSelector, LabelSelectorRequirement } from '../../../generated/kubernetes.d.ts'

export type Labels = Readonly<Record<string, string>>

/** True when `labels` has every pair of `required`; no pairs admit everything. */
export function matchesLabels(required: Labels, labels: Labels = {}): boolean {
  return Object.entries(required).every(([key, value]) => labels[key] === value)
}

/** True when the selector admits the labels. An absent selector admits nothing, an empty one everything. */
export function matchesSelector(selector: LabelSelector | undefined, labels: Labels = {}): boolean {
  if (!selector) return false
  return (
    matchesLabels(selector.matchLabels ?? {}, labels) &&
    (selector.matchExpressions ?? []).every((requirement) => matchesRequirement(requirement, labels))
  )
}

/** True for a selector that admits everything, which workload controllers refuse. */
export function selectsEverything(selector: LabelSelector | undefined): boolean {
  return (
    selector !== undefined &&
    Object.keys(selector.matchLabels ?? {}).length === 0 &&
    (selector.matchExpressions ?? []).length === 0
  )
}

function matchesRequirement(
  { key, operator, values = [] }: LabelSelectorRequirement,
  labels: Labels,
): boolean {
  const value = labels[key]
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    default:
      return false
  }
}
