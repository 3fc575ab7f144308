// Owns the conditions of policy statements: operators, missing keys, sets of values, policy variables.
// Source: IAM User Guide, "IAM JSON policy elements: Condition operators", "Multivalued context keys", "Variables".
import { contains, parseCidr } from '../../base/cidr.ts'
import { wildcardMatches } from '../../base/glob.ts'

/** What is known of a request, by condition key; keys are compared without regard to case. */
export type RequestKeys = Readonly<Record<string, string | readonly string[]>>

type Test = (actual: string, wanted: string) => boolean

const equals: Test = (actual, wanted) => actual === wanted
const equalsIgnoreCase: Test = (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase()
const like: Test = (actual, wanted) => wildcardMatches(wanted, actual)
const bool: Test = (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase()

/** ARNs are matched field by field; ArnEquals does the same as ArnLike. */
const arnLike: Test = (actual, wanted) => {
  const [actualFields, wantedFields] = [fieldsOf(actual), fieldsOf(wanted)]
  return (
    wantedFields.length === 6 &&
    wantedFields.every((field, at) => wildcardMatches(field, actualFields[at] ?? ''))
  )
}

function fieldsOf(arn: string): string[] {
  const [first = '', second = '', third = '', fourth = '', fifth = '', ...rest] = arn.split(':')
  return rest.length === 0 ? [] : [first, second, third, fourth, fifth, rest.join(':')]
}

const compareNumbers =
  (holds: (a: number, b: number) => boolean): Test =>
  (actual, wanted) =>
    holds(Number(actual), Number(wanted))

const compareDates =
  (holds: (a: number, b: number) => boolean): Test =>
  (actual, wanted) =>
    holds(timeOf(actual), timeOf(wanted))

// ISO 8601 or seconds since 1970.
function timeOf(text: string): number {
  return /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text)
}

const isWithin: Test = (actual, wanted) => {
  // IPv6 ranges match nothing here: a near region is reached by IPv4.
  try {
    return contains(parseCidr(wanted.includes('/') ? wanted : `${wanted}/32`), actual)
  } catch {
    return false
  }
}

interface Operator {
  readonly test: Test
  /** True when none of the values may match. */
  readonly isNegated: boolean
}

const positive = (test: Test): Operator => ({ test, isNegated: false })
const negated = (test: Test): Operator => ({ test, isNegated: true })

const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ['StringEquals', positive(equals)],
  ['StringNotEquals', negated(equals)],
  ['StringEqualsIgnoreCase', positive(equalsIgnoreCase)],
  ['StringNotEqualsIgnoreCase', negated(equalsIgnoreCase)],
  ['StringLike', positive(like)],
  ['StringNotLike', negated(like)],
  ['ArnEquals', positive(arnLike)],
  ['ArnNotEquals', negated(arnLike)],
  ['ArnLike', positive(arnLike)],
  ['ArnNotLike', negated(arnLike)],
  ['NumericEquals', positive(compareNumbers((a, b) => a === b))],
  ['NumericNotEquals', negated(compareNumbers((a, b) => a === b))],
  ['NumericLessThan', positive(compareNumbers((a, b) => a < b))],
  ['NumericLessThanEquals', positive(compareNumbers((a, b) => a <= b))],
  ['NumericGreaterThan', positive(compareNumbers((a, b) => a > b))],
  ['NumericGreaterThanEquals', positive(compareNumbers((a, b) => a >= b))],
  ['DateEquals', positive(compareDates((a, b) => a === b))],
  ['DateNotEquals', negated(compareDates((a, b) => a === b))],
  ['DateLessThan', positive(compareDates((a, b) => a < b))],
  ['DateLessThanEquals', positive(compareDates((a, b) => a <= b))],
  ['DateGreaterThan', positive(compareDates((a, b) => a > b))],
  ['DateGreaterThanEquals', positive(compareDates((a, b) => a >= b))],
  ['Bool', positive(bool)],
  ['BinaryEquals', positive(equals)],
  ['IpAddress', positive(isWithin)],
  ['NotIpAddress', negated(isWithin)],
])

interface OperatorName {
  readonly set: 'ForAllValues' | 'ForAnyValue' | undefined
  readonly base: string
  readonly ifExists: boolean
}

function readOperator(name: string): OperatorName {
  const match = /^(?:(ForAllValues|ForAnyValue):)?(.*?)(IfExists)?$/.exec(name)
  // The expression allows no other prefix.
  const set = match?.[1] as OperatorName['set']
  return { set, base: match?.[2] ?? '', ifExists: match?.[3] !== undefined }
}

/** True for the names of condition operators, with `ForAllValues:`, `ForAnyValue:` and `IfExists` where they fit. */
export function isConditionOperator(name: string): boolean {
  const { base, ifExists } = readOperator(name)
  return OPERATORS.has(base) || (base === 'Null' && !ifExists)
}

/**
 * Whether all conditions of a statement hold.
 * @param conditions by operator, by key: any of the values
 * @param hasVariables whether `${…}` in a value stands for a key of the request
 * @returns undefined when that cannot be judged, because of an operator that is not known: nothing may be granted then,
 *   and nothing that is denied be let through
 */
export function conditionsHold(
  conditions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>,
  request: RequestKeys,
  hasVariables: boolean,
): boolean | undefined {
  const judged = Object.entries(conditions).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => {
      const wanted = hasVariables ? values.flatMap((value) => substitute(value, request) ?? []) : values
      return holds(operator, wanted, valuesOf(request, key))
    }),
  )
  if (judged.includes(false)) return false
  return judged.includes(undefined) ? undefined : true
}

// One request is judged by many statements.
const lowered = new WeakMap<RequestKeys, ReadonlyMap<string, string | readonly string[]>>()

/** The values of a key of the request; undefined when it has none. */
export function valuesOf(request: RequestKeys, key: string): readonly string[] | undefined {
  let known = lowered.get(request)
  if (!known) {
    known = new Map(Object.entries(request).map(([name, values]) => [name.toLowerCase(), values]))
    lowered.set(request, known)
  }
  const found = known.get(key.toLowerCase())
  return typeof found === 'string' ? [found] : found
}

/**
 * A text with its policy variables replaced; undefined when the request lacks one that has no default, which matches
 * nothing.
 */
export function substitute(value: string, request: RequestKeys): string | undefined {
  if (!value.includes('${')) return value
  let isKnown = true
  const text = value.replaceAll(/\$\{([^}]*)\}/g, (_, expression: string) => {
    if (['*', '?', '$'].includes(expression)) return expression
    const [name = '', standard] = expression.split(',').map((part) => part.trim())
    const known = valuesOf(request, name)?.[0] ?? standard?.replaceAll("'", '')
    if (known === undefined) isKnown = false
    return known ?? ''
  })
  return isKnown ? text : undefined
}

function holds(
  name: string,
  wanted: readonly string[],
  actual: readonly string[] | undefined,
): boolean | undefined {
  const { set, base, ifExists } = readOperator(name)
  if (base === 'Null')
    return wanted.some((value) => (value.toLowerCase() === 'true') === (actual === undefined))
  const operator = OPERATORS.get(base)
  if (!operator) return undefined
  const matches = (value: string): boolean =>
    wanted.some((pattern) => operator.test(value, pattern)) !== operator.isNegated
  if (set === 'ForAllValues') return (actual ?? []).every(matches)
  if (set === 'ForAnyValue') return (actual ?? []).some(matches)
  if (actual === undefined) return ifExists || operator.isNegated
  return actual.some(matches)
}
