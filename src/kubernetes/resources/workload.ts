// Owns the rules that Deployment, ReplicaSet and DaemonSet share: selector, template, scale.
import type { LabelSelector, PodTemplateSpec } from '../../../generated/kubernetes.d.ts'
import { deepEqual } from '../../base/json.ts'
import { invalid, required, type FieldError } from './field-error.ts'
import { nameProblems, validateLabels, validateQualifiedName } from './naming.ts'
import { validateTemplate } from './pod-spec.ts'
import { matchesLabelSelector } from '../../rules/scheduling/label-selector.ts'

export interface WorkloadSpec {
  readonly selector?: LabelSelector
  readonly template?: PodTemplateSpec
}

/** Findings for selector and template together (pkg/apis/apps/validation). */
export function validateWorkload({ selector, template }: WorkloadSpec): FieldError[] {
  return [
    ...validateSelector(selector, template),
    ...validateTemplate(template, 'spec.template').filter(
      (error, i, all) => all.findIndex((other) => deepEqual(other, error)) === i,
    ),
  ]
}

function validateSelector(
  selector: LabelSelector | undefined,
  template: PodTemplateSpec | undefined,
): FieldError[] {
  if (!selector) return [required('spec.selector')]
  const terms = Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions?.length ?? 0)
  if (terms === 0) {
    return [invalid('spec.selector', selector, 'empty selector is invalid for deployment')]
  }
  const errors = validateLabels('spec.selector.matchLabels', selector.matchLabels)
  for (const [i, { key, operator, values = [] }] of (selector.matchExpressions ?? []).entries()) {
    const at = `spec.selector.matchExpressions[${i}]`
    errors.push(...validateQualifiedName(`${at}.key`, key))
    if ((operator === 'In' || operator === 'NotIn') && values.length === 0) {
      errors.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"))
    }
    for (const [j, value] of values.entries()) {
      errors.push(...nameProblems(value, 'value').map((p) => invalid(`${at}.values[${j}]`, value, p)))
    }
  }
  const labels = template?.metadata?.labels
  if (errors.length === 0 && !matchesLabelSelector(selector, labels)) {
    errors.push(
      invalid('spec.template.metadata.labels', labels ?? null, '`selector` does not match template `labels`'),
    )
  }
  return errors
}

/** A finding when the selector of a workload has changed. */
export function immutableSelector(next: WorkloadSpec, old: WorkloadSpec): FieldError[] {
  if (deepEqual(next.selector, old.selector)) return []
  return [invalid('spec.selector', next.selector, 'field is immutable')]
}
