// Owns rules for single fields that many kinds state as rows: what may not change, what names what.
import { deepEqual, isObject } from '../../base/json.ts'
import { forbidden, invalid, tooLong, unsupported, type FieldError } from './field-error.ts'
import { nameProblems, type NameRule } from './naming.ts'

/** The value at a path such as `spec.controller`; undefined where a part of the path is not there. */
export function valueAt(object: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), object)
}

/** The rule that the fields at some paths stay as they are (apimachinery ValidateImmutableField). */
export function immutable(...paths: readonly string[]): (next: object, old: object) => FieldError[] {
  return changed(paths, (path, value) => invalid(path, value, 'field is immutable'))
}

/** The same for fields of which Kubernetes says it in other words: `updates to provisioner are forbidden.` */
export function neverUpdated(...paths: readonly string[]): (next: object, old: object) => FieldError[] {
  return changed(paths, (path) => forbidden(path, `updates to ${path} are forbidden.`))
}

function changed(
  paths: readonly string[],
  finding: (path: string, value: unknown) => FieldError,
): (next: object, old: object) => FieldError[] {
  return (next, old) =>
    paths
      .filter((path) => !deepEqual(valueAt(next, path) ?? null, valueAt(old, path) ?? null))
      .map((path) => finding(path, valueAt(next, path)))
}

/** Findings for a field that names something; `Invalid value` even when it is empty, as the Go functions say it. */
export function namedBy(field: string, name: string, rule: NameRule): FieldError[] {
  return nameProblems(name, rule).map((problem) => invalid(field, name, problem))
}

/** A finding when a value is set and outside the set. */
export function choice(field: string, value: string | undefined, supported: readonly string[]): FieldError[] {
  if (value === undefined || supported.includes(value)) return []
  return [unsupported(field, value, supported)]
}

/** A finding when a number is set and negative. */
export function atLeastZero(field: string, value: number | undefined): FieldError[] {
  return value !== undefined && value < 0 ? [invalid(field, value, 'must be greater than or equal to 0')] : []
}

const LARGEST_ID = 2 ** 31 - 1

/** A finding when the id of a user or a group is set and none. */
export function idErrors(field: string, id: number | undefined): FieldError[] {
  if (id === undefined || (id >= 0 && id <= LARGEST_ID)) return []
  return [invalid(field, id, `must be between 0 and ${LARGEST_ID}, inclusive`)]
}

/** Findings for a map of free parameters (pkg/apis/storage/validation validateParameters). */
export function validateParameters(
  field: string,
  parameters: Readonly<Record<string, string>> = {},
): FieldError[] {
  const entries = Object.entries(parameters)
  if (entries.length > MAXIMUM_PARAMETERS) return [tooLong(field, MAXIMUM_PARAMETERS)]
  const size = entries.reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  )
  return [
    ...entries.filter(([key]) => key === '').map(() => invalid(field, '', 'field can not be empty.')),
    ...(size > MAXIMUM_PARAMETER_BYTES ? [tooLong(field, MAXIMUM_PARAMETER_BYTES)] : []),
  ]
}

const MAXIMUM_PARAMETERS = 512
const MAXIMUM_PARAMETER_BYTES = 256 * 1024
