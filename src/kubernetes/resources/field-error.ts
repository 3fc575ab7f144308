// Owns the errors of validation: one finding a field, printed as Kubernetes prints it.
// Source of the wording: apimachinery pkg/util/validation/field/errors.go.
import { StatusError, type StatusCause } from '../../base/errors.ts'
import { qualifiedResource } from '../../rules/kubernetes/resource-names.ts'

export interface FieldError {
  readonly reason: string
  readonly field: string
  /** The message without the field. */
  readonly detail: string
}

/** A value that is required and not there. */
export function required(field: string, detail = ''): FieldError {
  return { reason: 'FieldValueRequired', field, detail: withDetail('Required value', detail) }
}

/** A value that breaks a rule. */
export function invalid(field: string, value: unknown, detail: string): FieldError {
  return {
    reason: 'FieldValueInvalid',
    field,
    detail: withDetail(`Invalid value: ${printValue(value)}`, detail),
  }
}

/** A value outside a closed set. */
export function unsupported(field: string, value: unknown, supported: readonly string[]): FieldError {
  const list = supported.map((item) => JSON.stringify(item)).join(', ')
  return {
    reason: 'FieldValueNotSupported',
    field,
    detail: `Unsupported value: ${printValue(value)}: supported values: ${list}`,
  }
}

/** A value that must be unique and is there twice. */
export function duplicate(field: string, value: unknown): FieldError {
  return { reason: 'FieldValueDuplicate', field, detail: `Duplicate value: ${printValue(value)}` }
}

/** A value that refers to something that is not there. */
export function notFoundValue(field: string, value: unknown): FieldError {
  return { reason: 'FieldValueNotFound', field, detail: `Not found: ${printValue(value)}` }
}

/** A field that may not be set or changed here. */
export function forbidden(field: string, detail: string): FieldError {
  return { reason: 'FieldValueForbidden', field, detail: withDetail('Forbidden', detail) }
}

/** A value that is longer than allowed. */
export function tooLong(field: string, maximumBytes: number): FieldError {
  return {
    reason: 'FieldValueTooLong',
    field,
    detail: `Too long: may not be more than ${maximumBytes} bytes`,
  }
}

/** A list with more items than allowed. */
export function tooMany(field: string, count: number, maximum: number): FieldError {
  const items = maximum === 1 ? 'item' : 'items'
  return {
    reason: 'FieldValueTooMany',
    field,
    detail: `Too many: ${count}: must have at most ${maximum} ${items}`,
  }
}

/** A value, too long or too telling to print, that breaks a rule. */
export function invalidHidden(field: string, detail: string): FieldError {
  return { reason: 'FieldValueInvalid', field, detail: withDetail('Invalid value', detail) }
}

function withDetail(head: string, detail: string): string {
  return detail === '' ? head : `${head}: ${detail}`
}

// Go prints structs as JSON there since 1.32 (`%s` of the marshalled value); strings are quoted by `%q`, which
// writes control characters as `\\x01`.
function printValue(value: unknown): string {
  if (value === undefined || value === null) return 'null'
  const text = JSON.stringify(value)
  if (typeof value !== 'string') return text
  return text.replace(/\\(\\|u00([01][0-9a-f]))/g, (escape, _kind, code?: string) =>
    code === undefined ? escape : `\\x${code}`,
  )
}

/** The Status that Kubernetes answers with when an object breaks its rules (422 with one cause a finding). */
export function invalidStatus(
  kind: { readonly group: string; readonly kind: string },
  name: string,
  errors: readonly FieldError[],
): StatusError {
  const causes: StatusCause[] = errors.map(({ reason, detail, field }) => ({
    reason,
    message: detail,
    field,
  }))
  const lines = [...new Set(errors.map(({ field, detail }) => `${field}: ${detail}`))]
  const qualified = qualifiedResource({ plural: kind.kind, group: kind.group })
  const list = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`
  return new StatusError('Invalid', `${qualified} ${JSON.stringify(name)} is invalid: ${list}`, {
    name,
    ...(kind.group ? { group: kind.group } : {}),
    kind: kind.kind,
    causes,
  })
}
