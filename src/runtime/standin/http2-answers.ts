// Owns what a stand-in says to clients that speak HTTP/2 from the first byte: gRPC's health protocol and the usual text.
import { performServerHandshake, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'

import { httpAnswer, type PortOwner } from './answer.ts'

/** The client's connection preface (RFC 9113, 3.4). */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n')

// HealthCheckResponse with status SERVING, behind a prefix of one byte of flags and four of length.
const SERVING = Buffer.from([0, 0, 0, 0, 2, 0x08, 0x01])
const HEALTH_CHECK = '/grpc.health.v1.Health/Check'
const OK = '0'
const UNIMPLEMENTED = '12'

/** @param first the first bytes that came */
export function speaksHttp2(first: Buffer): boolean {
  return first.subarray(0, PREFACE.length).equals(PREFACE)
}

/** Answers all requests of a connection. */
export function serveHttp2(socket: Socket, owner: PortOwner): void {
  const session = performServerHandshake(socket)
  session.on('error', () => socket.destroy())
  session.on('stream', (stream, headers) => {
    stream.on('error', () => stream.destroy())
    const path = headers[':path'] ?? '/'
    if (headers['content-type']?.startsWith('application/grpc')) answerGrpc(stream, path, owner)
    else {
      const { headers: sent, body } = httpAnswer(owner.identity, headers.accept)
      owner.log(`${headers[':method']} ${path} 200`)
      stream.respond({ ':status': 200, ...sent })
      stream.end(headers[':method'] === 'HEAD' ? undefined : body)
    }
    stream.resume()
  })
}

// A stand-in is well, whatever service is asked about; it has no other method.
function answerGrpc(stream: ServerHttp2Stream, path: string, owner: PortOwner): void {
  const isHealth = path === HEALTH_CHECK
  owner.log(`grpc ${path} ${isHealth ? OK : UNIMPLEMENTED}`)
  const headers = { ':status': 200, 'content-type': 'application/grpc' }
  if (!isHealth) {
    const message = 'a stand-in answers health checks alone'
    stream.respond({ ...headers, 'grpc-status': UNIMPLEMENTED, 'grpc-message': message }, { endStream: true })
    return
  }
  stream.respond(headers, { waitForTrailers: true })
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': OK }))
  stream.end(SERVING)
}
