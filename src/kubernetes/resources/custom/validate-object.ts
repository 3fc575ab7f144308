// Owns all findings about one custom resource, in the order in which Kubernetes looks for them.
// Source: apiextensions-apiserver pkg/registry/customresource/{strategy,validator}.go.
import { deepEqual, isObject } from '../../../base/json.ts'
import type { KubernetesObject } from '../../client/client.ts'
import { invalid, type FieldError } from '../field-error.ts'
import { hasRules, validateRules } from './cel-rules.ts'
import type { JsonSchema, Version } from './json-schema.ts'
import { fieldsOfPath } from './json-path.ts'
import { validateLists } from './list-rules.ts'
import { validateValue } from './validate-value.ts'

const BLOCKING: ReadonlySet<string> = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
])
const NOT_CHECKED =
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation'

export interface Checked {
  readonly schema: JsonSchema
  readonly version: Version
  /** Set for updates. */
  readonly old?: KubernetesObject
}

/** Findings about a whole object. */
export function validateCustomObject(
  object: KubernetesObject,
  { schema, version, old }: Checked,
): FieldError[] {
  const whole = asJson(object)
  const before = old && asJson(old)
  const errors = [
    ...validateValue(schema, whole, ''),
    ...validateScale(version, whole),
    ...validateLists(schema, whole, ''),
  ].filter((error) => before === undefined || !isUnchanged(error, whole, before))
  if (!hasRules(schema)) return errors
  if (errors.some(({ reason }) => BLOCKING.has(reason)))
    return [...errors, invalid('<nil>', null, NOT_CHECKED)]
  return [...errors, ...validateRules(schema, whole, before)]
}

// The same object, seen as the fields that it is made of.
function asJson(object: KubernetesObject): Record<string, unknown> {
  return object as unknown as Record<string, unknown>
}

function validateScale({ subresources }: Version, object: Record<string, unknown>): FieldError[] {
  const path = subresources?.scale?.specReplicasPath
  if (!path) return []
  const found = (fieldsOfPath(path) ?? []).reduce<unknown>(
    (value, name) => (isObject(value) ? value[name] : undefined),
    object,
  )
  if (typeof found !== 'number') return []
  if (!Number.isInteger(found)) {
    return [invalid(path, 0, `${path} accessor error: ${found} is of the type float64, expected int64`)]
  }
  return found < 0 ? [invalid(path, found, 'should be a non-negative integer')] : []
}

/**
 * True for a finding about what was there before and is the same now: such a fault may stay (ratcheting).
 * Source: apiextensions-apiserver pkg/apiserver/validation/ratcheting.go.
 */
function isUnchanged(error: FieldError, object: unknown, before: unknown): boolean {
  if (error.field === '<nil>') return false
  const steps = stepsOf(error.field)
  // What is missing is a fault of what it is missing from.
  const place = error.reason === 'FieldValueRequired' ? steps.slice(0, -1) : steps
  if (place.length === 0) return false
  const [now, then] = [valueAt(object, place), valueAt(before, place)]
  return now !== undefined && deepEqual(now, then)
}

function stepsOf(path: string): string[] {
  return path
    .replace(/^\./, '')
    .split(/[.[\]]+/)
    .filter((step) => step !== '')
}

function valueAt(value: unknown, steps: readonly string[]): unknown {
  let at = value
  for (const step of steps) {
    if (Array.isArray(at)) at = (at as unknown[])[Number(step)]
    else if (isObject(at)) at = at[step]
    else return undefined
  }
  return at
}
