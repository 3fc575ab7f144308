// Owns the CSIStorageCapacity kind.
import type { CSIStorageCapacity } from '../../../generated/kubernetes.d.ts'
import { csiStorageCapacities } from '../client/resources.ts'
import { createdAtColumn, nameColumn } from './columns.ts'
import { immutable, namedBy } from './field-rules.ts'
import { defineKind } from './kind.ts'
import { nodeSelectorWarnings } from './node-label-warnings.ts'
import { nonNegativeQuantity } from './quantity-rules.ts'
import { validateLabelSelector } from './selector-rules.ts'

export const csiStorageCapacityKind = defineKind<CSIStorageCapacity>({
  resource: csiStorageCapacities,
  type: 'storage/v1.CSIStorageCapacity',
  needsVersion: true,
  warnings: ({ nodeTopology }) => nodeSelectorWarnings(nodeTopology, 'nodeTopology'),
  columns: [nameColumn, createdAtColumn],
  validate: ({ nodeTopology, storageClassName, capacity }) => [
    ...validateLabelSelector(nodeTopology, 'nodeTopology'),
    ...namedBy('storageClassName', storageClassName, 'subdomain'),
    ...nonNegativeQuantity('capacity', capacity),
  ],
  validateUpdate: immutable('nodeTopology', 'storageClassName'),
})
