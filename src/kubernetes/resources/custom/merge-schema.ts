// Owns how custom resources merge, in the terms of the field table: which lists and maps are taken apart.
// Source: apiextensions-apiserver pkg/controller/openapi/builder, apimachinery pkg/util/managedfields (gvkparser.go).
import { typeOf, type Field, type FieldSchema, type StructSchema } from '../../schema/fields.ts'
import { isEmbedded, isIntOrString, keepsUnknown, valuesOf, type JsonSchema } from './json-schema.ts'

const DEDUCED: FieldSchema = { kind: 'raw', raw: 'deduced' }
const TEXT: FieldSchema = { kind: 'scalar', scalar: 'string', values: undefined, goType: 'string' }

/** The shape of whole objects with this schema. */
export function mergeSchemaOf(name: string, schema: JsonSchema): StructSchema {
  const struct = structOf(name, schema)
  const fields = new Map(struct.fields)
  fields.delete('apiVersion')
  fields.delete('kind')
  fields.set('metadata', {
    ...fieldOf('metadata', typeOf('meta/v1.ObjectMeta'), undefined),
    alwaysThere: true,
  })
  return { ...struct, fields }
}

function structOf(name: string, schema: JsonSchema): StructSchema {
  const fields = new Map<string, Field>()
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    fields.set(key, fieldOf(key, fieldSchemaOf(property), property.default))
  }
  if (isEmbedded(schema)) {
    fields.set('apiVersion', fieldOf('apiVersion', TEXT, undefined))
    fields.set('kind', fieldOf('kind', TEXT, undefined))
    fields.set('metadata', fieldOf('metadata', typeOf('meta/v1.ObjectMeta'), undefined))
  }
  return {
    kind: 'struct',
    name,
    atomic: schema['x-kubernetes-map-type'] === 'atomic',
    fields,
    defaulted: [],
    ...(keepsUnknown(schema) ? { rest: DEDUCED } : {}),
  }
}

function fieldOf(name: string, schema: FieldSchema, fallback: unknown): Field {
  return {
    name,
    schema,
    pb: 0,
    pbVia: [],
    required: false,
    dropsZero: false,
    alwaysThere: false,
    // The keys of list items, which alone are asked for, are scalars.
    default: isScalar(fallback) ? fallback : undefined,
    patchMerge: false,
    patchRetainKeys: false,
    patchReplace: false,
    mergeKey: undefined,
  }
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

function fieldSchemaOf(schema: JsonSchema): FieldSchema {
  if (isIntOrString(schema)) return { kind: 'raw', raw: 'json' }
  switch (schema.type) {
    case 'object':
      return objectOf(schema)
    case 'array':
      return {
        kind: 'list',
        list: listTypeOf(schema),
        keys: schema['x-kubernetes-list-map-keys'] ?? [],
        element: schema.items ? fieldSchemaOf(schema.items) : DEDUCED,
        isMessage: false,
      }
    case 'string':
      return TEXT
    case 'boolean':
      return { kind: 'scalar', scalar: 'bool', values: undefined, goType: 'bool' }
    case 'integer':
    case 'number':
      return { kind: 'scalar', scalar: 'float64', values: undefined, goType: 'float64' }
    default:
      return DEDUCED
  }
}

function objectOf(schema: JsonSchema): FieldSchema {
  const values = valuesOf(schema)
  const atomic = schema['x-kubernetes-map-type'] === 'atomic'
  if (values) return { kind: 'map', atomic, element: fieldSchemaOf(values) }
  const hasFields = Object.keys(schema.properties ?? {}).length > 0 || isEmbedded(schema)
  if (hasFields || atomic) return structOf('', schema)
  return DEDUCED
}

function listTypeOf(schema: JsonSchema): 'atomic' | 'set' | 'map' {
  const type = schema['x-kubernetes-list-type']
  return type === 'set' || type === 'map' ? type : 'atomic'
}
