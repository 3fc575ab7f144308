// Owns the scalar types of Kubernetes: what JSON each takes, its normal form and its zero value.
import { formatTimestamp } from '../../base/clock.ts'
import type { FieldSchema, ScalarSchema } from './fields.ts'
import { canonicalQuantity } from '../../base/canonical-quantity.ts'

/** A value that its type cannot take, in the words of Go's decoders. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError'
}

const WHOLE_SECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/
const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,](\d+))?(?:Z|[+-]\d\d:\d\d)$/
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const INT32_LIMIT = 2 ** 31
// Larger int64 values are not exact in a JavaScript number; no field of the served kinds gets near.
const INT64_LIMIT = 2 ** 63

/**
 * The normal form of a scalar, or undefined when the JSON is of the wrong kind.
 * @throws DecodeError or QuantityError when the kind is right and the value is not.
 */
export function decodeScalar(schema: ScalarSchema, value: unknown): unknown {
  switch (schema.scalar) {
    case 'string':
      return typeof value === 'string' ? value : undefined
    case 'bool':
      return typeof value === 'boolean' ? value : undefined
    case 'int32':
      return isWhole(value, INT32_LIMIT) ? value : undefined
    case 'int64':
      return isWhole(value, INT64_LIMIT) ? value : undefined
    case 'float64':
      return typeof value === 'number' ? value : undefined
    case 'bytes':
      return typeof value === 'string' ? decodeBytes(value) : undefined
    case 'quantity':
      return decodeQuantity(value)
    case 'intOrString':
      return decodeIntOrString(value)
    case 'time':
      return typeof value === 'string' ? decodeTime(value) : undefined
    case 'microTime':
      return typeof value === 'string' ? decodeMicroTime(value) : undefined
    case 'duration':
      return typeof value === 'string' ? value : undefined
  }
}

/** True for the value that Go gives a field that was never set. */
export function isZero(schema: ScalarSchema, value: unknown): boolean {
  if (schema.scalar === 'quantity' || schema.scalar === 'intOrString') return false
  return value === '' || value === 0 || value === false
}

/** What Go makes of null in a list or a map. */
export function zeroOf(schema: FieldSchema): unknown {
  switch (schema.kind) {
    case 'scalar':
      return zeroScalar(schema)
    case 'list':
      return []
    case 'raw':
      return null
    default:
      return {}
  }
}

function zeroScalar(schema: ScalarSchema): unknown {
  switch (schema.scalar) {
    case 'bool':
      return false
    case 'int32':
    case 'int64':
    case 'float64':
    case 'intOrString':
      return 0
    case 'quantity':
      return '0'
    default:
      return ''
  }
}

function isWhole(value: unknown, limit: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= -limit && value < limit
}

function decodeQuantity(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') return canonicalQuantity(value)
  return canonicalQuantity(JSON.stringify(value))
}

/** apimachinery pkg/util/intstr: a string, or else an int32. */
function decodeIntOrString(value: unknown): number | string {
  if (typeof value === 'string') return value
  if (isWhole(value, INT32_LIMIT)) return value
  const kind = typeof value === 'number' ? `number ${value}` : Array.isArray(value) ? 'array' : typeof value
  throw new DecodeError(
    `json: cannot unmarshal ${kind === 'boolean' ? 'bool' : kind} into Go value of type int32`,
  )
}

/** Go's encoding/base64 standard encoding; line breaks are skipped, everything else must fit. */
function decodeBytes(text: string): string {
  const plain = text.replace(/[\r\n]/g, '')
  if (BASE64.test(plain)) return plain
  const wrong = plain.search(/[^A-Za-z0-9+/]/)
  const at = wrong >= 0 ? wrong : plain.length - (plain.length % 4)
  throw new DecodeError(`illegal base64 data at input byte ${at}`)
}

function decodeTime(text: string): string {
  if (WHOLE_SECONDS.test(text) && !Number.isNaN(Date.parse(text))) return text
  return formatTimestamp(parseTime(text))
}

function decodeMicroTime(text: string): string {
  const micros = (RFC3339.exec(text)?.[1] ?? '').slice(0, 6).padEnd(6, '0')
  return `${new Date(parseTime(text)).toISOString().slice(0, 19)}.${micros}Z`
}

function parseTime(text: string): number {
  const moment = RFC3339.test(text) ? Date.parse(text.replace(',', '.')) : Number.NaN
  if (Number.isNaN(moment)) {
    throw new DecodeError(
      `parsing time ${JSON.stringify(text)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(text)} as "2006"`,
    )
  }
  return moment
}
