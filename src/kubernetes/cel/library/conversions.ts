// Owns the conversions of CEL that the library has not.
// Source: CEL language definition (standard functions int, timestamp, duration, optional.ofNonZeroValue).
import type { Environment } from '@marcbachmann/cel-js'

import { isObject } from '../../../base/json.ts'
import { CelError } from '../errors.ts'

const MAXIMUM_INT = 2n ** 63n - 1n

/** Registers `int` of unsigned numbers and moments, and conversions of what is of the type already. */
export function registerConversions(environment: Environment): void {
  // The library does not export what its optional values are made by.
  const none = environment.evaluate('optional.none()') as OptionalValue
  environment
    .registerFunction('int(uint): int', (value: { valueOf(): bigint }) => {
      if (value.valueOf() > MAXIMUM_INT) throw new CelError('integer overflow')
      return value.valueOf()
    })
    .registerFunction('int(google.protobuf.Timestamp): int', (value: Date) =>
      BigInt(Math.floor(value.getTime() / 1000)),
    )
    .registerFunction('string(google.protobuf.Timestamp): string', (value: Date) =>
      value.toISOString().replace(/\.?0*Z$/, 'Z'),
    )
    .registerFunction('string(google.protobuf.Duration): string', String)
    .registerFunction(
      'timestamp(google.protobuf.Timestamp): google.protobuf.Timestamp',
      (value: Date) => value,
    )
    .registerFunction(
      'duration(google.protobuf.Duration): google.protobuf.Duration',
      (value: unknown) => value,
    )
    .registerFunction(
      'OptionalNamespace.ofNonZeroValue(dyn): optional<dyn>',
      (_namespace: unknown, value: unknown) => (isZero(value) ? none : none.constructor.of(value)),
    )
}

interface OptionalValue {
  readonly constructor: { of(value: unknown): unknown }
}

function isZero(value: unknown): boolean {
  if (value === null || value === '' || value === 0 || value === 0n || value === false) return true
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0
  if (value instanceof Map) return value.size === 0
  return (
    isObject(value) && Object.getPrototypeOf(value) === Object.prototype && Object.keys(value).length === 0
  )
}
