// Owns the rules for ports: their numbers and their names. Source: apimachinery pkg/util/validation/validation.go.
import { invalid, type FieldError } from './field-error.ts'

const MAXIMUM_PORT = 65535

/** True for a number that a TCP port can have. */
export function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= MAXIMUM_PORT
}

/** Findings for an IANA service name (apimachinery IsValidPortName). */
export function portNameErrors(field: string, name: string): FieldError[] {
  const errors: FieldError[] = []
  if (name.length > 15) errors.push(invalid(field, name, 'must be no more than 15 characters'))
  if (!/^[-a-z0-9]*$/.test(name)) {
    errors.push(
      invalid(field, name, 'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)'),
    )
  }
  if (!/[a-z]/.test(name)) errors.push(invalid(field, name, 'must contain at least one letter (a-z)'))
  if (name.includes('--')) errors.push(invalid(field, name, 'must not contain consecutive hyphens'))
  if (name.startsWith('-') || name.endsWith('-')) {
    errors.push(invalid(field, name, 'must not begin or end with a hyphen'))
  }
  return errors
}
