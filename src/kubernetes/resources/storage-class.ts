// Owns the StorageClass kind.
import type { StorageClass } from '../../../generated/kubernetes.d.ts'
import { deepEqual } from '../../base/json.ts'
import { storageClasses } from '../client/resources.ts'
import { isDefaultClass } from '../../rules/kubernetes/default-class.ts'
import { fill } from '../schema/default-fill.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { duplicate, type FieldError } from './field-error.ts'
import { choice, immutable, neverUpdated, validateParameters } from './field-rules.ts'
import { defineKind } from './kind.ts'
import { labelWarnings } from './node-label-warnings.ts'
import { validateProvisioner, validateTopologies } from './storage-rules.ts'

const fixed = neverUpdated('parameters', 'provisioner', 'reclaimPolicy')
const sameMode = immutable('volumeBindingMode')

// Each term counts as what it selects, in any order.
function repeatedTopologies(topologies: NonNullable<StorageClass['allowedTopologies']>): FieldError[] {
  const terms = topologies.map(({ matchLabelExpressions = [] }) =>
    Object.fromEntries(matchLabelExpressions.map(({ key, values }) => [key, values.toSorted()])),
  )
  return terms.flatMap((term, i) =>
    terms
      .slice(0, i)
      .flatMap((other) =>
        deepEqual(term, other) ? [duplicate(`allowedTopologies[${i}].matchLabelExpressions`, '')] : [],
      ),
  )
}

export const storageClassKind = defineKind<StorageClass>({
  resource: storageClasses,
  type: 'storage/v1.StorageClass',
  shortNames: ['sc'],
  warnings: ({ allowedTopologies = [] }) =>
    allowedTopologies.flatMap(({ matchLabelExpressions = [] }, i) =>
      matchLabelExpressions.flatMap(({ key }, j) =>
        labelWarnings(`allowedTopologies[${i}].matchLabelExpressions[${j}].key`, key),
      ),
    ),
  defaults: (storage) => fill(storage, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }),
  columns: [
    {
      ...nameColumn,
      cell: ({ metadata }) => (isDefaultClass(metadata) ? `${metadata.name} (default)` : metadata.name),
    },
    { name: 'Provisioner', type: 'string', cell: ({ provisioner }) => provisioner },
    { name: 'ReclaimPolicy', type: 'string', cell: ({ reclaimPolicy }) => reclaimPolicy ?? 'Delete' },
    {
      name: 'VolumeBindingMode',
      type: 'string',
      cell: ({ volumeBindingMode }) => volumeBindingMode ?? 'Immediate',
    },
    {
      name: 'AllowVolumeExpansion',
      type: 'string',
      cell: ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false,
    },
    ageColumn,
  ],
  validate: ({ provisioner, parameters, reclaimPolicy, volumeBindingMode, allowedTopologies = [] }) => [
    ...validateProvisioner('provisioner', provisioner),
    ...validateParameters('parameters', parameters),
    ...choice('reclaimPolicy', reclaimPolicy || undefined, ['Delete', 'Retain']),
    ...choice('volumeBindingMode', volumeBindingMode, ['Immediate', 'WaitForFirstConsumer']),
    ...validateTopologies(allowedTopologies, 'allowedTopologies'),
    ...repeatedTopologies(allowedTopologies),
  ],
  validateUpdate: (next, old) => [...fixed(next, old), ...sameMode(next, old)],
})
