// Owns the ServiceCIDR kind: the ranges that cluster addresses of Services come from.
// Source: kubernetes pkg/apis/networking/validation/validation.go.
import { isIP } from 'node:net'

import type { ServiceCIDR } from '../../../generated/kubernetes.d.ts'
import { deepEqual } from '../../base/json.ts'
import { serviceCidrs } from '../client/resources.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { invalid, required, type FieldError } from './field-error.ts'
import { validateCidr } from './ip-rules.ts'
import { defineKind } from './kind.ts'

const FIELD = 'spec.cidrs'
const IMMUTABLE = 'field is immutable'

function familyOf(cidr: string | undefined): number {
  return isIP((cidr ?? '').split('/')[0] ?? '')
}

function validate({ spec }: ServiceCIDR): FieldError[] {
  const cidrs = spec?.cidrs ?? []
  if (cidrs.length === 0) return [required(FIELD, 'at least one CIDR required')]
  if (cidrs.length > 2) return [invalid(FIELD, { CIDRs: cidrs }, 'may only hold up to 2 values')]
  const errors = cidrs.flatMap((cidr, i) => validateCidr(`${FIELD}[${i}]`, cidr))
  const [first, second] = cidrs.map(familyOf)
  if (cidrs.length === 2 && first === second && first !== 0) {
    const detail = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64'
    errors.push(invalid(FIELD, cidrs, detail))
  }
  return errors
}

// A second family may be added; nothing else changes.
function validateUpdate(next: ServiceCIDR, old: ServiceCIDR): FieldError[] {
  const [after, before] = [next.spec?.cidrs ?? [], old.spec?.cidrs ?? []]
  if (deepEqual(after, before)) return []
  const isGrown = before.length === 1 && after.length === 2
  if (!isGrown && after.length !== before.length) return [invalid(FIELD, after, IMMUTABLE)]
  return before.flatMap((cidr, i) =>
    cidr === after[i] ? [] : [invalid(`${FIELD}[${i}]`, after[i], IMMUTABLE)],
  )
}

export const serviceCidrKind = defineKind<ServiceCIDR>({
  resource: serviceCidrs,
  type: 'networking/v1.ServiceCIDR',
  status: true,
  columns: [
    nameColumn,
    { name: 'CIDRs', type: 'string', cell: ({ spec }) => (spec?.cidrs ?? []).join(',') },
    ageColumn,
  ],
  prepareForCreate: ({ status: _status, ...rest }) => ({ ...rest, status: {} }),
  validate,
  validateUpdate,
})
