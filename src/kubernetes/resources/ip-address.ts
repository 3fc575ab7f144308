// Owns the IPAddress kind: one object for each cluster address that is taken.
// Source: kubernetes pkg/apis/networking/validation/validation.go.
import type { IPAddress } from '../../../generated/kubernetes.d.ts'
import { qualifiedResource } from '../../rules/kubernetes/resource-names.ts'
import { ipAddresses } from '../client/resources.ts'
import { nameColumn } from './columns.ts'
import { required, type FieldError } from './field-error.ts'
import { immutable, namedBy } from './field-rules.ts'
import { defineKind } from './kind.ts'

function formatParent({ spec }: IPAddress): string {
  const parent = spec?.parentRef
  if (!parent) return '<none>'
  const { group = '', resource = '', namespace, name = '' } = parent
  return [qualifiedResource({ group, plural: resource }).toLowerCase(), namespace, name]
    .filter((part) => part)
    .join('/')
}

function validate({ spec }: IPAddress): FieldError[] {
  const parent = spec?.parentRef
  const at = 'spec.parentRef'
  if (!parent) return [required(at)]
  const { group, resource, namespace, name } = parent
  return [
    ...(group ? namedBy(`${at}.group`, group, 'subdomain') : []),
    ...(resource ? namedBy(`${at}.resource`, resource, 'path') : [required(`${at}.resource`)]),
    ...(name ? namedBy(`${at}.name`, name, 'path') : [required(`${at}.name`)]),
    ...(namespace ? namedBy(`${at}.namespace`, namespace, 'path') : []),
  ]
}

export const ipAddressKind = defineKind<IPAddress>({
  resource: ipAddresses,
  type: 'networking/v1.IPAddress',
  nameRule: 'ip',
  shortNames: ['ip'],
  columns: [nameColumn, { name: 'ParentRef', type: 'string', cell: formatParent }],
  validate,
  validateUpdate: immutable('spec.parentRef'),
})
