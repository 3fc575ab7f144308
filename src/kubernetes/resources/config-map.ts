// Owns the ConfigMap kind.
import type { ConfigMap } from '../../../generated/kubernetes.d.ts'
import { deepEqual, own } from '../../base/json.ts'
import { configMaps } from '../client/resources.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { forbidden, invalid, tooLong, type FieldError } from './field-error.ts'
import { defineKind } from './kind.ts'
import { nameProblems } from './naming.ts'

/** Largest sum of the values of a ConfigMap or Secret. */
export const MAXIMUM_DATA_BYTES = 1024 * 1024

/** Findings for the keys of data and binaryData. */
export function validateDataKeys(
  field: string,
  data: Readonly<Record<string, string>> | undefined,
): FieldError[] {
  return Object.keys(data ?? {}).flatMap((key) =>
    nameProblems(key, 'configKey').map((problem) => invalid(`${field}[${key}]`, key, problem)),
  )
}

/** Findings for a changed object that was marked immutable. */
export function validateImmutable(
  next: { readonly immutable?: boolean; readonly data?: unknown; readonly binaryData?: unknown },
  old: { readonly immutable?: boolean; readonly data?: unknown; readonly binaryData?: unknown },
): FieldError[] {
  if (!old.immutable) return []
  const detail = 'field is immutable when `immutable` is set'
  return [
    ...(next.immutable ? [] : [forbidden('immutable', detail)]),
    ...(deepEqual(next.data ?? {}, old.data ?? {}) ? [] : [forbidden('data', detail)]),
    ...(deepEqual(next.binaryData ?? {}, old.binaryData ?? {}) ? [] : [forbidden('binaryData', detail)]),
  ]
}

function validate({ data, binaryData }: ConfigMap): FieldError[] {
  const shared = Object.keys(data ?? {}).filter((key) => own(binaryData, key) !== undefined)
  const size =
    Object.values(data ?? {}).reduce((sum, value) => sum + Buffer.byteLength(value), 0) +
    Object.values(binaryData ?? {}).reduce((sum, value) => sum + Buffer.byteLength(value, 'base64'), 0)
  return [
    ...validateDataKeys('data', data),
    ...validateDataKeys('binaryData', binaryData),
    ...shared.map((key) => invalid(`data[${key}]`, key, 'duplicate of key present in binaryData')),
    ...(size > MAXIMUM_DATA_BYTES ? [tooLong('', MAXIMUM_DATA_BYTES)] : []),
  ]
}

export const configMapKind = defineKind<ConfigMap>({
  resource: configMaps,
  type: 'core/v1.ConfigMap',
  shortNames: ['cm'],
  columns: [
    nameColumn,
    {
      name: 'Data',
      type: 'string',
      cell: ({ data, binaryData }) => Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length,
    },
    ageColumn,
  ],
  validate,
  validateUpdate: validateImmutable,
})
