// Owns the PriorityClass kind.
import type { PriorityClass } from '../../../generated/kubernetes.d.ts'
import { priorityClasses } from '../client/resources.ts'
import { fill } from '../schema/default-fill.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { forbidden, invalid, unsupported, type FieldError } from './field-error.ts'
import { defineKind } from './kind.ts'

/** Largest value of a class that users make (HighestUserDefinablePriority). */
const HIGHEST_USER_PRIORITY = 1_000_000_000

/** The two classes that the system itself makes, by name. */
export const systemPriorities: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
}

function validate({ metadata, value = 0, preemptionPolicy }: PriorityClass): FieldError[] {
  const policies = ['PreemptLowerPriority', 'Never']
  if (preemptionPolicy !== undefined && !policies.includes(preemptionPolicy)) {
    return [unsupported('preemptionPolicy', preemptionPolicy, policies)]
  }
  if (metadata.name.startsWith('system-')) {
    if (systemPriorities[metadata.name] === value) return []
    return [
      forbidden(
        'metadata.name',
        `priority class names with 'system-' prefix are reserved for system use only. error: ${metadata.name} is not a known system priority class`,
      ),
    ]
  }
  if (value > HIGHEST_USER_PRIORITY) {
    return [
      forbidden('value', `maximum allowed value of a user defined priority is ${HIGHEST_USER_PRIORITY}`),
    ]
  }
  return []
}

export const priorityClassKind = defineKind<PriorityClass>({
  resource: priorityClasses,
  type: 'scheduling/v1.PriorityClass',
  defaults: (priority) => fill(priority, { preemptionPolicy: 'PreemptLowerPriority' }),
  shortNames: ['pc'],
  generation: true,
  columns: [
    nameColumn,
    { name: 'Value', type: 'integer', cell: ({ value }) => value ?? 0 },
    { name: 'Global-Default', type: 'boolean', cell: ({ globalDefault }) => globalDefault ?? false },
    ageColumn,
    { name: 'PreemptionPolicy', type: 'string', cell: ({ preemptionPolicy }) => preemptionPolicy ?? '' },
  ],
  validate,
  validateUpdate: (next, old) => [
    ...((next.value ?? 0) === (old.value ?? 0)
      ? []
      : [forbidden('value', 'may not be changed in an update.')]),
    ...(next.preemptionPolicy === old.preemptionPolicy
      ? []
      : [invalid('preemptionPolicy', next.preemptionPolicy, 'field is immutable')]),
  ],
})
