// Owns the protobuf form of the fields of a JSON schema that are one of two types.
// Source: apiextensions-apiserver pkg/apis/apiextensions/v1/generated.proto.
import { isObject } from '../../base/json.ts'
import { encodeScalar, readPlain, wireTypeOf } from './protobuf-scalar.ts'
import { BYTES, WireReader, WireWriter } from './protobuf-wire.ts'

/** What beside a schema it may be: several schemas, true or false, names of properties. */
export type Union = 'schemas' | 'bool' | 'strings'

/** How a JSON schema itself is written and read. */
export interface SchemaCodec {
  encode(value: unknown): Uint8Array
  decode(bytes: Uint8Array): unknown
}

// Numbers of the field with the schema, and of the one with the other.
const NUMBERS = { schemas: [1, 2], bool: [2, 1], strings: [1, 2] } as const

/** The bytes of the message that stands for a value. */
export function encodeUnion(union: Union, value: unknown, codec: SchemaCodec): Uint8Array {
  const [schema, other] = NUMBERS[union]
  const writer = new WireWriter()
  const chunk = (field: number, bytes: Uint8Array): void => {
    writer.tag(field, BYTES)
    writer.chunk(bytes)
  }
  if (union === 'bool') {
    // Where there is a schema, it is allowed.
    writer.tag(other, wireTypeOf('bool'))
    encodeScalar(writer, 'bool', value !== false)
  }
  if (isObject(value)) chunk(schema, codec.encode(value))
  for (const item of Array.isArray(value) ? (value as unknown[]) : []) {
    chunk(other, typeof item === 'string' ? Buffer.from(item, 'utf8') : codec.encode(item))
  }
  return writer.bytes
}

/** The value that a message stands for. */
export function decodeUnion(union: Union, bytes: Uint8Array, codec: SchemaCodec): unknown {
  const [schema, other] = NUMBERS[union]
  const items: unknown[] = []
  let found: unknown
  let isAllowed = false
  const reader = new WireReader(bytes)
  while (!reader.isAtEnd) {
    const { field, wireType } = reader.tag()
    if (field === schema && wireType === BYTES) found = codec.decode(reader.chunk())
    else if (field === other && union === 'bool' && wireType === wireTypeOf('bool')) {
      isAllowed = readPlain(reader, 'bool') === true
    } else if (field === other && wireType === BYTES) {
      const chunk = reader.chunk()
      items.push(union === 'strings' ? Buffer.from(chunk).toString('utf8') : codec.decode(chunk))
    } else reader.skip(wireType)
  }
  if (found !== undefined) return found
  return union === 'bool' ? isAllowed : items
}
