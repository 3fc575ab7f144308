// Owns the OpenAPI v3 schemas of a custom kind and its list, as the server publishes them.
// Source: apiextensions-apiserver pkg/controller/openapi/builder/builder.go.
import type { CustomOpenApi } from '../../schema/object-schema.ts'
import { refTo, schemaName } from '../../schema/openapi-schema.ts'
import type { JsonSchema } from './json-schema.ts'

type Json = Record<string, unknown>

interface Names {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly listKind: string
}

const DESCRIPTIONS = {
  apiVersion:
    'APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources',
  kind: 'Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds',
  metadata:
    "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
}

/** The schemas, under the names that `$ref`s use: `com.example.v1.Widget`. */
export function publishedSchemas(names: Names, schema: JsonSchema): CustomOpenApi {
  const { group, version, kind, listKind } = names
  const prefix = `${group.split('.').toReversed().join('.')}.${version}`
  const [name, listName] = [`${prefix}.${kind}`, `${prefix}.${listKind}`]
  const own = publishedSchema(schema)
  const one = {
    ...own,
    type: 'object',
    properties: {
      ...(own['properties'] as Json | undefined),
      ...typeMeta(),
      metadata: { allOf: [refTo(schemaName('meta/v1.ObjectMeta'))], description: DESCRIPTIONS.metadata },
    },
    'x-kubernetes-group-version-kind': [{ group, kind, version }],
  }
  const list = {
    description: `${listKind} is a list of ${kind}`,
    type: 'object',
    required: ['items'],
    properties: {
      ...typeMeta(),
      metadata: { allOf: [refTo(schemaName('meta/v1.ListMeta'))], description: DESCRIPTIONS.metadata },
      items: { description: `List of ${kind.toLowerCase()}s.`, type: 'array', items: refTo(name) },
    },
    'x-kubernetes-group-version-kind': [{ group, kind: listKind, version }],
  }
  return { name, listName, schemas: { [name]: one, [listName]: list } }
}

function typeMeta(): Json {
  return {
    apiVersion: { description: DESCRIPTIONS.apiVersion, type: 'string' },
    kind: { description: DESCRIPTIONS.kind, type: 'string' },
  }
}

function publishedSchema(schema: JsonSchema): Json {
  const published: Json = {}
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties') published[key] = mapValues(value as Record<string, JsonSchema>)
    else if (key === 'items' || key === 'not') published[key] = publishedSchema(value as JsonSchema)
    else if (key === 'additionalProperties') {
      published[key] = typeof value === 'object' ? publishedSchema(value as JsonSchema) : value
    } else published[key] = value
  }
  if (schema['x-kubernetes-embedded-resource']) {
    const metadata = { allOf: [refTo(schemaName('meta/v1.ObjectMeta'))], description: DESCRIPTIONS.metadata }
    published['properties'] = { ...(published['properties'] as Json | undefined), ...typeMeta(), metadata }
  }
  return published
}

function mapValues(properties: Readonly<Record<string, JsonSchema>>): Json {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, publishedSchema(schema)]),
  )
}
