// Owns the ServiceAccount kind.
import type { ServiceAccount } from '../../../generated/kubernetes.d.ts'
import { serviceAccounts } from '../client/resources.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { defineKind } from './kind.ts'

const BOUNDED =
  'metadata.annotations[kubernetes.io/enforce-mountable-secrets]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets'

function isBounded({ metadata }: ServiceAccount): boolean {
  return metadata.annotations?.['kubernetes.io/enforce-mountable-secrets'] !== undefined
}

export const serviceAccountKind = defineKind<ServiceAccount>({
  resource: serviceAccounts,
  type: 'core/v1.ServiceAccount',
  shortNames: ['sa'],
  warnings: (account, old) => (isBounded(account) && !(old && isBounded(old)) ? [BOUNDED] : []),
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
