// Owns the RuntimeClass kind. Source: kubernetes pkg/apis/node/validation/validation.go.
import type { RuntimeClass } from '../../../generated/kubernetes.d.ts'
import { runtimeClasses } from '../client/resources.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { duplicate, type FieldError } from './field-error.ts'
import { immutable, namedBy } from './field-rules.ts'
import { defineKind } from './kind.ts'
import { labelWarnings } from './node-label-warnings.ts'
import { validateLabels } from './naming.ts'
import { validateTolerations } from './placement-rules.ts'
import { validateOverhead } from './resource-rules.ts'

function validateScheduling(scheduling: RuntimeClass['scheduling']): FieldError[] {
  const tolerations = scheduling?.tolerations ?? []
  const keys = tolerations.map(({ key, operator, value, effect }) =>
    JSON.stringify([key, operator, value, effect]),
  )
  return [
    ...validateLabels('scheduling.nodeSelector', scheduling?.nodeSelector),
    ...validateTolerations(tolerations, 'scheduling.tolerations'),
    ...tolerations.flatMap((toleration, i) =>
      keys.indexOf(keys[i] ?? '') < i ? [duplicate(`scheduling.tolerations[${i}]`, toleration)] : [],
    ),
  ]
}

export const runtimeClassKind = defineKind<RuntimeClass>({
  resource: runtimeClasses,
  type: 'node/v1.RuntimeClass',
  needsVersion: true,
  madeByPut: true,
  warnings: ({ scheduling }) =>
    Object.keys(scheduling?.nodeSelector ?? {}).flatMap((key) =>
      labelWarnings('scheduling.nodeSelector', key),
    ),
  columns: [nameColumn, { name: 'Handler', type: 'string', cell: ({ handler }) => handler }, ageColumn],
  validate: ({ handler, overhead, scheduling }) => [
    ...namedBy('handler', handler, 'label'),
    ...validateOverhead(overhead?.podFixed, 'overhead'),
    ...validateScheduling(scheduling),
  ],
  validateUpdate: immutable('handler'),
})
