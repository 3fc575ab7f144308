// Owns the ServiceAccount kind.
import type { ServiceAccount } from '../../../generated/kubernetes.d.ts'
import { serviceAccounts } from '../client/resources.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { defineKind } from './kind.ts'

export const serviceAccountKind = defineKind<ServiceAccount>({
  resource: serviceAccounts,
  type: 'core/v1.ServiceAccount',
  shortNames: ['sa'],
  subresources: [
    {
      name: 'token',
      kind: 'TokenRequest',
      group: 'authentication.k8s.io',
      version: 'v1',
      verbs: ['create'],
    },
  ],
  columns: [nameColumn, ageColumn],
})
