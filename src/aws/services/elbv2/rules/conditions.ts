// Owns the conditions of rules: what a request may ask for, and how responses show it.
// Source: ELBv2 API reference, RuleCondition; ALB user guide, "Rule condition types" and "Quotas".
import type { RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2'

import { parseCidr } from '../../../../base/cidr.ts'
import { validationError } from '../errors.ts'

/** What an operation honours of conditions. */
export const CONDITIONS = [
  'Conditions[].Field',
  'Conditions[].Values',
  'Conditions[].HostHeaderConfig.Values',
  'Conditions[].HostHeaderConfig.RegexValues',
  'Conditions[].PathPatternConfig.Values',
  'Conditions[].PathPatternConfig.RegexValues',
  'Conditions[].HttpHeaderConfig.HttpHeaderName',
  'Conditions[].HttpHeaderConfig.Values',
  'Conditions[].HttpHeaderConfig.RegexValues',
  'Conditions[].QueryStringConfig.Values[].Key',
  'Conditions[].QueryStringConfig.Values[].Value',
  'Conditions[].HttpRequestMethodConfig.Values',
  'Conditions[].SourceIpConfig.Values',
] as const

const FIELDS = [
  'path-pattern',
  'host-header',
  'http-header',
  'http-request-method',
  'query-string',
  'source-ip',
] as const
type Field = (typeof FIELDS)[number]

/** Most values of all conditions of a rule together. */
const MOST_VALUES = 5
const LONGEST_VALUE = 128
const LONGEST_NAME = 40

/** Conditions that a rule may have several of. */
const REPEATABLE: readonly Field[] = ['http-header', 'query-string']

/** Conditions as responses show them. @throws AwsError ValidationError */
export function readConditions(given: readonly Partial<RuleCondition>[] | undefined): RuleCondition[] {
  const conditions = (given ?? []).map(readCondition)
  const fields = conditions.map(({ Field }) => Field ?? '')
  const twice = fields.find(
    (field, index) => fields.indexOf(field) !== index && !(REPEATABLE as readonly string[]).includes(field),
  )
  if (twice !== undefined) throw validationError(`A rule can only have one '${twice}' condition`)
  const count = conditions.reduce((sum, condition) => sum + valuesOf(condition).length, 0)
  if (count > MOST_VALUES) throw validationError(`A rule can only have '${MOST_VALUES}' condition values`)
  return conditions
}

function readCondition(given: Partial<RuleCondition>): RuleCondition {
  const field = FIELDS.find((each) => each === given.Field)
  if (field === undefined) {
    throw validationError(`Condition field '${given.Field}' must be one of '[${FIELDS.join(',')}]'`)
  }
  switch (field) {
    case 'path-pattern':
      return simple(field, given, 'PathPatternConfig')
    case 'host-header':
      return simple(field, given, 'HostHeaderConfig')
    default:
      if (given.Values?.length) {
        throw validationError(`The 'Values' field is not compatible with '${field}'`)
      }
      return typed(field, given)
  }
}

// Paths and hosts may be given in two ways, and are shown in both.
function simple(
  Field: 'path-pattern' | 'host-header',
  given: Partial<RuleCondition>,
  member: 'PathPatternConfig' | 'HostHeaderConfig',
): RuleCondition {
  const config = given[member]
  if (given.Values?.length && config) {
    throw validationError(`You cannot provide both Values and '${member}' for a condition of type '${Field}'`)
  }
  if ((given.Values?.length ?? 0) > 1) {
    throw validationError(`The '${Field}' field contains too many values; the limit is '1'`)
  }
  const regexes = config?.RegexValues
  const Values = regexes?.length ? [] : (config?.Values ?? given.Values ?? [])
  checkValues(Field, [...Values, ...(regexes ?? [])])
  return regexes?.length
    ? { Field, [member]: { RegexValues: regexes } }
    : { Field, Values, [member]: { Values } }
}

function typed(
  Field: Exclude<Field, 'path-pattern' | 'host-header'>,
  given: Partial<RuleCondition>,
): RuleCondition {
  switch (Field) {
    case 'http-header':
      return { Field, HttpHeaderConfig: httpHeader(given) }
    case 'query-string':
      return { Field, QueryStringConfig: queryString(given) }
    case 'http-request-method':
      return { Field, HttpRequestMethodConfig: method(given) }
    case 'source-ip':
      return { Field, SourceIpConfig: sourceIp(given) }
  }
}

function httpHeader({ HttpHeaderConfig: config }: Partial<RuleCondition>): RuleCondition['HttpHeaderConfig'] {
  if (!config) throw missing('HttpHeaderConfig', 'http-header')
  const { HttpHeaderName: name = '', Values = [], RegexValues } = config
  if (name.length > LONGEST_NAME) throw tooLong('HttpHeaderName', LONGEST_NAME)
  if (name.toLowerCase() === 'host') {
    throw validationError(
      "The 'HttpHeaderName' value cannot be 'Host'; use a condition of type 'host-header'",
    )
  }
  checkValues('http-header', [...Values, ...(RegexValues ?? [])])
  return RegexValues?.length ? { HttpHeaderName: name, RegexValues } : { HttpHeaderName: name, Values }
}

function queryString({
  QueryStringConfig: config,
}: Partial<RuleCondition>): RuleCondition['QueryStringConfig'] {
  if (!config) throw missing('QueryStringConfig', 'query-string')
  const Values = config.Values ?? []
  if (Values.length === 0) throw validationError('A condition value must be specified')
  for (const { Key, Value } of Values) {
    if (Value === undefined) throw validationError("A 'Value' must be specified in 'QueryStringKeyValuePair'")
    if ((Key?.length ?? 0) > LONGEST_VALUE) throw tooLong('Key', LONGEST_VALUE)
    if (Value.length > LONGEST_VALUE) throw tooLong('Value', LONGEST_VALUE)
  }
  return { Values }
}

function method({
  HttpRequestMethodConfig: config,
}: Partial<RuleCondition>): RuleCondition['HttpRequestMethodConfig'] {
  if (!config) throw missing('HttpRequestMethodConfig', 'http-request-method')
  const Values = config.Values ?? []
  if (Values.length === 0) throw validationError('A condition value must be specified')
  for (const value of Values) {
    if (value.length > LONGEST_NAME) throw tooLong('http-request-method', LONGEST_NAME)
    if (!/^[A-Z_-]+$/.test(value)) {
      throw validationError(
        "The 'http-request-method' value is invalid; the allowed characters are A-Z, hyphen and underscore",
      )
    }
  }
  return { Values }
}

function sourceIp({ SourceIpConfig: config }: Partial<RuleCondition>): RuleCondition['SourceIpConfig'] {
  if (!config) throw missing('SourceIpConfig', 'source-ip')
  const Values = config.Values ?? []
  if (Values.length === 0) throw validationError("A 'source-ip' value must be specified")
  for (const value of Values) {
    if (!isCidr(value)) throw validationError(`The 'source-ip' value '${value}' must be a valid CIDR block`)
  }
  return { Values }
}

function isCidr(text: string): boolean {
  if (text.includes(':')) return /^[0-9a-fA-F:.]+\/\d{1,3}$/.test(text)
  try {
    parseCidr(text)
    return true
  } catch {
    return false
  }
}

function checkValues(field: Field, values: readonly string[]): void {
  if (values.length === 0) throw validationError('A condition value must be specified')
  if (values.some((value) => value.length > LONGEST_VALUE)) throw tooLong(field, LONGEST_VALUE)
}

/** All values of a condition, of whichever kind. */
function valuesOf(condition: RuleCondition): readonly unknown[] {
  const { HostHeaderConfig, PathPatternConfig, HttpHeaderConfig } = condition
  const config = HostHeaderConfig ?? PathPatternConfig ?? HttpHeaderConfig
  if (config) return config.RegexValues ?? config.Values ?? []
  const { QueryStringConfig, HttpRequestMethodConfig, SourceIpConfig } = condition
  return QueryStringConfig?.Values ?? HttpRequestMethodConfig?.Values ?? SourceIpConfig?.Values ?? []
}

function missing(config: string, field: Field): Error {
  return validationError(`A '${config}' must be specified with '${field}'`)
}

function tooLong(what: string, limit: number): Error {
  return validationError(`The '${what}' value is too long; the limit is '${limit}'`)
}
