// Owns how each scalar type of Kubernetes lies in a protobuf message.
import type { ScalarKind } from './fields.ts'
import { BYTES, FIXED64, VARINT, type WireReader, WireReader as Reader, WireWriter } from './protobuf-wire.ts'

/** The wire type of a field of this scalar type. */
export function wireTypeOf(scalar: ScalarKind): number {
  switch (scalar) {
    case 'bool':
    case 'int32':
    case 'int64':
      return VARINT
    case 'float64':
      return FIXED64
    default:
      return BYTES
  }
}

/** True for scalars that are messages: Quantity, IntOrString and the times. */
export function isMessageScalar(scalar: ScalarKind): boolean {
  return wireTypeOf(scalar) === BYTES && scalar !== 'string' && scalar !== 'bytes'
}

/** Writes the value that follows the tag. */
export function encodeScalar(writer: WireWriter, scalar: ScalarKind, value: unknown): void {
  switch (scalar) {
    case 'bool':
      writer.varint(value === true ? 1 : 0)
      return
    case 'int32':
    case 'int64':
      writer.varint(Number(value))
      return
    case 'float64':
      writer.double(Number(value))
      return
    case 'string':
      writer.chunk(Buffer.from(String(value), 'utf8'))
      return
    case 'bytes':
      writer.chunk(Buffer.from(String(value), 'base64'))
      return
    default:
      writer.chunk(encodeMessage(scalar, value))
  }
}

/** Reads a scalar that is no message. */
export function readPlain(reader: WireReader, scalar: ScalarKind): unknown {
  switch (scalar) {
    case 'bool':
      return reader.varint() !== 0
    case 'int32':
      return reader.varint() | 0
    case 'int64':
      return reader.varint()
    case 'float64':
      return reader.double()
    case 'bytes':
      return asBuffer(reader.chunk()).toString('base64')
    default:
      return asBuffer(reader.chunk()).toString('utf8')
  }
}

/** Reads the content of a scalar's message; undefined for an empty time, which is none. */
export function decodeScalarMessage(bytes: Uint8Array, scalar: ScalarKind): unknown {
  const { first, second, content } = readMembers(bytes)
  switch (scalar) {
    case 'quantity':
      return content.get(1) === '' || content.get(1) === undefined ? '0' : content.get(1)
    case 'intOrString':
      return first === 1 ? (content.get(3) ?? '') : second | 0
    case 'time':
      return first === 0 && second === 0 ? undefined : `${new Date(first * 1000).toISOString().slice(0, 19)}Z`
    case 'microTime':
      return first === 0 && second === 0 ? undefined : microTime(first, second)
    default:
      return formatDuration(first)
  }
}

function microTime(seconds: number, nanos: number): string {
  const micros = String(Math.floor(nanos / 1000)).padStart(6, '0')
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${micros}Z`
}

/** Nanoseconds as Go prints a duration, in seconds; the kinds served have none. */
function formatDuration(nanos: number): string {
  return `${nanos / 1e9}s`
}

interface Members {
  readonly first: number
  readonly second: number
  readonly content: ReadonlyMap<number, string>
}

function readMembers(bytes: Uint8Array): Members {
  let first = 0
  let second = 0
  const content = new Map<number, string>()
  const reader = new Reader(bytes)
  while (!reader.isAtEnd) {
    const { field, wireType } = reader.tag()
    if (wireType === BYTES) content.set(field, asBuffer(reader.chunk()).toString('utf8'))
    else if (wireType === VARINT && field === 1) first = reader.varint()
    else if (wireType === VARINT && field === 2) second = reader.varint()
    else reader.skip(wireType)
  }
  return { first, second, content }
}

function encodeMessage(scalar: ScalarKind, value: unknown): Uint8Array {
  const writer = new WireWriter()
  if (scalar === 'quantity') {
    member(writer, 1, String(value))
  } else if (scalar === 'intOrString') {
    member(writer, 1, typeof value === 'string' ? 1 : 0)
    member(writer, 2, typeof value === 'number' ? value : 0)
    member(writer, 3, typeof value === 'string' ? value : '')
  } else if (scalar === 'duration') {
    member(writer, 1, Math.round(Number.parseFloat(String(value)) * 1e9))
  } else if (value !== '') {
    const text = String(value)
    const fraction = /\.(\d+)/.exec(text)?.[1] ?? ''
    member(writer, 1, Math.floor(Date.parse(text) / 1000))
    member(writer, 2, Number(fraction.slice(0, 9).padEnd(9, '0')))
  }
  return writer.bytes
}

function member(writer: WireWriter, field: number, value: string | number): void {
  if (typeof value === 'number') {
    writer.tag(field, VARINT)
    writer.varint(value)
  } else {
    writer.tag(field, BYTES)
    writer.chunk(Buffer.from(value, 'utf8'))
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}
