// Owns custom resources as values of CEL: the types of their fields, and names that CEL cannot write.
// Source: apiserver pkg/cel/common/schemas.go, pkg/cel/escaping.go.
import { isObject } from '../../../base/json.ts'
import { isEmbedded, isIntOrString, keepsUnknown, valuesOf, type JsonSchema } from './json-schema.ts'

const RESERVED: ReadonlySet<string> = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
)
const ESCAPES: Readonly<Record<string, string>> = {
  '.': '__dot__',
  '-': '__dash__',
  '/': '__slash__',
  __: '__underscores__',
}

/** The name of a field in expressions: `self.foo__dash__bar`. */
export function escapeName(name: string): string {
  if (RESERVED.has(name)) return `__${name}__`
  return name.replaceAll(/__|[.\-/]/g, (part) => ESCAPES[part] ?? part)
}

// What cel-go reads as the name of a field all the same.
const READABLE = new Set([...RESERVED].filter((word) => !['true', 'false', 'null', 'in'].includes(word)))

/** All names of a field in expressions: `self.namespace` is as good as `self.__namespace__`. */
export function spellingsOf(name: string): readonly string[] {
  return READABLE.has(name) ? [escapeName(name), name] : [escapeName(name)]
}

/** The type of a schema, as the library declares variables: the name of a type, or fields with theirs. */
export type CelType = string | { readonly [field: string]: CelType }

/** @param isRoot whole objects, which have apiVersion, kind and metadata whatever the schema names */
export function celTypeOf(schema: JsonSchema, isRoot = false): CelType {
  if (schema.type === 'object' && !keepsUnknown(schema) && !valuesOf(schema)) {
    const fields: Record<string, CelType> = {}
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      const type = property.nullable ? 'dyn' : celTypeOf(property)
      for (const spelling of spellingsOf(name)) fields[spelling] = type
    }
    if (isRoot || isEmbedded(schema)) {
      const metadata = { name: 'string', generateName: 'string' }
      Object.assign(fields, { apiVersion: 'string', kind: 'string', metadata })
    }
    return Object.keys(fields).length === 0 ? 'dyn' : fields
  }
  return simpleTypeOf(schema)
}

function simpleTypeOf(schema: JsonSchema): string {
  if (isIntOrString(schema)) return 'dyn'
  const inside = (below: JsonSchema | undefined): string => {
    const type = below && !below.nullable && below.type !== 'object' ? simpleTypeOf(below) : 'dyn'
    return type.includes('<') ? 'dyn' : type
  }
  const values = valuesOf(schema)
  switch (schema.type) {
    case 'string':
      return isMoment(schema) ? 'google.protobuf.Timestamp' : 'string'
    case 'integer':
      return 'int'
    case 'number':
      return 'double'
    case 'boolean':
      return 'bool'
    case 'array':
      return `list<${inside(schema.items)}>`
    default:
      return values && !keepsUnknown(schema) ? `map<string, ${inside(values)}>` : 'dyn'
  }
}

function isMoment({ format }: JsonSchema): boolean {
  return format === 'date-time' || format === 'date'
}

/** A value of a schema as CEL sees it. */
export function celValueOf(schema: JsonSchema | undefined, value: unknown): unknown {
  if (typeof value === 'number') {
    return Number.isInteger(value) && schema?.type !== 'number' ? BigInt(value) : value
  }
  if (Array.isArray(value)) return value.map((item) => celValueOf(schema?.items, item))
  if (isObject(value)) return celFieldsOf(schema, value)
  if (typeof value !== 'string' || schema?.type !== 'string' || !isMoment(schema)) return value ?? null
  const moment = new Date(value)
  return Number.isNaN(moment.getTime()) ? value : moment
}

function celFieldsOf(
  schema: JsonSchema | undefined,
  value: Record<string, unknown>,
): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  const values = schema && valuesOf(schema)
  for (const [name, item] of Object.entries(value)) {
    if (item === undefined) continue
    const property =
      schema?.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined
    // Keys of maps are data, names of fields are written in expressions.
    const below = celValueOf(property ?? values, item)
    for (const spelling of property ? spellingsOf(name) : [name]) fields[spelling] = below
  }
  return fields
}
