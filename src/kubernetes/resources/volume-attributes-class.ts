// Owns the VolumeAttributesClass kind.
import type { VolumeAttributesClass } from '../../../generated/kubernetes.d.ts'
import { volumeAttributesClasses } from '../client/resources.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { required } from './field-error.ts'
import { neverUpdated, validateParameters } from './field-rules.ts'
import { defineKind } from './kind.ts'
import { validateProvisioner } from './storage-rules.ts'

export const volumeAttributesClassKind = defineKind<VolumeAttributesClass>({
  resource: volumeAttributesClasses,
  type: 'storage/v1.VolumeAttributesClass',
  shortNames: ['vac'],
  columns: [
    nameColumn,
    { name: 'DriverName', type: 'string', cell: ({ driverName }) => driverName },
    ageColumn,
  ],
  validate: ({ driverName, parameters }) => [
    ...validateProvisioner('driverName', driverName),
    ...validateParameters('parameters', parameters),
    ...(Object.keys(parameters ?? {}).length === 0
      ? [required('parameters', 'must contain at least one key/value pair')]
      : []),
  ],
  validateUpdate: neverUpdated('driverName', 'parameters'),
})
