// Owns the Lease kind.
import type { Lease } from '../../../generated/kubernetes.d.ts'
import { leases } from '../client/resources.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { invalid } from './field-error.ts'
import { defineKind } from './kind.ts'

export const leaseKind = defineKind<Lease>({
  resource: leases,
  type: 'coordination/v1.Lease',
  needsVersion: true,
  madeByPut: true,
  columns: [
    nameColumn,
    { name: 'Holder', type: 'string', cell: (lease) => lease.spec?.holderIdentity ?? '' },
    ageColumn,
  ],
  validate: ({ spec }) => [
    ...(spec?.leaseDurationSeconds !== undefined && spec.leaseDurationSeconds <= 0
      ? [invalid('spec.leaseDurationSeconds', spec.leaseDurationSeconds, 'must be greater than 0')]
      : []),
    ...(spec?.leaseTransitions !== undefined && spec.leaseTransitions < 0
      ? [invalid('spec.leaseTransitions', spec.leaseTransitions, 'must be greater than or equal to 0')]
      : []),
  ],
})
