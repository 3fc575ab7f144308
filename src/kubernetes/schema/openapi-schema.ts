// Owns the OpenAPI v3 schema of every type in the field table.
import { parseGroupVersion } from '../../rules/kubernetes/resource-names.ts'
import { readDescriptions } from './descriptions.ts'
import { apiVersionAndKindOf, isKindType, typeOf } from './fields.ts'
import type { Field, FieldSchema, ScalarKind, ScalarSchema, StructSchema } from './fields.ts'

type Json = Record<string, unknown>

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1'
const REF_ROOT = '#/components/schemas/'

// Source: the OpenAPIDefinition functions of apimachinery for types that marshal themselves.
const NAMED_SCALARS: Partial<Record<ScalarKind, { readonly name: string; readonly schema: Json }>> = {
  quantity: {
    name: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
    schema: { oneOf: [{ type: 'string' }, { type: 'number' }] },
  },
  intOrString: {
    name: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
    schema: { oneOf: [{ type: 'integer' }, { type: 'string' }], format: 'int-or-string' },
  },
  time: { name: `${META}.Time`, schema: { type: 'string', format: 'date-time' } },
  microTime: { name: `${META}.MicroTime`, schema: { type: 'string', format: 'date-time' } },
  duration: { name: `${META}.Duration`, schema: { type: 'string' } },
}

const PLAIN_SCALARS: Partial<Record<ScalarKind, Json>> = {
  string: { type: 'string' },
  bool: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  float64: { type: 'number', format: 'double' },
  bytes: { type: 'string', format: 'byte' },
}

const RAW_NAMES = {
  extension: 'io.k8s.apimachinery.pkg.runtime.RawExtension',
  fieldsV1: `${META}.FieldsV1`,
} as const

/** `io.k8s.api.apps.v1.Deployment`, the name under `components.schemas`. */
export function schemaName(type: string): string {
  const dotted = type.replace('/', '.')
  if (type.startsWith('meta/')) return `io.k8s.apimachinery.pkg.apis.${dotted}`
  if (type.startsWith('apiextensions/')) return `io.k8s.apiextensions-apiserver.pkg.apis.${dotted}`
  return `io.k8s.api.${dotted}`
}

/** A reference to the schema of a type. */
export function schemaRef(type: string): Json {
  return refTo(schemaName(type))
}

/** A reference to what stands under a name in `components.schemas`. */
export function refTo(name: string): Json {
  return { $ref: REF_ROOT + name }
}

/** The schemas of these types and of everything they are made of, by name. */
export function schemasOf(types: Iterable<string>): Json {
  const collection = new Collection()
  for (const type of types) collection.addStruct(typeOf(type))
  return collection.sorted()
}

class Collection {
  readonly #schemas = new Map<string, Json>()
  readonly #descriptions = readDescriptions()

  sorted(): Json {
    return Object.fromEntries([...this.#schemas].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }

  addStruct(struct: StructSchema): Json {
    const ref = schemaRef(struct.name)
    const name = schemaName(struct.name)
    if (this.#schemas.has(name)) return ref
    const described = this.#descriptions[struct.name]
    const schema: Json = { ...descriptionOf(described?.description), type: 'object' }
    // Entered before its fields are looked at: types may contain themselves.
    this.#schemas.set(name, schema)
    const properties: Json = {}
    const put = (name: string, property: Json): void => {
      properties[name] = { ...descriptionOf(described?.fields[name]), ...property }
    }
    if (isKindType(struct.name)) for (const name of ['apiVersion', 'kind']) put(name, { type: 'string' })
    for (const field of struct.fields.values()) put(field.name, this.#property(field))
    if (Object.keys(properties).length > 0) schema['properties'] = properties
    const required = [...struct.fields.values()].filter((field) => field.required).map((field) => field.name)
    if (required.length > 0) schema['required'] = required
    if (struct.atomic) schema['x-kubernetes-map-type'] = 'atomic'
    if (isKindType(struct.name)) schema['x-kubernetes-group-version-kind'] = [groupVersionKind(struct.name)]
    return ref
  }

  #property(field: Field): Json {
    const { schema } = field
    const property = this.#use(schema)
    // A reference stands alone in OpenAPI v3; what is said beside it goes around it.
    const result: Json = '$ref' in property ? { allOf: [property] } : { ...property }
    if (field.default !== undefined) result['default'] = field.default
    else if (schema.kind === 'struct' && field.alwaysThere) result['default'] = {}
    if (schema.kind === 'list' && schema.list !== 'atomic') result['x-kubernetes-list-type'] = schema.list
    else if (schema.kind === 'list' && !field.patchMerge) result['x-kubernetes-list-type'] = 'atomic'
    if (schema.kind === 'list' && schema.keys.length > 0) result['x-kubernetes-list-map-keys'] = schema.keys
    if (schema.kind === 'map' && schema.atomic) result['x-kubernetes-map-type'] = 'atomic'
    const strategies = [
      ...(field.patchMerge ? ['merge'] : []),
      ...(field.patchRetainKeys ? ['retainKeys'] : []),
      ...(field.patchReplace ? ['replace'] : []),
    ]
    if (strategies.length > 0) result['x-kubernetes-patch-strategy'] = strategies.join(',')
    if (field.mergeKey !== undefined) result['x-kubernetes-patch-merge-key'] = field.mergeKey
    return result
  }

  #use(schema: FieldSchema): Json {
    switch (schema.kind) {
      case 'scalar':
        return this.#scalar(schema)
      case 'struct':
        return this.addStruct(schema)
      case 'list':
        return { type: 'array', items: this.#use(schema.element) }
      case 'map':
        return { type: 'object', additionalProperties: this.#use(schema.element) }
      case 'raw':
        if (schema.raw !== 'extension' && schema.raw !== 'fieldsV1') return {}
        return this.#named(RAW_NAMES[schema.raw], { type: 'object' })
    }
  }

  #scalar(schema: ScalarSchema): Json {
    const named = NAMED_SCALARS[schema.scalar]
    if (named) return this.#named(named.name, named.schema)
    const plain = PLAIN_SCALARS[schema.scalar] ?? {}
    return schema.values ? { ...plain, enum: schema.values } : { ...plain }
  }

  #named(name: string, schema: Json): Json {
    this.#schemas.set(name, schema)
    return { $ref: REF_ROOT + name }
  }
}

function descriptionOf(description: string | undefined): Json {
  return description ? { description } : {}
}

/** `{group, version, kind}` of a kind's type. */
export function groupVersionKind(type: string): { group: string; version: string; kind: string } {
  const { apiVersion, kind } = apiVersionAndKindOf(type)
  return { ...parseGroupVersion(apiVersion), kind }
}
