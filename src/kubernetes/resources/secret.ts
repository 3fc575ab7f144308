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

const ACCOUNT_ANNOTATION = 'kubernetes.io/service-account.name'
const REDACTED = '<secret contents redacted>'

function validateType({ metadata, data, type }: Secret): FieldError[] {
  if (type === 'kubernetes.io/service-account-token' && !metadata.annotations?.[ACCOUNT_ANNOTATION]) {
    return [required(`metadata.annotations[${ACCOUNT_ANNOTATION}]`)]
  }
  if (
    type === 'kubernetes.io/basic-auth' &&
    data?.['username'] === undefined &&
    data?.['password'] === undefined
  ) {
    return [required('data[username]'), required('data[password]')]
  }
  return ['.dockercfg', '.dockerconfigjson'].flatMap((key) => {
    const value = data?.[key]
    const isOfType = own(requiredKeys, type ?? '')?.includes(key)
    return isOfType && value !== undefined ? validateJson(`data[${key}]`, value) : []
  })
}

function validateJson(field: string, value: string): FieldError[] {
  const text = Buffer.from(value, 'base64').toString()
  try {
    JSON.parse(text)
    return []
  } catch {
    // Go's decoder names the first character that cannot begin a value; further in, this says less than it would.
    const first = text.trimStart().charAt(0)
    const where =
      first && !/[[{"\d\-tfn]/.test(first) ? `'${first}' looking for beginning of value` : 'in the document'
    return [invalid(field, REDACTED, `invalid character ${where}`)]
  }
}

function validate(secret: Secret): FieldError[] {
  const { data, type } = secret
  const size = Object.values(data ?? {}).reduce((sum, value) => sum + Buffer.byteLength(value, 'base64'), 0)
  return [
    ...validateDataKeys('data', data),
    ...(size > MAXIMUM_DATA_BYTES ? [tooLong('data', MAXIMUM_DATA_BYTES)] : []),
    ...(own(requiredKeys, type ?? '') ?? [])
      .filter((key) => own(data, key) === undefined)
      .map((key) => required(`data[${key}]`)),
    ...validateType(secret),
  ]
}

// pkg/api/secret/warnings.go: what the first look of Go's tls.X509KeyPair says.
function pairWarnings({ type, data }: Secret): string[] {
  if (type !== 'kubernetes.io/tls') return []
  const isPem = (key: string): boolean =>
    Buffer.from(data?.[key] ?? '', 'base64')
      .toString()
      .includes('-----BEGIN ')
  if (!isPem('tls.crt')) return ['tls: failed to find any PEM data in certificate input']
  return isPem('tls.key') ? [] : ['tls: failed to find any PEM data in key input']
}

export const secretKind = defineKind<Secret>({
  resource: secrets,
  type: 'core/v1.Secret',
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
  warnings: pairWarnings,
  validate,
  validateUpdate: (secret, old) => [
    ...(secret.type === old.type ? [] : [invalid('type', secret.type, 'field is immutable')]),
    ...validateImmutable(secret, old),
  ],
})
