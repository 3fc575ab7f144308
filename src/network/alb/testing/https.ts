// Owns what tests of HTTPS listeners need: certificates of one authority, and clients that speak TLS and HTTP/2.
import { request } from 'node:https'
import { connect as connectHttp2, type ClientHttp2Session, type OutgoingHttpHeaders } from 'node:http2'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'

import { onTestFinished } from 'vitest'

import { createAuthority, issueServerCertificate, type KeyPair } from '../../../base/certificate-authority.ts'
import { systemClock } from '../../../base/clock.ts'
import { randomIds } from '../../../base/ids.ts'
import type { TlsCertificate } from '../../tls/terminate.ts'
import type { ApplicationListener } from '../plan.ts'
import type { AlbStage } from './alb-stage.ts'

const sources = { clock: systemClock, ids: randomIds }

/** An authority, and the certificates that it has issued. */
export class TestAuthority {
  readonly #keys: KeyPair

  private constructor(keys: KeyPair) {
    this.#keys = keys
  }

  static async create(): Promise<TestAuthority> {
    return new TestAuthority(await createAuthority('test', sources))
  }

  get certificate(): string {
    return this.#keys.cert
  }

  async issue(...names: [string, ...string[]]): Promise<TlsCertificate> {
    const { cert, key } = await issueServerCertificate(this.#keys, names, sources)
    return { certificateChainPem: `${cert}\n${this.#keys.cert}`, privateKeyPem: key, names }
  }
}

/** An HTTPS listener of these certificates, the default one first. */
export function httpsListener(...certificates: TlsCertificate[]): Partial<ApplicationListener> {
  return { port: 443, protocol: 'HTTPS', certificates }
}

/** A client of the stage's load balancer. @throws what the handshake ends with */
export async function tlsClient(stage: AlbStage, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port: stage.port, rejectUnauthorized: false, ...options })
  onTestFinished(() => void socket.destroy())
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve)
    socket.once('error', reject)
  })
  return socket
}

/** Asks by HTTPS and HTTP/1.1. @returns status and body */
export async function askHttps(
  stage: AlbStage,
  path: string,
  host: string,
): Promise<{ readonly status: number; readonly body: string }> {
  const createConnection = await tlsClient(stage, { servername: host })
  return await new Promise((resolve, reject) => {
    const asking = request(
      { path, headers: { host }, createConnection: () => createConnection },
      (answer) => {
        let body = ''
        answer.on('data', (chunk: Buffer) => (body += chunk.toString()))
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }))
      },
    )
    asking.on('error', reject)
    asking.end()
  })
}

/** An HTTP/2 connection to the stage's load balancer. */
export async function http2Client(
  stage: AlbStage,
  servername: string,
  options: ConnectionOptions = {},
): Promise<ClientHttp2Session> {
  const socket = await tlsClient(stage, { servername, ALPNProtocols: ['h2'], ...options })
  const session = connectHttp2(`https://${servername}`, { createConnection: () => socket })
  session.on('error', () => undefined)
  onTestFinished(() => session.destroy())
  return session
}

/** An answer over HTTP/2, read to its end. */
export interface Http2Read {
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
  readonly trailers: Readonly<Record<string, unknown>>
}

/** Sends a request on an HTTP/2 connection, and behind its body what is to come there. */
export async function askHttp2(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  { body, trailers }: { readonly body?: string; readonly trailers?: OutgoingHttpHeaders } = {},
): Promise<Http2Read> {
  const stream = session.request(headers, {
    endStream: body === undefined,
    waitForTrailers: trailers !== undefined,
  })
  if (trailers) stream.once('wantTrailers', () => stream.sendTrailers(trailers))
  if (body !== undefined) stream.end(body)
  return await new Promise((resolve, reject) => {
    let read: Http2Read = { status: undefined, headers: {}, body: '', trailers: {} }
    stream.on('response', (given) => (read = { ...read, status: given[':status'], headers: given }))
    stream.on('trailers', (given) => (read = { ...read, trailers: given }))
    stream.on('data', (chunk: Buffer) => (read = { ...read, body: read.body + chunk.toString() }))
    stream.on('error', reject)
    stream.on('close', () => resolve(read))
  })
}
