// Owns the checking of a value against an OpenAPI v3 schema, in the words that Kubernetes answers with.
// Source: kube-openapi pkg/validation/{validate,errors}, apiextensions-apiserver pkg/apiserver/validation/validation.go.
import { deepEqual, isObject } from '../../../base/json.ts'
import { compileRe2 } from '../../../base/re2.ts'
import { invalid, required, tooLong, tooMany, unsupported, type FieldError } from '../field-error.ts'
import { isOfFormat } from './formats.ts'
import { isIntOrString, valuesOf, type JsonSchema } from './json-schema.ts'

/** Findings of one value; `path` is where it is, empty for the whole object. */
export function validateValue(schema: JsonSchema, value: unknown, path: string): FieldError[] {
  if (value === null && schema.nullable) return []
  return [
    ...validateType(schema, value, path),
    ...validateCombinations(schema, value, path),
    ...(typeof value === 'string' ? validateText(schema, value, path) : []),
    ...(typeof value === 'number' ? validateNumber(schema, value, path) : []),
    ...(Array.isArray(value) ? validateList(schema, value, path) : []),
    ...validateEnum(schema, value, path),
    ...(isObject(value) ? validateObject(schema, value, path) : []),
  ]
}

function said(path: string, what: string): string {
  return `${path} in body ${what}`
}

/** A value of another type than it has to be. */
export function wrongType(path: string, found: string, wanted: string): FieldError {
  const base = invalid(path, found, said(path, `must be of type ${wanted}: ${JSON.stringify(found)}`))
  return { ...base, reason: 'FieldValueTypeInvalid' }
}

function validateType(schema: JsonSchema, value: unknown, path: string): FieldError[] {
  const found = typeName(value)
  if (isIntOrString(schema)) {
    return found === 'integer' || found === 'string' ? [] : [wrongType(path, found, 'integer,string')]
  }
  const { type } = schema
  if (!type || found === type || (type === 'number' && found === 'integer')) return []
  return [wrongType(path, found, type)]
}

/** The type of a JSON value in the words of JSON schema. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value
}

// Nothing names where these are: they are about the object as a whole.
const WHOLE = '<nil>'

function validateCombinations(schema: JsonSchema, value: unknown, path: string): FieldError[] {
  const errors: FieldError[] = []
  const about = JSON.stringify(path)
  const passes = (one: JsonSchema): boolean => validateValue(one, value, path).length === 0
  const say = (text: string): void => void errors.push(invalid(WHOLE, '', `${about} ${text}`))
  const { allOf = [], anyOf = [], oneOf = [], not } = schema
  // Int-or-string is often spelt out as well.
  if (anyOf.length > 0 && !isIntOrString(schema) && !anyOf.some(passes)) {
    errors.push(...bestOf(anyOf, value, path))
    say('must validate at least one schema (anyOf)')
  }
  if (oneOf.length > 0) {
    const count = oneOf.filter(passes).length
    if (count === 0) errors.push(...bestOf(oneOf, value, path))
    if (count !== 1) {
      const found = count === 0 ? 'Found none valid' : `Found ${count} valid alternatives`
      say(`must validate one and only one schema (oneOf). ${found}`)
    }
  }
  const failing = allOf.flatMap((one) => validateValue(one, value, path))
  if (failing.length > 0) {
    errors.push(...failing)
    say('must validate all the schemas (allOf)')
  }
  if (not && passes(not)) say('must not validate the schema (not)')
  return errors
}

// The alternative that comes closest says what is missing.
function bestOf(alternatives: readonly JsonSchema[], value: unknown, path: string): FieldError[] {
  const results = alternatives.map((one) => validateValue(one, value, path))
  return results.reduce((best, other) => (other.length < best.length ? other : best))
}

function validateText(schema: JsonSchema, value: string, path: string): FieldError[] {
  const { format } = schema
  const first = lengthOrPatternError(schema, value, path)
  const errors = first ? [first] : []
  if (format && !isOfFormat(format, value)) {
    const text = said(path, `must be of type ${format}: ${JSON.stringify(value)}`)
    errors.push({ ...invalid(path, value, text), reason: 'FieldValueTypeInvalid' })
  }
  return errors
}

// Of these, the first that fails is told.
function lengthOrPatternError(schema: JsonSchema, value: string, path: string): FieldError | undefined {
  const { maxLength, minLength, pattern } = schema
  // In code points, as Go counts.
  const length = Array.from(value).length
  if (maxLength !== undefined && length > maxLength) return tooLong(path, maxLength)
  if (minLength !== undefined && length < minLength) {
    return invalid(path, value, said(path, `should be at least ${minLength} chars long`))
  }
  if (!pattern || compileRe2(pattern).test(value)) return undefined
  return invalid(path, value, said(path, `should match '${pattern}'`))
}

function validateNumber(schema: JsonSchema, value: number, path: string): FieldError[] {
  const { maximum, minimum, multipleOf, exclusiveMaximum, exclusiveMinimum } = schema
  const errors: FieldError[] = []
  const say = (text: string): void => void errors.push(invalid(path, value, said(path, text)))
  if (multipleOf && !Number.isInteger(value / multipleOf)) say(`should be a multiple of ${multipleOf}`)
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum)) {
    say(`should be less than ${exclusiveMaximum ? '' : 'or equal to '}${maximum}`)
  }
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum)) {
    say(`should be greater than ${exclusiveMinimum ? '' : 'or equal to '}${minimum}`)
  }
  return errors
}

function validateList(schema: JsonSchema, value: readonly unknown[], path: string): FieldError[] {
  const { items, maxItems, minItems } = schema
  const errors = items ? value.flatMap((item, index) => validateValue(items, item, `${path}[${index}]`)) : []
  if (minItems !== undefined && value.length < minItems) {
    errors.push(invalid(path, value.length, said(path, `should have at least ${minItems} items`)))
  }
  if (maxItems !== undefined && value.length > maxItems) errors.push(tooMany(path, value.length, maxItems))
  return errors
}

function validateEnum(schema: JsonSchema, value: unknown, path: string): FieldError[] {
  const allowed = schema.enum
  if (!allowed || allowed.length === 0 || allowed.some((item) => deepEqual(item, value))) return []
  return [
    unsupported(
      path,
      value,
      allowed.map((item) => (typeof item === 'string' ? item : JSON.stringify(item))),
    ),
  ]
}

function validateObject(schema: JsonSchema, value: Record<string, unknown>, path: string): FieldError[] {
  const { properties = {}, maxProperties, minProperties } = schema
  const names = Object.keys(value)
  const errors: FieldError[] = []
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`)
  if (minProperties !== undefined && names.length < minProperties) {
    errors.push(invalid(path, names.length, said(path, `should have at least ${minProperties} properties`)))
  }
  if (maxProperties !== undefined && names.length > maxProperties) {
    errors.push(tooMany(path, names.length, maxProperties))
  }
  for (const name of schema.required ?? []) if (value[name] === undefined) errors.push(required(at(name)))
  const values = valuesOf(schema)
  for (const name of names) {
    const below = Object.hasOwn(properties, name) ? properties[name] : values
    if (below) errors.push(...validateValue(below, value[name], at(name)))
    else if (schema.additionalProperties === false) {
      errors.push(invalid(path, '', `${at(name)} in body is a forbidden property`))
    }
  }
  return errors
}
