// Owns HTTP/2 frame by frame, for clients that do what no library would (RFC 9113 4.1, RFC 7541 6).
import { openTls, type Wire } from '../client.ts'
import type { Front, Stage } from '../scenario.ts'

export const TYPE = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const

export const END_STREAM = 1
export const END_HEADERS = 4
export const ACK = 1

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
const NAMES = [
  'DATA',
  'HEADERS',
  'PRIORITY',
  'RST_STREAM',
  'SETTINGS',
  'PUSH_PROMISE',
  'PING',
  'GOAWAY',
  'WINDOW_UPDATE',
]
const ERRORS = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
]

// Of the statuses with an index of their own (RFC 7541, appendix A).
const STATUSES: Readonly<Record<number, string>> = { 0x88: '200', 0x8c: '400', 0x8d: '404', 0x8e: '500' }

export interface Frame {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

/** One frame. */
export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** A block of headers, each a literal that is not remembered. */
export function block(headers: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(
    headers.map(([name, value]) => Buffer.concat([Buffer.of(0), literal(name), literal(value)])),
  )
}

function literal(text: string): Buffer {
  const { length } = text
  // An integer with a prefix of seven bits.
  const head = length < 127 ? [length] : [127, ...rest(length - 127)]
  return Buffer.concat([Buffer.from(head), Buffer.from(text, 'latin1')])
}

function rest(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...rest(Math.floor(value / 128))]
}

export const REQUEST: readonly (readonly [string, string])[] = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':authority', 'web.example.com'],
  [':path', '/'],
]

/** A request of a GET on a stream. */
export function get(stream: number): Buffer {
  return frame(TYPE.HEADERS, END_STREAM | END_HEADERS, stream, block(REQUEST))
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** A connection that has said its preface and empty settings. */
export async function openHttp2(stage: Stage, front: Front = 'tls'): Promise<Wire> {
  const wire = await openTls(stage, { front, ALPNProtocols: ['h2'] })
  await wire.send(Buffer.concat([PREFACE, frame(TYPE.SETTINGS, 0, 0)]))
  await wire.until((each) =>
    framesOf(each).some(({ type, flags }) => type === TYPE.SETTINGS && flags === ACK),
  )
  return wire
}

/** Whole frames that have come. */
export function framesOf({ bytes }: Wire): Frame[] {
  const frames: Frame[] = []
  for (let at = 0; at + 9 <= bytes.length;) {
    const length = bytes.readUIntBE(at, 3)
    if (at + 9 + length > bytes.length) break
    frames.push({
      type: bytes.readUInt8(at + 3),
      flags: bytes.readUInt8(at + 4),
      stream: bytes.readUInt32BE(at + 5),
      payload: bytes.subarray(at + 9, at + 9 + length),
    })
    at += 9 + length
  }
  return frames
}

/** What came in answer, in words; settings, windows and a GOAWAY without an error apart. */
export function said(wire: Wire): string {
  const words = framesOf(wire).flatMap(({ type, flags, payload }) => {
    if (type === TYPE.SETTINGS || type === TYPE.WINDOW_UPDATE) return []
    const name = NAMES[type] ?? `frame ${type}`
    if (type === TYPE.RST_STREAM) return [`${name} ${ERRORS[payload.readUInt32BE(0)]}`]
    if (type === TYPE.GOAWAY) {
      const code = payload.readUInt32BE(4)
      return code === 0 ? [] : [`${name} ${ERRORS[code]}`]
    }
    if (type === TYPE.PING) return [flags === ACK ? 'PING back' : name]
    return type === TYPE.HEADERS ? [STATUSES[payload[0] ?? 0] ?? 'an answer'] : []
  })
  return words.join(', ') || 'nothing'
}

/** Sends frames to a fresh connection and tells what comes of it, and whether the connection lives on. */
export async function reaction(stage: Stage, frames: readonly Buffer[]): Promise<string> {
  const wire = await openHttp2(stage)
  await wire.send(Buffer.concat(frames))
  await wire.until((each) => said(each) !== 'nothing', 500)
  const ending = await wire.ending(150)
  return `${said(wire)}; ${ending === 'open' ? 'lives on' : 'ends'}`
}
