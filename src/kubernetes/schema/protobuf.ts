// Owns protobuf bodies (application/vnd.kubernetes.protobuf): whole objects to bytes and back, by the field table.
import { InternalError, StatusError } from '../../base/errors.ts'
import { isObject, setOwn } from '../../base/json.ts'
import { apiVersionAndKindOf, isKindType, typeNameOf, typeOf } from './fields.ts'
import type { Field, FieldSchema, StructSchema } from './fields.ts'
import {
  decodeScalarMessage,
  encodeScalar,
  isMessageScalar,
  readPlain,
  wireTypeOf,
} from './protobuf-scalar.ts'
import { decodeUnion, encodeUnion, type SchemaCodec } from './protobuf-union.ts'
import { BYTES, WireError, WireReader, WireWriter } from './protobuf-wire.ts'

type Json = Record<string, unknown>

const MAGIC = Uint8Array.of(0x6b, 0x38, 0x73, 0x00)
const MAX_DEPTH = 100

export interface ProtobufBody {
  readonly apiVersion: string
  readonly kind: string
  /** `apps/v1.Deployment` */
  readonly type: string
  /** The object as JSON would bring it, zero values included: to be decoded like any other input. */
  readonly json: Record<string, unknown>
}

/** True when objects of the type have a protobuf form. Tables have none anywhere. */
export function hasProtobuf(type: string): boolean {
  if (!isKindType(type)) return false
  return [...typeOf(type).fields.values()].every((field) => field.pb > 0)
}

/**
 * Encodes an object of `type` with the envelope: `k8s\0` and a runtime.Unknown that names apiVersion and kind.
 * @throws InternalError for types without a protobuf form (`hasProtobuf`).
 * Source: apimachinery pkg/runtime/serializer/protobuf, pkg/runtime/generated.proto.
 */
export function encodeProtobuf(type: string, object: object): Uint8Array {
  if (!hasProtobuf(type)) throw new InternalError(`${type} has no protobuf form`)
  const own = apiVersionAndKindOf(type)
  // Same value, seen as its fields.
  const json = object as Json
  const typeMeta = new WireWriter()
  writeText(typeMeta, 1, typeof json['apiVersion'] === 'string' ? json['apiVersion'] : own.apiVersion)
  writeText(typeMeta, 2, typeof json['kind'] === 'string' ? json['kind'] : own.kind)
  const unknown = new WireWriter()
  unknown.raw(MAGIC)
  writeChunk(unknown, 1, typeMeta.bytes)
  writeChunk(unknown, 2, encodeStruct(typeOf(type), json))
  writeText(unknown, 3, '')
  writeText(unknown, 4, '')
  return unknown.bytes.slice()
}

/**
 * Decodes a body with its envelope.
 * @throws StatusError BadRequest when the bytes are no such body or the kind is not in the field table.
 */
export function decodeProtobuf(bytes: Uint8Array): ProtobufBody {
  try {
    return decodeBody(bytes)
  } catch (error) {
    if (error instanceof WireError || error instanceof SyntaxError)
      throw new StatusError('BadRequest', error.message)
    throw error
  }
}

function decodeBody(bytes: Uint8Array): ProtobufBody {
  if (!MAGIC.every((byte, index) => bytes[index] === byte)) {
    throw new WireError(
      `provided data does not appear to be a protobuf message, expected prefix [${MAGIC.join(' ')}]`,
    )
  }
  const typeMeta = { apiVersion: '', kind: '' }
  let raw = new Uint8Array()
  const envelope = new WireReader(bytes.subarray(MAGIC.length))
  while (!envelope.isAtEnd) {
    const { field, wireType } = envelope.tag()
    if (field === 1 && wireType === BYTES) readTypeMeta(new WireReader(envelope.chunk()), typeMeta)
    else if (field === 2 && wireType === BYTES) raw = new Uint8Array(envelope.chunk())
    else envelope.skip(wireType)
  }
  const { apiVersion, kind } = typeMeta
  const type = typeNameOf(apiVersion, kind)
  if (!type || !hasProtobuf(type)) {
    throw new WireError(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`,
    )
  }
  return { apiVersion, kind, type, json: { apiVersion, kind, ...decodeStruct(typeOf(type), raw, 0) } }
}

function readTypeMeta(reader: WireReader, typeMeta: { apiVersion: string; kind: string }): void {
  while (!reader.isAtEnd) {
    const { field, wireType } = reader.tag()
    if (field === 1 && wireType === BYTES) typeMeta.apiVersion = text(reader.chunk())
    else if (field === 2 && wireType === BYTES) typeMeta.kind = text(reader.chunk())
    else reader.skip(wireType)
  }
}

function writeText(writer: WireWriter, field: number, value: string): void {
  writeChunk(writer, field, Buffer.from(value, 'utf8'))
}

function writeChunk(writer: WireWriter, field: number, content: Uint8Array): void {
  writer.tag(field, BYTES)
  writer.chunk(content)
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
}

function encodeStruct(schema: StructSchema, value: unknown): Uint8Array {
  const message = new Embedding()
  if (!isObject(value)) return message.bytes()
  for (const name of Object.keys(value)) {
    const field = schema.fields.get(name)
    const item = value[name]
    if (!field || item === undefined || item === null) continue
    writeField(message.at(field.pbVia), field, item)
  }
  return message.bytes()
}

/** A message and those that are embedded in it, by their numbers. */
class Embedding {
  readonly #own = new WireWriter()
  readonly #inner = new Map<number, Embedding>()

  /** What is written into the message at the end of a path of numbers. */
  at([first, ...rest]: readonly number[]): WireWriter {
    if (first === undefined) return this.#own
    const inner = this.#inner.get(first) ?? new Embedding()
    this.#inner.set(first, inner)
    return inner.at(rest)
  }

  bytes(): Uint8Array {
    for (const [number, inner] of this.#inner) writeChunk(this.#own, number, inner.bytes())
    return this.#own.bytes
  }
}

function writeField(writer: WireWriter, { pb, schema }: Field, value: unknown): void {
  if (schema.kind === 'list' && !schema.isMessage) {
    for (const item of Array.isArray(value) ? (value as unknown[]) : [])
      writeValue(writer, pb, [schema.element, item])
  } else if (schema.kind === 'map') {
    for (const [key, item] of Object.entries(isObject(value) ? value : {})) {
      const entry = new WireWriter()
      writeText(entry, 1, key)
      writeValue(entry, 2, [schema.element, item])
      writeChunk(writer, pb, entry.bytes)
    }
  } else writeValue(writer, pb, [schema, value])
}

function writeValue(writer: WireWriter, pb: number, [schema, value]: readonly [FieldSchema, unknown]): void {
  switch (schema.kind) {
    case 'scalar':
      writer.tag(pb, wireTypeOf(schema.scalar))
      encodeScalar(writer, schema.scalar, value)
      return
    case 'struct':
      writeChunk(writer, pb, encodeStruct(schema, value))
      return
    case 'raw': {
      if (schema.union) {
        writeChunk(writer, pb, encodeUnion(schema.union, value, schemaCodec(0)))
        return
      }
      const inner = new WireWriter()
      writeText(inner, 1, JSON.stringify(value))
      writeChunk(writer, pb, inner.bytes)
      return
    }
    case 'list': {
      const inner = new WireWriter()
      for (const item of Array.isArray(value) ? (value as unknown[]) : [])
        writeValue(inner, 1, [schema.element, item])
      writeChunk(writer, pb, inner.bytes)
      return
    }
    case 'map':
      throw new InternalError('protobuf has no map as a value of its own')
  }
}

/** Fields by number, and those that come in embedded messages by the number of that and their own. */
type NumberedFields = Map<number, Field | NumberedFields>

// A memo of the immutable field table, for the types that come as protobuf.
const numbered = new WeakMap<StructSchema, NumberedFields>()

function byNumber(schema: StructSchema): NumberedFields {
  const known = numbered.get(schema)
  if (known) return known
  const fields: NumberedFields = new Map()
  for (const field of schema.fields.values()) messageAt(fields, field.pbVia).set(field.pb, field)
  numbered.set(schema, fields)
  return fields
}

function messageAt(fields: NumberedFields, [first, ...rest]: readonly number[]): NumberedFields {
  if (first === undefined) return fields
  const known = fields.get(first)
  const inner: NumberedFields = known instanceof Map ? known : new Map()
  fields.set(first, inner)
  return messageAt(inner, rest)
}

function decodeStruct(schema: StructSchema, bytes: Uint8Array, depth: number): Json {
  if (depth > MAX_DEPTH) throw new WireError('proto: exceeded maximum recursion depth')
  const json: Json = {}
  readMessage(bytes, byNumber(schema), { json, depth })
  return json
}

interface Target {
  readonly json: Json
  readonly depth: number
}

function readMessage(bytes: Uint8Array, fields: NumberedFields, target: Target): void {
  const reader = new WireReader(bytes)
  while (!reader.isAtEnd) {
    const { field: number, wireType } = reader.tag()
    const field = fields.get(number)
    if (!field) reader.skip(wireType)
    else if ('get' in field) {
      if (wireType !== BYTES) throw new WireError(`proto: wrong wireType = ${wireType} for field ${number}`)
      readMessage(reader.chunk(), field, target)
    } else readField(reader, field, { wireType, ...target })
  }
}

function readField(reader: WireReader, field: Field, target: Target & { readonly wireType: number }): void {
  const { json, depth, wireType } = target
  const { schema, name } = field
  if (schema.kind === 'list' && !schema.isMessage) {
    const list = (json[name] ??= []) as unknown[]
    list.push(readValue(reader, schema.element, { wireType, depth, name }))
  } else if (schema.kind === 'map') {
    expectWire(wireType, BYTES, name)
    const entries = (json[name] ??= {}) as Json
    const [key, value] = readEntry(reader.chunk(), schema.element, { depth, name })
    setOwn(entries, key, value)
  } else {
    const value = readValue(reader, schema, { wireType, depth, name })
    if (value !== undefined) json[name] = value
  }
}

interface ValueContext {
  readonly wireType: number
  readonly depth: number
  readonly name: string
}

function readValue(reader: WireReader, schema: FieldSchema, context: ValueContext): unknown {
  const { wireType, depth, name } = context
  if (schema.kind === 'scalar' && !isMessageScalar(schema.scalar)) {
    expectWire(wireType, wireTypeOf(schema.scalar), name)
    return readPlain(reader, schema.scalar)
  }
  expectWire(wireType, BYTES, name)
  const bytes = reader.chunk()
  switch (schema.kind) {
    case 'scalar':
      return decodeScalarMessage(bytes, schema.scalar)
    case 'struct':
      return decodeStruct(schema, bytes, depth + 1)
    case 'raw':
      return schema.union ? decodeUnion(schema.union, bytes, schemaCodec(depth + 1)) : readRaw(bytes)
    case 'list': {
      const items: unknown[] = []
      const inner = new WireReader(bytes)
      while (!inner.isAtEnd) {
        const tag = inner.tag()
        if (tag.field === 1)
          items.push(readValue(inner, schema.element, { wireType: tag.wireType, depth, name }))
        else inner.skip(tag.wireType)
      }
      return items
    }
    case 'map':
      throw new InternalError('protobuf has no map as a value of its own')
  }
}

function readEntry(
  bytes: Uint8Array,
  element: FieldSchema,
  { depth, name }: { readonly depth: number; readonly name: string },
): [string, unknown] {
  let key = ''
  let value: unknown
  const reader = new WireReader(bytes)
  while (!reader.isAtEnd) {
    const { field, wireType } = reader.tag()
    if (field === 1 && wireType === BYTES) key = text(reader.chunk())
    else if (field === 2) value = readValue(reader, element, { wireType, depth, name })
    else reader.skip(wireType)
  }
  // An entry without a value has the zero value, which decoding makes of null.
  return [key, value ?? null]
}

function schemaCodec(depth: number): SchemaCodec {
  const schema = typeOf('apiextensions/v1.JSONSchemaProps')
  return {
    encode: (value) => encodeStruct(schema, value),
    decode: (bytes) => decodeStruct(schema, bytes, depth),
  }
}

function readRaw(bytes: Uint8Array): unknown {
  let raw: unknown
  const reader = new WireReader(bytes)
  while (!reader.isAtEnd) {
    const { field, wireType } = reader.tag()
    if (field === 1 && wireType === BYTES) {
      const content = reader.chunk()
      raw = content.length === 0 ? undefined : (JSON.parse(text(content)) as unknown)
    } else reader.skip(wireType)
  }
  return raw
}

function expectWire(found: number, wanted: number, name: string): void {
  if (found !== wanted) throw new WireError(`proto: wrong wireType = ${found} for field ${name}`)
}
