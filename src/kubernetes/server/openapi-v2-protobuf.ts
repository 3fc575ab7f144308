// Owns the protobuf form of the OpenAPI v2 document, which clients of discovery ask for.
// Source of names and numbers: google/gnostic-models openapiv2/OpenAPIv2.proto.
import { isObject } from '../../base/json.ts'
import { BYTES, VARINT, WireWriter } from '../schema/protobuf-wire.ts'

/** Media type of the document. Clients ask with an `@` before the version, which no media type may have. */
export const OPENAPI_V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'

type Json = Record<string, unknown>
type Encode = (value: unknown) => Uint8Array

/** How the members of a message are written: number, and what becomes of the value. */
type Members = Readonly<
  Record<string, readonly [number, 'bool' | 'count' | 'text' | 'texts' | 'any' | Encode]>
>

/** The bytes of a document. */
export function encodeOpenApiV2(document: object): Uint8Array {
  return message(DOCUMENT, document)
}

function message(members: Members, value: unknown, extensions = 0): Uint8Array {
  const writer = new WireWriter()
  const fields = isObject(value) ? value : {}
  for (const [name, item] of Object.entries(fields)) {
    const member = Object.hasOwn(members, name) ? members[name] : undefined
    if (member) write(writer, member, item)
    else if (extensions > 0 && name.startsWith('x-')) chunk(writer, extensions, namedAny(name, item))
  }
  return writer.bytes.slice()
}

function write(writer: WireWriter, [number, how]: NonNullable<Members[string]>, value: unknown): void {
  if (how === 'bool') {
    writer.tag(number, VARINT)
    writer.varint(value === true ? 1 : 0)
  } else if (how === 'count') {
    writer.tag(number, VARINT)
    writer.varint(Number(value))
  } else if (how === 'texts') {
    for (const item of Array.isArray(value) ? value : []) chunk(writer, number, Buffer.from(String(item)))
  } else if (how === 'any') chunk(writer, number, any(value))
  else if (how === 'text') chunk(writer, number, Buffer.from(String(value)))
  else if (Array.isArray(value)) for (const item of value) chunk(writer, number, how(item))
  else chunk(writer, number, how(value))
}

function chunk(writer: WireWriter, number: number, content: Uint8Array): void {
  writer.tag(number, BYTES)
  writer.chunk(content)
}

/** A message with one member. */
function wrapped(number: number, content: Uint8Array): Uint8Array {
  const writer = new WireWriter()
  chunk(writer, number, content)
  return writer.bytes.slice()
}

/** A JSON object as a list of name and value, under the number that its message has for the list. */
function named(number: number, encode: Encode): Encode {
  return (value) => {
    const writer = new WireWriter()
    for (const [name, item] of Object.entries(isObject(value) ? value : {})) {
      const entry = new WireWriter()
      chunk(entry, 1, Buffer.from(name))
      chunk(entry, 2, encode(item))
      chunk(writer, number, entry.bytes)
    }
    return writer.bytes.slice()
  }
}

// Extensions are any YAML; JSON is that.
function any(value: unknown): Uint8Array {
  return wrapped(2, Buffer.from(JSON.stringify(value)))
}

function namedAny(name: string, value: unknown): Uint8Array {
  const entry = new WireWriter()
  chunk(entry, 1, Buffer.from(name))
  chunk(entry, 2, any(value))
  return entry.bytes.slice()
}

const schema: Encode = (value) => message(SCHEMA, value, 31)

const SCHEMA: Members = {
  $ref: [1, 'text'],
  format: [2, 'text'],
  title: [3, 'text'],
  description: [4, 'text'],
  default: [5, 'any'],
  maxLength: [11, 'count'],
  minLength: [12, 'count'],
  pattern: [13, 'text'],
  maxItems: [14, 'count'],
  minItems: [15, 'count'],
  maxProperties: [17, 'count'],
  minProperties: [18, 'count'],
  required: [19, 'texts'],
  enum: [20, any],
  additionalProperties: [
    21,
    (value) => (typeof value === 'boolean' ? booleanItem(value) : wrapped(1, schema(value))),
  ],
  type: [22, (value) => wrapped(1, Buffer.from(String(value)))],
  items: [23, (value) => wrapped(1, schema(value))],
  allOf: [24, schema],
  properties: [25, named(1, schema)],
}

function booleanItem(value: boolean): Uint8Array {
  const writer = new WireWriter()
  writer.tag(2, VARINT)
  writer.varint(value ? 1 : 0)
  return writer.bytes.slice()
}

const BODY: Members = {
  description: [1, 'text'],
  name: [2, 'text'],
  in: [3, 'text'],
  required: [4, 'bool'],
  schema: [5, schema],
}
const QUERY: Members = {
  required: [1, 'bool'],
  in: [2, 'text'],
  description: [3, 'text'],
  name: [4, 'text'],
  type: [6, 'text'],
  uniqueItems: [20, 'bool'],
}
const PATH: Members = {
  required: [1, 'bool'],
  in: [2, 'text'],
  description: [3, 'text'],
  name: [4, 'text'],
  type: [5, 'text'],
  uniqueItems: [19, 'bool'],
}

// ParametersItem > Parameter > BodyParameter, or > NonBodyParameter > one of its kinds.
const parameter: Encode = (value) => {
  const where = (value as Json)['in']
  if (where === 'body') return wrapped(1, wrapped(1, message(BODY, value)))
  const inner = where === 'path' ? wrapped(4, message(PATH, value)) : wrapped(3, message(QUERY, value))
  return wrapped(1, wrapped(2, inner))
}

const RESPONSE: Members = {
  description: [1, 'text'],
  // SchemaItem > Schema.
  schema: [2, (value) => wrapped(1, schema(value))],
}

const OPERATION: Members = {
  tags: [1, 'texts'],
  description: [3, 'text'],
  operationId: [5, 'text'],
  produces: [6, 'texts'],
  consumes: [7, 'texts'],
  parameters: [8, parameter],
  // Responses > NamedResponseValue > ResponseValue > Response.
  responses: [9, named(1, (value) => wrapped(1, message(RESPONSE, value)))],
  schemes: [10, 'texts'],
}
const operation: Encode = (value) => message(OPERATION, value, 13)

const PATH_ITEM: Members = {
  get: [2, operation],
  put: [3, operation],
  post: [4, operation],
  delete: [5, operation],
  patch: [7, operation],
  parameters: [9, parameter],
}

const DOCUMENT: Members = {
  swagger: [1, 'text'],
  info: [2, (value) => message({ title: [1, 'text'], version: [2, 'text'] }, value)],
  paths: [8, named(2, (value) => message(PATH_ITEM, value))],
  definitions: [9, named(1, schema)],
}
