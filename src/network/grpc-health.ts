// Owns one call of the gRPC health protocol over a given stream (grpc.health.v1.Health/Check).
// Sources: github.com/grpc/grpc doc/health-checking.md, doc/PROTOCOL-HTTP2.md.
import { connect, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2'
import type { Duplex } from 'node:stream'

export interface HealthQuestion {
  /** The Host of the request. */
  readonly authority: string
  /** The service that is asked about; empty for the server as a whole. */
  readonly service: string
  readonly userAgent: string
}

export interface HealthAnswer {
  /** The status of the call: 0 is OK. */
  readonly code: number
  readonly message: string
  /** What the server says of the service, as a name of ServingStatus. */
  readonly status: string
}

const PATH = '/grpc.health.v1.Health/Check'
const STATUSES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN']
const UNKNOWN_CODE = 2
const UNIMPLEMENTED = 12
const STATUS_FIELD = 0x08
const SERVICE_FIELD = 0x0a
// One byte that says whether it is compressed, four of length.
const PREFIX_BYTES = 5

/** Opens HTTP/2 on a stream. Resolves when the other side has spoken it. */
export async function openHttp2(stream: Duplex, authority: string): Promise<ClientHttp2Session> {
  const session = connect(`http://${authority}`, { createConnection: () => stream })
  await new Promise<void>((resolve, reject) => {
    session.once('remoteSettings', () => resolve())
    session.once('error', reject)
    session.once('close', () => reject(new Error('connection closed')))
  })
  return session
}

/** Asks once. Rejects when the connection ends without an answer. */
export async function askHealth(
  session: ClientHttp2Session,
  { authority, service, userAgent }: HealthQuestion,
): Promise<HealthAnswer> {
  const request = session.request(
    {
      ':method': 'POST',
      ':path': PATH,
      ':authority': authority,
      'content-type': 'application/grpc',
      'user-agent': userAgent,
      te: 'trailers',
    },
    { endStream: false },
  )
  let headers: IncomingHttpHeaders = {}
  const take = (more: IncomingHttpHeaders): void => void (headers = { ...headers, ...more })
  request.on('response', take)
  request.on('trailers', take)
  request.end(messageOf(service))
  const chunks: Buffer[] = []
  // No encoding is set on the stream, so it yields buffers.
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return answerOf(headers, Buffer.concat(chunks))
}

function messageOf(service: string): Buffer {
  const name = Buffer.from(service)
  const body =
    name.length === 0 ? name : Buffer.concat([Buffer.from([SERVICE_FIELD, ...varint(name.length)]), name])
  const prefix = Buffer.alloc(PREFIX_BYTES)
  prefix.writeUInt32BE(body.length, 1)
  return Buffer.concat([prefix, body])
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)]
}

// What answers without gRPC's own status has no such method, or is no gRPC server (doc/http-grpc-status-mapping.md).
function answerOf(headers: IncomingHttpHeaders, body: Buffer): HealthAnswer {
  const given = headers['grpc-status']
  const http = Number(headers[':status'])
  const code = given !== undefined ? Number(given) : http === 404 ? UNIMPLEMENTED : UNKNOWN_CODE
  const words = headers['grpc-message']
  const message =
    typeof words === 'string'
      ? decoded(words)
      : given === undefined
        ? `unexpected HTTP status code received from server: ${http}`
        : ''
  const value = body[PREFIX_BYTES] === STATUS_FIELD ? (body[PREFIX_BYTES + 1] ?? 0) : 0
  return { code, message, status: STATUSES[value] ?? String(value) }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
