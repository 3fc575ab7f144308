// Owns whether a selector matches labels, and how it is written.
// Source: apimachinery pkg/labels/selector.go and pkg/apis/meta/v1/helpers.go.
import type { LabelSelector } from '../../../generated/kubernetes.d.ts'
import { own } from '../../base/json.ts'

export type Requirement =
  | { readonly key: string; readonly operator: 'in' | 'notin'; readonly values: readonly string[] }
  | { readonly key: string; readonly operator: 'exists' | 'absent' }
  | { readonly key: string; readonly operator: 'gt' | 'lt'; readonly value: bigint }

export type Labels = Readonly<Record<string, string>>

/** True when every requirement holds; an empty list matches everything. */
export function matchesRequirements(
  requirements: readonly Requirement[],
  attributes: Labels | undefined,
): boolean {
  return requirements.every((requirement) => matchesOne(requirement, own(attributes, requirement.key)))
}

function matchesOne(requirement: Requirement, value: string | undefined): boolean {
  switch (requirement.operator) {
    case 'in':
      return value !== undefined && requirement.values.includes(value)
    case 'notin':
      return value === undefined || !requirement.values.includes(value)
    case 'exists':
      return value !== undefined
    case 'absent':
      return value === undefined
    case 'gt':
    case 'lt': {
      if (value === undefined || !/^[-+]?\d+$/.test(value)) return false
      return requirement.operator === 'gt'
        ? BigInt(value) > requirement.value
        : BigInt(value) < requirement.value
    }
  }
}

/** True when a LabelSelector object matches; as in Kubernetes, an absent selector matches nothing, an empty one all. */
export function matchesLabelSelector(
  selector: LabelSelector | undefined,
  labels: Labels | undefined,
): boolean {
  if (!selector) return false
  const pairs = Object.entries(selector.matchLabels ?? {})
  if (!pairs.every(([key, value]) => own(labels, key) === value)) return false
  return (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = own(labels, key)
    if (operator === 'In') return value !== undefined && values.includes(value)
    if (operator === 'NotIn') return value === undefined || !values.includes(value)
    if (operator === 'Exists') return value !== undefined
    // An operator that nobody knows selects nothing.
    return operator === 'DoesNotExist' && value === undefined
  })
}

/** The text form of a LabelSelector, as kubectl prints it and `status.selector` of a Scale carries it. */
export function formatLabelSelector(selector: LabelSelector | undefined): string {
  if (!selector) return '<none>'
  const parts = [
    ...Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({ key, text: `${key}=${value}` })),
    ...(selector.matchExpressions ?? []).map(({ key, operator, values = [] }) => ({
      key,
      text:
        operator === 'Exists'
          ? key
          : operator === 'DoesNotExist'
            ? `!${key}`
            : `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.toSorted().join(',')})`,
    })),
  ]
  const sorted = parts.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  return sorted.length === 0 ? '<none>' : sorted.map((part) => part.text).join(',')
}

/** True when `labels` has every pair of `required`; no pairs admit everything. */
export function matchesLabels(required: Labels, labels: Labels = {}): boolean {
  return Object.entries(required).every(([key, value]) => own(labels, key) === value)
}

/** True when the selector of a Service selects the labels; without one its endpoints come from somewhere else. */
export function selectsLabels(selector: Labels = {}, labels: Labels = {}): boolean {
  return Object.keys(selector).length > 0 && matchesLabels(selector, labels)
}

/** True for a selector that admits everything, which workload controllers refuse. */
export function selectsEverything(selector: LabelSelector | undefined): boolean {
  return (
    selector !== undefined &&
    Object.keys(selector.matchLabels ?? {}).length === 0 &&
    (selector.matchExpressions ?? []).length === 0
  )
}
