// Owns the Secret kind.
import type { Secret } from '../../../generated/kubernetes.d.ts'
import { own } from '../../base/json.ts'
import { secrets } from '../client/resources.ts'
import { fill } from '../schema/default-fill.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { MAXIMUM_DATA_BYTES, validateDataKeys, validateImmutable } from './config-map.ts'
import { invalid, required, tooLong, type FieldError } from './field-error.ts'
import { defineKind } from './kind.ts'

// What each built-in type must hold (pkg/apis/core/validation ValidateSecret).
const requiredKeys: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
}

function foldStringData(secret: Secret): Secret {
  const { stringData, ...rest } = secret
  if (!stringData) return rest
  const encoded = Object.entries(stringData).map(([key, value]) => [
    key,
    Buffer.from(value).toString('base64'),
  ])
  return { ...rest, data: { ...rest.data, ...(Object.fromEntries(encoded) as Record<string, string>) } }
}

function validate({ data, type }: Secret): FieldError[] {
  const size = Object.values(data ?? {}).reduce((sum, value) => sum + Buffer.byteLength(value, 'base64'), 0)
  return [
    ...validateDataKeys('data', data),
    ...(size > MAXIMUM_DATA_BYTES ? [tooLong('data', MAXIMUM_DATA_BYTES)] : []),
    ...(own(requiredKeys, type ?? '') ?? [])
      .filter((key) => own(data, key) === undefined)
      .map((key) => required(`data[${key}]`)),
  ]
}

export const secretKind = defineKind<Secret>({
  resource: secrets,
  type: 'core/v1.Secret',
  roles: { read: 'edit', write: 'edit' },
  defaults: (secret) => fill(secret, { type: 'Opaque' }),
  columns: [
    nameColumn,
    { name: 'Type', type: 'string', cell: (secret) => secret.type ?? '' },
    { name: 'Data', type: 'string', cell: (secret) => Object.keys(secret.data ?? {}).length },
    ageColumn,
  ],
  fields: (secret) => ({ type: secret.type ?? '' }),
  prepareForCreate: foldStringData,
  prepareForUpdate: foldStringData,
  validate,
  validateUpdate: (secret, old) => [
    ...(secret.type === old.type ? [] : [invalid('type', secret.type, 'field is immutable')]),
    ...validateImmutable(secret, old),
  ],
})
