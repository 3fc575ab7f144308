// Owns the OpenAPI v2 document: that of every group version in one, in the words of the older specification.
// Source: kube-openapi pkg/builder, pkg/util (what version 2 leaves out of schemas).
import { createHash } from 'node:crypto'

import { isObject } from '../../base/json.ts'
import type { Kind } from '../resources/kind.ts'
import { openApiDocument, openApiIndex } from '../schema/openapi.ts'
import { customToV2 } from './openapi-v2-custom.ts'
import { encodeOpenApiV2 } from './openapi-v2-protobuf.ts'

type Json = Record<string, unknown>

/** The document in both forms that it is asked for. */
export interface OpenApiV2 {
  readonly json: string
  readonly protobuf: Uint8Array
  /** Changes with the document. */
  readonly etag: string
}

/** Makes the document when somebody asks, and keeps it until other kinds are served or the server has another version. */
export class OpenApiV2Source {
  #made: { readonly key: string; readonly document: OpenApiV2 } | undefined

  /** @param gitVersion `v1.35.0-eks-1a2b3c4` */
  documentOf(kinds: readonly Kind[], gitVersion: string): OpenApiV2 {
    const index = openApiIndex(kinds)
    const key = gitVersion + JSON.stringify(index)
    if (this.#made?.key === key) return this.#made.document
    const document = swagger(kinds, { roots: Object.keys(index['paths'] as Json), gitVersion })
    const json = JSON.stringify(document)
    const etag = createHash('sha512').update(json).digest('hex').toUpperCase()
    this.#made = { key, document: { json, protobuf: encodeOpenApiV2(document), etag } }
    return this.#made.document
  }
}

function swagger(
  kinds: readonly Kind[],
  { roots, gitVersion }: { readonly roots: readonly string[]; readonly gitVersion: string },
): Json {
  const paths: Json = {}
  const definitions: Json = {}
  const custom = new Set(kinds.flatMap(({ schema }) => Object.keys(schema.custom?.openApi().schemas ?? {})))
  for (const root of roots) {
    const document = openApiDocument(root, kinds)
    if (!document) continue
    for (const [path, item] of Object.entries(document['paths'] as Json)) paths[path] = pathItem(item as Json)
    const { schemas } = document['components'] as { readonly schemas: Json }
    for (const [name, schema] of Object.entries(schemas)) {
      definitions[name] = custom.has(name) ? customToV2(schema as Json) : toV2(schema)
    }
  }
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: gitVersion },
    paths: sorted(paths),
    definitions: sorted(definitions),
    securityDefinitions: {
      BearerToken: {
        description: 'Bearer Token authentication',
        type: 'apiKey',
        name: 'authorization',
        in: 'header',
      },
    },
    security: [{ BearerToken: [] }],
  }
}

function sorted(entries: Json): Json {
  return Object.fromEntries(Object.entries(entries).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

const V3_REFERENCE = '#/components/schemas/'

/** A schema as version 2 has it: no choices, no defaults, no enumerations, references that may stand beside words. */
export function toV2(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(toV2)
  if (!isObject(schema)) return schema
  const { oneOf, allOf, default: _d, enum: _e, nullable: _n, ...rest } = schema
  const [only] = Array.isArray(allOf) ? (allOf as unknown[]) : []
  const reference = isObject(only) && Array.isArray(allOf) && allOf.length === 1 ? only : {}
  const result: Json = {}
  for (const [key, value] of Object.entries({ ...rest, ...reference })) {
    if (key === '$ref' && typeof value === 'string')
      result[key] = value.replace(V3_REFERENCE, '#/definitions/')
    // Names of properties are not words of the specification.
    else if (key === 'properties' && isObject(value)) result[key] = mapped(value)
    else result[key] = key.startsWith('x-') ? value : toV2(value)
  }
  // Quantities and numbers-or-names are texts there.
  return oneOf === undefined ? result : { type: 'string', ...result }
}

function mapped(properties: Json): Json {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, toV2(schema)]))
}

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const

function pathItem({ parameters, ...item }: Json): Json {
  const result: Json = {}
  for (const method of METHODS) {
    const found = item[method]
    if (isObject(found)) result[method] = operation(found)
  }
  return { ...result, ...(Array.isArray(parameters) ? { parameters: parameters.map(parameter) } : {}) }
}

function operation({ parameters, requestBody, responses, ...rest }: Json): Json {
  const content = contentOf(requestBody)
  const consumes = Object.keys(content)
  const [body] = Object.values(content)
  const given = Array.isArray(parameters) ? parameters.map(parameter) : []
  const bodyParameter = isObject(body)
    ? [{ name: 'body', in: 'body', required: true, schema: toV2(body['schema']) }]
    : []
  const all = [...bodyParameter, ...given]
  const answers = Object.entries(responses as Json)
  const produces = answers.flatMap(([, answer]) => Object.keys(contentOf(answer)))
  return {
    ...rest,
    schemes: ['https'],
    consumes: consumes.length > 0 ? consumes : ['*/*'],
    ...(produces.length > 0 ? { produces: [...new Set(produces)] } : {}),
    ...(all.length > 0 ? { parameters: all } : {}),
    responses: Object.fromEntries(answers.map(([code, answer]) => [code, response(answer as Json)])),
  }
}

function contentOf(value: unknown): Json {
  const content = isObject(value) ? value['content'] : undefined
  return isObject(content) ? content : {}
}

function response(answer: Json): Json {
  const [media] = Object.values(contentOf(answer))
  const schema = isObject(media) ? { schema: toV2(media['schema']) } : {}
  return { description: answer['description'], ...schema }
}

function parameter(value: unknown): Json {
  const { schema, ...rest } = value as Json
  return { ...rest, ...(isObject(schema) ? (toV2(schema) as Json) : {}) }
}
