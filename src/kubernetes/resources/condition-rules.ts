// Owns the rules for conditions of the newer form, as statuses of several kinds have them.
// Source: apimachinery pkg/apis/meta/v1/validation (ValidateConditions).
import type { Condition } from '../../../generated/kubernetes.d.ts'
import { duplicate, invalid, required, tooLong, unsupported, type FieldError } from './field-error.ts'
import { validateQualifiedName } from './naming.ts'

/** What the status of a condition may be. */
export const CONDITION_STATUSES: readonly string[] = ['False', 'True', 'Unknown']

const REASON = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?'
const IS_REASON = new RegExp(`^${REASON}$`)
const NO_REASON = `a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '${REASON}')`
const LONGEST = { reason: 1024, message: 32 * 1024 }

/** Findings for the conditions at `path`, e.g. `status.conditions`. */
export function validateConditions(conditions: readonly Condition[] = [], path: string): FieldError[] {
  return [
    ...repeatedTypes(conditions, path),
    ...conditions.flatMap((condition, i) => conditionErrors(condition, `${path}[${i}]`)),
  ]
}

function repeatedTypes(conditions: readonly { readonly type: string }[], path: string): FieldError[] {
  const types = conditions.map(({ type }) => type)
  return types.flatMap((type, i) => (types.indexOf(type) < i ? [duplicate(`${path}[${i}].type`, type)] : []))
}

function conditionErrors(condition: Condition, at: string): FieldError[] {
  const { type, status, reason, message, observedGeneration = 0, lastTransitionTime } = condition
  return [
    ...validateQualifiedName(`${at}.type`, type),
    ...(CONDITION_STATUSES.includes(status) ? [] : [unsupported(`${at}.status`, status, CONDITION_STATUSES)]),
    ...(observedGeneration < 0
      ? [invalid(`${at}.observedGeneration`, observedGeneration, 'must be greater than or equal to zero')]
      : []),
    ...(lastTransitionTime ? [] : [required(`${at}.lastTransitionTime`)]),
    ...reasonErrors(reason, `${at}.reason`),
    ...(Buffer.byteLength(message) > LONGEST.message ? [tooLong(`${at}.message`, LONGEST.message)] : []),
  ]
}

function reasonErrors(reason: string, field: string): FieldError[] {
  if (!reason) return [required(field)]
  return [
    ...(IS_REASON.test(reason) ? [] : [invalid(field, reason, NO_REASON)]),
    ...(Buffer.byteLength(reason) > LONGEST.reason ? [tooLong(field, LONGEST.reason)] : []),
  ]
}
