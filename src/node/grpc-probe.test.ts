import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2'
import { connect, createServer as createTcpServer, type AddressInfo, type Server } from 'node:net'
import type { Duplex } from 'node:stream'

import { afterEach, describe, expect, it } from 'vitest'

import { probeGrpc } from './grpc-probe.ts'

const servers: (Http2Server | Server)[] = []

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))))
})

async function listen<T extends Http2Server | Server>(server: T): Promise<number> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

interface Answer {
  /** Of the health protocol. */
  readonly status?: number
  readonly code?: number
  readonly message?: string
  readonly http?: number
}

interface Asked {
  path: string
  agent: string
  service: string
}

/** A server of the health protocol. */
async function health(answer: Answer, asked: Partial<Asked> = {}): Promise<number> {
  const server = createServer()
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    asked.path = headers[':path'] ?? ''
    asked.agent = headers['user-agent'] ?? ''
    stream.on('data', (chunk: Buffer) => (asked.service = chunk.subarray(7).toString()))
    stream.on('end', () => reply(stream, answer))
  })
  return await listen(server)
}

function reply(stream: ServerHttp2Stream, { status = 1, code = 0, message = '', http = 200 }: Answer): void {
  if (http !== 200) return stream.respond({ ':status': http }, { endStream: true })
  const trailers = { 'grpc-status': String(code), 'grpc-message': message }
  const headers = { ':status': 200, 'content-type': 'application/grpc' }
  // An error comes without a message, in headers alone.
  if (code !== 0) return stream.respond({ ...headers, ...trailers }, { endStream: true })
  stream.respond(headers, { waitForTrailers: true })
  stream.once('wantTrailers', () => stream.sendTrailers(trailers))
  stream.end(Buffer.from([0, 0, 0, 0, 2, 8, status]))
}

async function probe(
  port: number,
  { service, signal = new AbortController().signal }: { service?: string; signal?: AbortSignal } = {},
): ReturnType<typeof probeGrpc> {
  const dial = (to: number): Promise<Duplex> =>
    new Promise((resolve, reject) => {
      const socket = connect(to, '127.0.0.1', () => resolve(socket))
      socket.once('error', reject)
    })
  const action = { port, ...(service !== undefined && { service }) }
  return await probeGrpc(action, { podIp: '10.0.0.9', kubeletVersion: '1.35', timeoutMs: 1000, signal, dial })
}

describe('a gRPC probe', () => {
  it('asks the health service for the one that it names', async () => {
    const asked: Partial<Asked> = {}
    const port = await health({}, asked)
    expect(await probe(port, { service: 'shop.v1.Orders' })).toEqual({
      result: 'success',
      message: 'service healthy',
    })
    expect(asked).toEqual({
      path: '/grpc.health.v1.Health/Check',
      agent: 'kube-probe/1.35',
      service: 'shop.v1.Orders',
    })
  })

  it.each<[Answer, string]>([
    [{ status: 2 }, 'service unhealthy (responded with "NOT_SERVING")'],
    [{ status: 0 }, 'service unhealthy (responded with "UNKNOWN")'],
    [
      { code: 5, message: 'unknown service' },
      'error: health rpc probe failed: rpc error: code = NotFound desc = unknown service',
    ],
    [
      { code: 12, message: 'unknown%20method' },
      'error: this server does not implement the grpc health protocol (grpc.health.v1.Health): unknown method',
    ],
    [
      { http: 404 },
      'error: this server does not implement the grpc health protocol (grpc.health.v1.Health): unexpected HTTP status code received from server: 404',
    ],
  ])('fails with %j', async (answer, message) => {
    expect(await probe(await health(answer))).toEqual({ result: 'failure', message })
  })

  it('fails where nobody listens, and where nobody speaks HTTP/2', async () => {
    const port = await listen(
      createTcpServer((socket) => {
        socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n'))
      }),
    )
    const message = `timeout: failed to connect service "10.0.0.9:${port}" within 1s: context deadline exceeded`
    expect(await probe(port)).toEqual({ result: 'failure', message })
    const [server] = servers.splice(0)
    await new Promise((resolve) => server?.close(resolve))
    expect(await probe(port)).toEqual({ result: 'failure', message })
  })

  it('gives up a server that does not answer in time', async () => {
    const server = createServer()
    const asked = new Promise<void>((resolve) => server.on('stream', () => resolve()))
    const port = await listen(server)
    const patience = new AbortController()
    const probing = probe(port, { signal: patience.signal })
    await asked
    patience.abort()
    expect(await probing).toEqual({
      result: 'failure',
      message: 'timeout: health rpc did not complete within 1s',
    })
  })
})
