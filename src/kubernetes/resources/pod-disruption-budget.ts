// Owns the PodDisruptionBudget kind.
import type { PodDisruptionBudget } from '../../../generated/kubernetes.d.ts'
import { podDisruptionBudgets } from '../client/resources.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { validateIntOrPercent } from './deployment.ts'
import { invalid, type FieldError } from './field-error.ts'
import { validateConditions } from './condition-rules.ts'
import { defineKind } from './kind.ts'
import { atLeastZero, choice } from './field-rules.ts'
import { validateLabelSelector } from './selector-rules.ts'

type Spec = PodDisruptionBudget['spec']
type Amount = 'minAvailable' | 'maxUnavailable'

// pkg/apis/policy/validation/validation.go.
function validateSpec(spec: Spec = {}): FieldError[] {
  const errors: FieldError[] = []
  if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined) {
    errors.push(invalid('spec', internalSpec(spec), 'minAvailable and maxUnavailable cannot be both set'))
  }
  return [
    ...errors,
    ...validateAmount(spec, 'minAvailable'),
    ...validateAmount(spec, 'maxUnavailable'),
    ...validateLabelSelector(spec.selector, 'spec.selector'),
    ...choice('spec.unhealthyPodEvictionPolicy', spec.unhealthyPodEvictionPolicy, [
      'AlwaysAllow',
      'IfHealthyBudget',
    ]),
  ]
}

function validateAmount(spec: NonNullable<Spec>, field: Amount): FieldError[] {
  const value = spec[field]
  const path = `spec.${field}`
  const errors = validateIntOrPercent(path, value)
  const percent = typeof value === 'string' ? /^([0-9]+)%$/.exec(value) : null
  if (percent && Number(percent[1]) > 100) {
    errors.push(invalid(path, value, 'must not be greater than 100%'))
  }
  return errors
}

// In messages a spec is printed as the struct that the server holds.
function internalSpec(spec: NonNullable<Spec>): unknown {
  return {
    MinAvailable: spec.minAvailable ?? null,
    Selector: spec.selector ?? null,
    MaxUnavailable: spec.maxUnavailable ?? null,
    UnhealthyPodEvictionPolicy: spec.unhealthyPodEvictionPolicy ?? null,
  }
}

export const podDisruptionBudgetKind = defineKind<PodDisruptionBudget>({
  resource: podDisruptionBudgets,
  type: 'policy/v1.PodDisruptionBudget',
  needsVersion: true,
  shortNames: ['pdb'],
  status: true,
  generation: true,
  columns: [
    nameColumn,
    { name: 'Min Available', type: 'string', cell: ({ spec }) => String(spec?.minAvailable ?? 'N/A') },
    { name: 'Max Unavailable', type: 'string', cell: ({ spec }) => String(spec?.maxUnavailable ?? 'N/A') },
    {
      name: 'Allowed Disruptions',
      type: 'integer',
      cell: ({ status }) => status?.disruptionsAllowed ?? 0,
    },
    ageColumn,
  ],
  prepareForCreate: ({ status: _status, ...budget }) => ({
    ...budget,
    status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
  }),
  validate: ({ spec }) => validateSpec(spec),
  validateStatus: ({ status }) => [
    ...validateConditions(status?.conditions, 'status.conditions'),
    ...(['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const).flatMap(
      (field) => atLeastZero(`status.${field}`, status?.[field]),
    ),
  ],
})
