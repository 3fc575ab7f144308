// Owns the rules that Deployment, ReplicaSet, StatefulSet and DaemonSet share: selector, template, scale.
import type { LabelSelector, PodTemplateSpec } from '../../../generated/kubernetes.d.ts'
import { deepEqual } from '../../base/json.ts'
import { invalid, required, type FieldError } from './field-error.ts'
import { nameProblems, validateLabels, validateQualifiedName } from './naming.ts'
import { validateTemplate } from './pod-spec.ts'
import { matchesLabelSelector } from '../../rules/scheduling/label-selector.ts'

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist']

export interface WorkloadSpec {
  readonly selector?: LabelSelector
  readonly template?: PodTemplateSpec
}

/** Findings for selector and template together (pkg/apis/apps/validation). */
export function validateWorkload(
  { selector, template }: WorkloadSpec,
  owner: 'Deployment' | 'ReplicaSet' | 'StatefulSet' | 'DaemonSet',
): FieldError[] {
  const templateOwner = owner === 'Deployment' ? 'ReplicaSet' : owner
  return [
    ...validateSelector(selector, template, owner),
    ...validateTemplate(template, 'spec.template', templateOwner).filter(
      (error, i, all) => all.findIndex((other) => deepEqual(other, error)) === i,
    ),
  ]
}

function validateSelector(
  selector: LabelSelector | undefined,
  template: PodTemplateSpec | undefined,
  owner: string,
): FieldError[] {
  const labels = template?.metadata?.labels
  const mismatch = invalid(
    'spec.template.metadata.labels',
    labels ?? null,
    '`selector` does not match template `labels`',
  )
  if (!selector) return owner === 'DaemonSet' ? [mismatch] : [required('spec.selector'), mismatch]
  const terms = Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions?.length ?? 0)
  if (terms === 0) {
    return [
      invalid(
        'spec.selector',
        selector,
        `empty selector is invalid for ${owner === 'ReplicaSet' ? 'deployment' : owner.toLowerCase()}`,
      ),
    ]
  }
  const errors = validateLabels('spec.selector.matchLabels', selector.matchLabels)
  for (const [i, { key, operator, values = [] }] of (selector.matchExpressions ?? []).entries()) {
    const at = `spec.selector.matchExpressions[${i}]`
    errors.push(...validateQualifiedName(`${at}.key`, key))
    if (!OPERATORS.includes(operator)) {
      errors.push(invalid(`${at}.operator`, operator, 'not a valid selector operator'))
      const detail = owner === 'StatefulSet' ? '' : 'invalid label selector'
      if (owner !== 'DaemonSet') errors.push(invalid('spec.selector', selector, detail))
    }
    if ((operator === 'In' || operator === 'NotIn') && values.length === 0) {
      errors.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"))
    }
    for (const [j, value] of values.entries()) {
      errors.push(...nameProblems(value, 'value').map((p) => invalid(`${at}.values[${j}]`, value, p)))
    }
  }
  if (errors.length === 0 && !matchesLabelSelector(selector, labels)) errors.push(mismatch)
  return errors
}

/** A finding when the selector of a workload has changed. */
export function immutableSelector(next: WorkloadSpec, old: WorkloadSpec): FieldError[] {
  if (deepEqual(next.selector, old.selector)) return []
  return [invalid('spec.selector', next.selector, 'field is immutable')]
}
