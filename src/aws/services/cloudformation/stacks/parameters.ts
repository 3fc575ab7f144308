// Owns the values of a stack's parameters: chosen, kept or by default, checked against what the template demands.
import type { Parameter } from '@aws-sdk/client-cloudformation'

import { validationError } from '../errors.ts'
import { isListType, storedType } from '../template/parameter-type.ts'
import type { Template, TemplateParameter } from '../template/template.ts'

interface Values {
  readonly given: readonly Parameter[]
  /** Those of the stack as it is. */
  readonly previous: readonly Parameter[]
}

/** What each parameter is to be, as its caller says it; undefined for one without a value. */
export function chosenValues(
  template: Template,
  { given, previous }: Values,
): Map<string, string | undefined> {
  const unknown = given.filter((item) => !Object.hasOwn(template.parameters, item.ParameterKey ?? ''))
  if (unknown.length > 0) {
    throw validationError(
      `Parameters: [${unknown.map((item) => item.ParameterKey).join(', ')}] do not exist in the template`,
    )
  }
  const both = given.find(({ UsePreviousValue, ParameterValue }) => UsePreviousValue && ParameterValue)
  if (both) {
    throw validationError(
      `Invalid input for parameter key ${both.ParameterKey}. Cannot specify usePreviousValue as true and non empty value for a parameter`,
    )
  }
  const valueOf = (list: readonly Parameter[], key: string) => list.find((item) => item.ParameterKey === key)
  return new Map(
    Object.entries(template.parameters).map(([key, declared]) => {
      const now = valueOf(given, key)
      const value = now?.UsePreviousValue ? valueOf(previous, key)?.ParameterValue : now?.ParameterValue
      return [key, value ?? declared.default]
    }),
  )
}

const KNOWN = ['String', 'Number', 'List<Number>', 'CommaDelimitedList', 'AWS::SSM::Parameter::Name']

/** @throws AwsError ValidationError for a type that there is none of */
export function checkParameterTypes(template: Template): void {
  for (const [key, { type }] of Object.entries(template.parameters)) {
    const own = /^List<(.+)>$/.exec(storedType(type) ?? type)?.[1] ?? storedType(type) ?? type
    if (KNOWN.includes(own) || /^AWS::(EC2|Route53)::\w+(::\w+)+$/.test(own)) continue
    throw validationError(`Template format error: Unrecognized parameter type: ${type} of parameter ${key}`)
  }
}

/**
 * The parameters of a stack, those without a value refused.
 * @param stored what Parameter Store has, by the names that parameters of its types give
 * @throws AwsError ValidationError
 */
export function readParameters(
  template: Template,
  values: Values,
  stored: ReadonlyMap<string, string>,
): Parameter[] {
  const chosen = chosenValues(template, values)
  const missing = [...chosen].filter(([, value]) => value === undefined).map(([key]) => key)
  if (missing.length > 0) throw validationError(`Parameters: [${missing.join(', ')}] must have values`)
  return Object.entries(template.parameters).map(([key, declared]) => {
    const value = chosen.get(key) ?? ''
    check(key, declared, value)
    const ResolvedValue = storedType(declared.type) === undefined ? undefined : stored.get(value)
    return {
      ParameterKey: key,
      ParameterValue: value,
      ...(ResolvedValue === undefined ? {} : { ResolvedValue }),
    }
  })
}

function check(key: string, declared: TemplateParameter, value: string): void {
  const refuse = (text: string) =>
    validationError(
      declared.constraintDescription === undefined
        ? text
        : `Parameter ${key} failed to satisfy constraint: ${declared.constraintDescription}`,
    )
  const items = isListType(declared.type) ? value.split(',').map((item) => item.trim()) : [value]
  const { allowedValues, allowedPattern, minLength, maxLength, minValue, maxValue } = declared
  for (const item of items) {
    if (allowedValues && !allowedValues.includes(item)) {
      throw refuse(`Parameter '${key}' must be one of AllowedValues`)
    }
    if (allowedPattern && !matches(allowedPattern, item)) {
      throw refuse(`Parameter '${key}' must match pattern ${allowedPattern}`)
    }
    if (declared.type === 'Number' || declared.type === 'List<Number>') {
      if (!isNumber(item)) throw validationError(`Parameter '${key}' must be a number.`)
      if (minValue !== undefined && Number(item) < minValue) {
        throw refuse(`Parameter '${key}' must be a number not less than ${minValue}`)
      }
      if (maxValue !== undefined && Number(item) > maxValue) {
        throw refuse(`Parameter '${key}' must be a number not greater than ${maxValue}`)
      }
    }
  }
  if (minLength !== undefined && value.length < minLength) {
    throw refuse(`Parameter '${key}' must contain at least ${minLength} characters`)
  }
  if (maxLength !== undefined && value.length > maxLength) {
    throw refuse(`Parameter '${key}' must contain at most ${maxLength} characters`)
  }
}

function isNumber(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text))
}

/** @throws AwsError ValidationError for a pattern that is none; the words are Neargate's */
function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`).test(text)
  } catch {
    throw validationError(`Template format error: AllowedPattern ${pattern} is not a regular expression.`)
  }
}
