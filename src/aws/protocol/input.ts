// Owns the check of an input before it is sent or handled: its types, then everything that its constraints say.
import { findFaults } from './constraints.ts'
import { faultError } from './fault.ts'
import type { Schema, ShapeRef } from './schema.ts'
import type { WireProtocol } from './service.ts'
import { checkValue, ViolationError } from './values.ts'
import { violationError } from './violation.ts'

/**
 * Checks an input in the form that handlers see.
 * @throws AwsError in the words of the protocol: of the first member that is unknown or of another type, else of all
 * members together that are missing or break a constraint. AWS looks at constraints before it looks for resources.
 */
export function checkInput(
  schema: Schema,
  ref: ShapeRef,
  { protocol, input }: { readonly protocol: WireProtocol; readonly input: object },
): void {
  try {
    checkValue(schema, ref, input)
  } catch (error) {
    throw asAwsError(protocol, error)
  }
  const faults = findFaults(schema, ref, input)
  const mistyped = faults.find(({ kind }) => kind === 'type')
  if (mistyped) {
    const { path, constraint: expected, value } = mistyped
    throw violationError(protocol, { kind: 'mistyped', path, expected, value: String(value) })
  }
  if (faults.length > 0) throw faultError({ protocol, service: schema.name }, faults)
}

/** A violation in the words of a protocol; anything else as it is. */
export function asAwsError(protocol: WireProtocol, error: unknown): unknown {
  return error instanceof ViolationError ? violationError(protocol, error.violation) : error
}
