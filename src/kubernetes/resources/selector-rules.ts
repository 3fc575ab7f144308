// Owns the rules for label selectors as objects carry them (apimachinery pkg/apis/meta/v1/validation).
import type { LabelSelector } from '../../../generated/kubernetes.d.ts'
import { forbidden, invalid, required, type FieldError } from './field-error.ts'
import { nameProblems, validateLabels, validateQualifiedName } from './naming.ts'

type Requirement = NonNullable<LabelSelector['matchExpressions']>[number]

/** Findings for a label selector at `path`; an empty one is allowed. */
export function validateLabelSelector(selector: LabelSelector | undefined, path: string): FieldError[] {
  if (!selector) return []
  return [
    ...validateLabels(`${path}.matchLabels`, selector.matchLabels),
    ...(selector.matchExpressions ?? []).flatMap((requirement, i) =>
      validateRequirement(requirement, `${path}.matchExpressions[${i}]`),
    ),
  ]
}

function validateRequirement({ key, operator, values = [] }: Requirement, path: string): FieldError[] {
  return [
    ...validateOperator(operator, values.length, path),
    ...validateQualifiedName(`${path}.key`, key),
    ...values.flatMap((value, i) =>
      nameProblems(value, 'value').map((problem) => invalid(`${path}.values[${i}]`, value, problem)),
    ),
  ]
}

function validateOperator(operator: string, values: number, path: string): FieldError[] {
  switch (operator) {
    case 'In':
    case 'NotIn':
      return values > 0
        ? []
        : [required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'")]
    case 'Exists':
    case 'DoesNotExist':
      return values === 0
        ? []
        : [forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")]
    default:
      return [invalid(`${path}.operator`, operator, 'not a valid selector operator')]
  }
}
