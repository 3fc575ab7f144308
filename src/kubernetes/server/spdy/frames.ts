// Owns the shapes of SPDY/3.1 frames and their bytes; header blocks stay as they are on the wire.
// Source: SPDY Protocol draft 3.1, sections 2.2 and 2.6; moby/spdystream spdy/read.go and spdy/write.go,
// which is the other end: it neither sends nor obeys SETTINGS and WINDOW_UPDATE.
import { SpdyError } from './protocol-error.ts'

export type Frame = DataFrame | SynStreamFrame | SynReplyFrame | RstStreamFrame | PingFrame | GoAwayFrame

export interface DataFrame {
  readonly type: 'data'
  readonly streamId: number
  readonly fin: boolean
  readonly data: Uint8Array
}

export interface SynStreamFrame {
  readonly type: 'syn-stream'
  readonly streamId: number
  /** The peer sends nothing on this stream. */
  readonly fin: boolean
  /** The peer takes nothing on this stream. */
  readonly unidirectional: boolean
  /** Compressed. */
  readonly headers: Uint8Array
}

export interface SynReplyFrame {
  readonly type: 'syn-reply'
  readonly streamId: number
  readonly fin: boolean
  /** Compressed. */
  readonly headers: Uint8Array
}

export interface RstStreamFrame {
  readonly type: 'rst-stream'
  readonly streamId: number
  readonly status: number
}

export interface PingFrame {
  readonly type: 'ping'
  readonly id: number
}

export interface GoAwayFrame {
  readonly type: 'go-away'
  readonly lastStreamId: number
  readonly status: number
}

/** A control frame that has no meaning here: HEADERS, SETTINGS, WINDOW_UPDATE, and types that are not known. */
export interface OtherFrame {
  readonly type: 'other'
  readonly controlType: number
  /** The bytes after the first eight. */
  readonly body: Uint8Array
}

/** Status of RST_STREAM. */
export const resetStatus = { protocolError: 1, refusedStream: 3, cancel: 5 } as const

/** Status of GOAWAY. */
export const goAwayStatus = { ok: 0, protocolError: 1 } as const

const VERSION = 3
const FIN = 0x01
const UNIDIRECTIONAL = 0x02
/** Control frame types. HEADERS is told apart because its block belongs to the compression context. */
export const controlTypes = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  ping: 6,
  goAway: 7,
  headers: 8,
} as const

/** Bytes of the part that every frame begins with. */
export const FRAME_HEADER_BYTES = 8

/** The length of what follows a frame's first eight bytes. */
export function bodyLength(header: Buffer): number {
  return header.readUIntBE(5, 3)
}

/** True for a control frame, by its first eight bytes; the others carry data. */
export function isControl(header: Buffer): boolean {
  return (header.readUInt8(0) & 0x80) !== 0
}

/**
 * Reads a frame.
 * @param header its first eight bytes
 * @throws SpdyError for a version other than 3, a frame that is too short, and stream 0.
 */
export function decodeFrame(header: Buffer, body: Buffer): Frame | OtherFrame {
  const flags = header.readUInt8(4)
  if (!isControl(header)) {
    const streamId = nonZero(header.readUInt32BE(0))
    return { type: 'data', streamId, fin: (flags & FIN) !== 0, data: body }
  }
  const version = header.readUInt16BE(0) & 0x7fff
  if (version !== VERSION) throw new SpdyError(`SPDY version ${version} is not supported`)
  const controlType = header.readUInt16BE(2)
  switch (controlType) {
    case controlTypes.synStream:
      requireBytes(body, 10)
      return {
        type: 'syn-stream',
        streamId: nonZero(readId(body, 0)),
        fin: (flags & FIN) !== 0,
        unidirectional: (flags & UNIDIRECTIONAL) !== 0,
        headers: body.subarray(10),
      }
    case controlTypes.synReply:
      requireBytes(body, 4)
      return {
        type: 'syn-reply',
        streamId: nonZero(readId(body, 0)),
        fin: (flags & FIN) !== 0,
        headers: body.subarray(4),
      }
    case controlTypes.rstStream:
      requireBytes(body, 8)
      return { type: 'rst-stream', streamId: nonZero(readId(body, 0)), status: body.readUInt32BE(4) }
    case controlTypes.ping:
      requireBytes(body, 4)
      return { type: 'ping', id: nonZero(body.readUInt32BE(0)) }
    case controlTypes.goAway:
      requireBytes(body, 8)
      return { type: 'go-away', lastStreamId: readId(body, 0), status: body.readUInt32BE(4) }
    default:
      return { type: 'other', controlType, body }
  }
}

/** The bytes of a frame. */
export function encodeFrame(frame: Frame): Buffer {
  switch (frame.type) {
    case 'data': {
      const header = Buffer.alloc(FRAME_HEADER_BYTES)
      header.writeUInt32BE(frame.streamId)
      header.writeUInt8(frame.fin ? FIN : 0, 4)
      header.writeUIntBE(frame.data.length, 5, 3)
      return Buffer.concat([header, frame.data])
    }
    case 'syn-stream': {
      const flags = (frame.fin ? FIN : 0) | (frame.unidirectional ? UNIDIRECTIONAL : 0)
      // Associated stream, priority and slot are zero, as the other end writes them.
      const fields = Buffer.alloc(10)
      fields.writeUInt32BE(frame.streamId)
      return control(controlTypes.synStream, Buffer.concat([fields, frame.headers]), flags)
    }
    case 'syn-reply':
      return control(
        controlTypes.synReply,
        Buffer.concat([words(frame.streamId), frame.headers]),
        frame.fin ? FIN : 0,
      )
    case 'rst-stream':
      return control(controlTypes.rstStream, words(frame.streamId, frame.status))
    case 'ping':
      return control(controlTypes.ping, words(frame.id))
    case 'go-away':
      return control(controlTypes.goAway, words(frame.lastStreamId, frame.status))
  }
}

function control(type: number, body: Buffer, flags = 0): Buffer {
  const header = Buffer.alloc(FRAME_HEADER_BYTES)
  header.writeUInt16BE(0x8000 | VERSION)
  header.writeUInt16BE(type, 2)
  header.writeUInt8(flags, 4)
  header.writeUIntBE(body.length, 5, 3)
  return Buffer.concat([header, body])
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4)
  return bytes
}

// The highest bit is reserved.
function readId(body: Buffer, offset: number): number {
  return body.readUInt32BE(offset) & 0x7fffffff
}

function nonZero(id: number): number {
  if (id === 0) throw new SpdyError('stream id zero is disallowed')
  return id
}

function requireBytes(body: Buffer, wanted: number): void {
  if (body.length < wanted) throw new SpdyError('invalid control frame')
}
