// Owns how one event of a watch is written in each media type.
// Source: apimachinery pkg/runtime/serializer/protobuf (LengthDelimitedFramer, RawSerializer), meta/v1 WatchEvent.
import type { Pieces } from '../registry/object-text.ts'
import { BYTES, WireWriter } from '../schema/protobuf-wire.ts'
import { encodeObject } from './encoding.ts'
import { JSON_TYPE, PROTOBUF_TYPE, type Accepted } from './negotiation.ts'

/** One event, framed: a line of JSON, or a protobuf message after its length in four bytes. */
export function eventFrame(accepted: Accepted, type: string, object: object): string | Uint8Array {
  if (accepted.type !== PROTOBUF_TYPE) return `${JSON.stringify({ type, object })}\n`
  const raw = new WireWriter()
  raw.tag(1, BYTES)
  raw.chunk(bytesOf(encodeObject(accepted, object)))
  const event = new WireWriter()
  event.tag(1, BYTES)
  event.chunk(Buffer.from(type))
  event.tag(2, BYTES)
  event.chunk(raw.bytes)
  const frame = Buffer.alloc(4 + event.bytes.length)
  frame.writeUInt32BE(event.bytes.length)
  frame.set(event.bytes, 4)
  return frame
}

/** The same line of JSON, of an object that is JSON already. */
export function jsonFrame(type: string, object: Pieces): string {
  return `{"type":${JSON.stringify(type)},"object":${object.join('')}}\n`
}

/** The content type of a stream of such events. */
export function streamType({ type }: Accepted): string {
  return type === PROTOBUF_TYPE ? `${PROTOBUF_TYPE};stream=watch` : JSON_TYPE
}

function bytesOf(encoded: string | Uint8Array): Uint8Array {
  return typeof encoded === 'string' ? Buffer.from(encoded) : encoded
}
