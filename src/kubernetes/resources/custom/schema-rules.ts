// Owns what makes the schema of a definition one that objects can be kept by: structural, and within what is supported.
// Source: apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go, pkg/apiserver/schema/validation.go.
import { isObject } from '../../../base/json.ts'
import { compileRe2, Re2SyntaxError } from '../../../base/re2.ts'
import { forbidden, invalid, required, unsupported, type FieldError } from '../field-error.ts'
import { isEmbedded, isIntOrString, keepsUnknown, valuesOf, type JsonSchema } from './json-schema.ts'
import { prune } from './pruning.ts'
import { validateValue } from './validate-value.ts'

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string']
const UNSUPPORTED = [
  'id',
  'additionalItems',
  'patternProperties',
  'definitions',
  'dependencies',
  '$ref',
] as const

/** A schema below another, with where it stands. */
export interface Below {
  readonly schema: JsonSchema
  readonly path: string
  readonly place: 'root' | 'field' | 'item' | 'value'
}

/** The schemas right below one, values of logical combinations left out. */
export function schemasBelow({ schema, path }: Below): Below[] {
  const values = valuesOf(schema)
  const { items } = schema
  return [
    ...Object.entries(schema.properties ?? {}).map(([name, property]): Below => ({
      schema: property,
      path: `${path}.properties[${name}]`,
      place: 'field',
    })),
    ...(values ? [{ schema: values, path: `${path}.additionalProperties`, place: 'value' } as const] : []),
    ...(isObject(items) ? [{ schema: items, path: `${path}.items`, place: 'item' } as const] : []),
  ]
}

/** Findings for a schema and all below it; `path` is where it stands in the definition. */
export function validateSchema(schema: JsonSchema, path: string): FieldError[] {
  const root: Below = { schema, path, place: 'root' }
  const basic = everywhere(root, supportErrors)
  // What is not supported at all says nothing about structure.
  if (basic.length > 0) return basic
  const structural = [...everywhere(root, structuralErrors), ...combinationErrors(root)]
  if (structural.length > 0) return structural
  return everywhere(root, defaultErrors)
}

function everywhere(at: Below, check: (at: Below) => FieldError[]): FieldError[] {
  return [...check(at), ...schemasBelow(at).flatMap((below) => everywhere(below, check))]
}

function supportErrors({ schema, path, place }: Below): FieldError[] {
  const errors: FieldError[] = []
  const { type } = schema
  if (place === 'root' && schema.nullable)
    errors.push(forbidden(`${path}.nullable`, 'nullable cannot be true at the root'))
  if (type === 'null') {
    errors.push(forbidden(`${path}.type`, 'type cannot be set to null, use nullable as an alternative'))
  } else if (type && !TYPES.includes(type)) errors.push(unsupported(`${path}.type`, type, TYPES))
  for (const name of UNSUPPORTED) {
    if (schema[name] !== undefined) errors.push(forbidden(`${path}.${name}`, `${name} is not supported`))
  }
  if (schema.uniqueItems) {
    const why = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic'
    errors.push(forbidden(`${path}.uniqueItems`, why))
  }
  if (valuesOf(schema) && Object.keys(schema.properties ?? {}).length > 0) {
    errors.push(
      forbidden(`${path}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'),
    )
  }
  if (Array.isArray(schema.items)) {
    errors.push(forbidden(`${path}.items`, 'items must be a schema object and not an array'))
  }
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) {
    errors.push(invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined'))
  }
  return [...errors, ...mapTypeErrors(schema, path), ...listTypeErrors(schema, path)]
}

function typeErrors(type: string | undefined, wanted: string, path: string): FieldError[] {
  if (!type) return [required(`${path}.type`, wanted)]
  return [invalid(`${path}.type`, type, wanted)]
}

function mapTypeErrors(schema: JsonSchema, path: string): FieldError[] {
  const type = schema['x-kubernetes-map-type']
  if (type === undefined) return []
  const wanted = 'must be object if x-kubernetes-map-type is specified'
  return [
    ...(schema.type === 'object' ? [] : typeErrors(schema.type, wanted, path)),
    ...(type === 'atomic' || type === 'granular'
      ? []
      : [unsupported(`${path}.x-kubernetes-map-type`, type, ['atomic', 'granular'])]),
  ]
}

function listTypeErrors(schema: JsonSchema, path: string): FieldError[] {
  const type = schema['x-kubernetes-list-type']
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const errors: FieldError[] = []
  const at = `${path}.x-kubernetes-list-type`
  if (type !== undefined && schema.type !== 'array') {
    errors.push(...typeErrors(schema.type, 'must be array if x-kubernetes-list-type is specified', path))
  }
  if (type !== undefined && !['atomic', 'set', 'map'].includes(type)) {
    errors.push(unsupported(at, type, ['atomic', 'set', 'map']))
  }
  if (keys.length > 0 && type !== 'map') {
    const wanted = 'must be map if x-kubernetes-list-map-keys is non-empty'
    errors.push(type === undefined ? required(at, wanted) : invalid(at, type, wanted))
  }
  if ((type === 'set' || type === 'map') && schema.items?.nullable) {
    errors.push(
      forbidden(`${path}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${type}`),
    )
  }
  return type === 'map' ? [...errors, ...mapKeyErrors(schema, keys, path)] : errors
}

function mapKeyErrors(schema: JsonSchema, keys: readonly string[], path: string): FieldError[] {
  const at = `${path}.x-kubernetes-list-map-keys`
  if (keys.length === 0) return [required(at, 'must not be empty if x-kubernetes-list-type is map')]
  const { items } = schema
  if (!items) return [required(`${path}.items`, 'must have a schema if x-kubernetes-list-type is map')]
  if (items.type !== 'object') {
    const why = "must be object if parent array's x-kubernetes-list-type is map"
    return [invalid(`${path}.items.type`, items.type ?? '', why)]
  }
  return keys.flatMap((key) => {
    const property = items.properties?.[key]
    if (!property) return [invalid(at, keys, 'entries must all be names of item properties')]
    const inside = `${path}.items.properties[${key}]`
    if (property.type === 'array' || property.type === 'object') {
      const why = "must be a scalar type if parent array's x-kubernetes-list-type is map"
      return [invalid(`${inside}.type`, items.type, why)]
    }
    const errors: FieldError[] = []
    if (property.default === undefined && !items.required?.includes(key)) {
      const why =
        'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property'
      errors.push(required(`${inside}.default`, why))
    }
    if (property.nullable) {
      const why = 'this property is in x-kubernetes-list-map-keys, so it cannot be nullable'
      errors.push(forbidden(`${inside}.nullable`, why))
    }
    return errors
  })
}

function structuralErrors({ schema, path, place }: Below): FieldError[] {
  const errors: FieldError[] = []
  const { type, pattern } = schema
  if (type === 'array' && !schema.items) errors.push(required(`${path}.items`, 'must be specified'))
  if (!type && !isIntOrString(schema) && !keepsUnknownAnywhere(schema, place)) {
    errors.push(required(`${path}.type`, EMPTY_TYPE[place]))
  }
  if (place === 'root' && type && type !== 'object') {
    errors.push(invalid(`${path}.type`, type, 'must be object at the root'))
  }
  if (place === 'root' && valuesOf(schema)) {
    errors.push(forbidden(`${path}.additionalProperties`, 'must not be used at the root'))
  }
  if (isEmbedded(schema)) errors.push(...embeddedErrors(schema, path))
  const metadata = place === 'root' || isEmbedded(schema) ? schema.properties?.['metadata'] : undefined
  if (metadata) errors.push(...metadataErrors(metadata, `${path}.properties[metadata]`))
  const problem = pattern ? patternProblem(pattern) : undefined
  if (pattern && problem !== undefined) {
    const why = `must be a valid regular expression, but isn't: ${problem}`
    errors.push(invalid(`${path}.pattern`, pattern, why))
  }
  return errors
}

const EMPTY_TYPE = {
  root: 'must not be empty at the root',
  field: 'must not be empty for specified object fields',
  item: 'must not be empty for specified array items',
  value: 'must not be empty for specified object fields',
} as const

function keepsUnknownAnywhere(schema: JsonSchema, place: Below['place']): boolean {
  return place !== 'root' && keepsUnknown(schema)
}

function embeddedErrors(schema: JsonSchema, path: string): FieldError[] {
  const errors: FieldError[] = []
  if (schema.type !== 'object') {
    errors.push(...typeErrors(schema.type, 'must be object if x-kubernetes-embedded-resource is true', path))
  }
  if (valuesOf(schema)) {
    const why = 'must not be used if x-kubernetes-embedded-resource is set'
    errors.push(forbidden(`${path}.additionalProperties`, why))
  }
  if (!keepsUnknown(schema) && Object.keys(schema.properties ?? {}).length === 0) {
    const why =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields'
    errors.push(required(`${path}.properties`, why))
  }
  return errors
}

function metadataErrors(metadata: JsonSchema, path: string): FieldError[] {
  if (metadata.type !== 'object') return [invalid(`${path}.type`, metadata.type ?? '', 'must be object')]
  const names = Object.keys(metadata.properties ?? {})
  if (names.every((name) => name === 'name' || name === 'generateName')) return []
  const why =
    'must not specify anything other than name and generateName, but metadata is implicitly specified'
  return [forbidden(path, why)]
}

// Go's parser names the part that is wrong; what JavaScript says of the same pattern differs in the details.
function patternProblem(pattern: string): string | undefined {
  try {
    compileRe2(pattern)
    return undefined
  } catch (error) {
    if (error instanceof Re2SyntaxError) return error.message
    throw error
  }
}

const EMPTY_INSIDE = [
  ['type', 'must be empty to be structural'],
  ['default', 'must be undefined to be structural'],
  ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'],
  ['nullable', 'must be false to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'],
  ['x-kubernetes-map-type', 'must be undefined to be structural'],
  ['x-kubernetes-validations', 'must be empty to be structural'],
] as const

// Logical combinations say what values hold, never which fields there are.
function combinationErrors(at: Below): FieldError[] {
  const own = combinationsOf(at.schema, at.path).flatMap(({ schema, path }) => {
    const isIntOrStringHint = isIntOrString(at.schema) && Object.keys(schema).every((key) => key === 'type')
    return isIntOrStringHint ? [] : insideErrors(schema, path, { schema: at.schema, path: at.path })
  })
  return [...own, ...schemasBelow(at).flatMap(combinationErrors)]
}

function combinationsOf(schema: JsonSchema, path: string): { schema: JsonSchema; path: string }[] {
  return [
    ...(['allOf', 'anyOf', 'oneOf'] as const).flatMap((name) =>
      (schema[name] ?? []).map((one, index) => ({ schema: one, path: `${path}.${name}[${index}]` })),
    ),
    ...(schema.not ? [{ schema: schema.not, path: `${path}.not` }] : []),
  ]
}

interface Outside {
  readonly schema: JsonSchema | undefined
  readonly path: string
}

function insideErrors(schema: JsonSchema, path: string, outside: Outside): FieldError[] {
  const errors: FieldError[] = []
  const missing: FieldError[] = []
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const inside = `${path}.properties[${name}]`
    const counterpart = outside.schema?.properties?.[name]
    const outsidePath = `${outside.path}.properties[${name}]`
    errors.push(...insideErrors(property, inside, { schema: counterpart, path: outsidePath }))
    if (outside.schema && !counterpart && !keepsUnknown(outside.schema)) {
      missing.push(required(outsidePath, `because it is defined in ${inside}`))
    }
  }
  if (schema.items) {
    const counterpart = outside.schema?.items
    errors.push(
      ...insideErrors(schema.items, `${path}.items`, { schema: counterpart, path: `${outside.path}.items` }),
    )
    if (outside.schema && !counterpart && !keepsUnknown(outside.schema)) {
      missing.push(required(`${outside.path}.items`, `because it is defined in ${path}.items`))
    }
  }
  for (const [key, why] of EMPTY_INSIDE) if (schema[key]) errors.push(forbidden(`${path}.${key}`, why))
  if (valuesOf(schema)) {
    errors.push(forbidden(`${path}.additionalProperties`, 'must be undefined to be structural'))
  }
  const deeper = combinationsOf(schema, path).flatMap((one) => insideErrors(one.schema, one.path, outside))
  return [...errors, ...deeper, ...missing]
}

function defaultErrors({ schema, path }: Below): FieldError[] {
  const { default: value } = schema
  if (value === undefined || value === null) return []
  const at = `${path}.default`
  if (prune(schema, value, false).unknown.length > 0)
    return [invalid(at, value, 'must not have unknown fields')]
  return validateValue(schema, value, '').map((error) => ({
    ...error,
    field: error.field === '' ? at : `${at}.${error.field}`,
  }))
}
