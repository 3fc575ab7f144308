// Owns the proxy for clients that insist on AWS's own host names: it serves those of the services here, with
// certificates of the region's authority, and passes everything else through.
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls'

import { answerHttp } from '../aws/protocol/listen.ts'
import type { AwsRequest, AwsResponse } from '../aws/protocol/message.ts'
import { awsServices } from '../aws/protocol/services.ts'
import { issueServerCertificate, type KeyPair } from '../base/certificate-authority.ts'
import type { Clock } from '../base/clock.ts'
import { outlastHoldUps } from '../base/hold-up.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { listenOnLoopback, LOOPBACK } from './loopback-port.ts'

const HTTPS = 443
const ESTABLISHED = 'HTTP/1.1 200 Connection Established\r\n\r\n'
const REFUSED = 'HTTP/1.1 502 Bad Gateway\r\n\r\n'

export interface AwsNamesOptions {
  readonly authority: KeyPair
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** Where to listen; a free port when it is 0, or taken. */
  readonly port: number
  /** The proxy that this machine reaches others by: `http://user:password@proxy:3128`. */
  readonly upstream: string | undefined
  /** Answers what is sent to a name of AWS. */
  handle(request: AwsRequest): Promise<AwsResponse>
}

export interface AwsNames {
  /** `http://127.0.0.1:4568` */
  readonly url: string
  close(): Promise<void>
}

// A bucket is part of the name (S3 user guide, "Virtual hosting of buckets").
const BUCKET = /^.+\.s3(?:[.-](?:dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com$/

const SERVED: ReadonlySet<string> = new Set(Object.values(awsServices).map(({ signingName }) => signingName))

/**
 * True for names under which AWS serves an API that is here, whatever the region: `sts.amazonaws.com`,
 * `eks.eu-west-1.amazonaws.com`, `eks-auth.eu-west-1.api.aws`, `BUCKET.s3.amazonaws.com`. Source: AWS General Reference, "Service endpoints".
 */
export function isServedName(host: string): boolean {
  const name = host.toLowerCase()
  const match = /^([a-z0-9-]+)(?:\.[a-z]{2}(?:-[a-z]+)+-\d)?\.(?:amazonaws\.com|api\.aws)$/.exec(name)
  return SERVED.has(match?.[1] ?? '') || BUCKET.test(name)
}

/** Starts the proxy. */
export async function startAwsNames(options: AwsNamesOptions): Promise<AwsNames> {
  const { log } = options
  // Never listens itself: it parses HTTP on connections that are handed to it.
  const api = createServer((request, response) => {
    answerHttp(request, response, (asked) => options.handle(asked)).catch(() => response.destroy())
  })
  outlastHoldUps(api)
  const names = new Certificates(options)
  const sockets = new Set<Duplex>()
  const proxy = createServer((_, response) => {
    response.writeHead(405, { 'content-type': 'text/plain' }).end('This proxy takes CONNECT alone.\n')
  })
  proxy.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    const target = targetOf(request.url ?? '')
    if (!target) return void socket.end(REFUSED)
    socket.unshift(head)
    if (target.port !== HTTPS || !isServedName(target.host)) return pass(socket, target, options)
    names.of(target.host).then(
      (secureContext) => {
        socket.write(ESTABLISHED)
        const secure = new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: ['http/1.1'] })
        secure.on('error', () => secure.destroy())
        api.emit('connection', secure)
      },
      (error: unknown) => {
        log.error('no certificate for a name of AWS', { host: target.host, error })
        socket.end(REFUSED)
      },
    )
  })
  const port = (await listenOnLoopback(proxy, options.port)) ?? (await listenOnLoopback(proxy, 0)) ?? 0
  return {
    url: `http://${LOOPBACK}:${port}`,
    close: async () => {
      const closed = once(proxy, 'close')
      proxy.close()
      proxy.closeAllConnections()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

interface Target {
  readonly host: string
  readonly port: number
}

function targetOf(text: string): Target | undefined {
  const [, host, port] = /^\[?([^\]]+?)\]?:(\d+)$/.exec(text) ?? []
  return host === undefined ? undefined : { host, port: Number(port) }
}

/** One certificate a name, made when it is first asked for. */
class Certificates {
  readonly #options: AwsNamesOptions
  readonly #contexts = new Map<string, Promise<SecureContext>>()

  constructor(options: AwsNamesOptions) {
    this.#options = options
  }

  of(host: string): Promise<SecureContext> {
    const known = this.#contexts.get(host)
    if (known) return known
    const { authority } = this.#options
    const made = issueServerCertificate(authority, [host], this.#options).then(({ cert, key }) =>
      createSecureContext({ key, cert: `${cert}\n${authority.cert}` }),
    )
    this.#contexts.set(host, made)
    return made
  }
}

function pass(socket: Duplex, target: Target, { upstream, log }: AwsNamesOptions): void {
  const { host, port } = target
  if (/\.(?:amazonaws\.com|api\.aws)$/i.test(host)) {
    log.warn('passed to AWS: no service here has this name', { host })
  }
  const through = upstream === undefined ? undefined : new URL(upstream)
  const far: Socket = through ? connect(Number(through.port || 80), through.hostname) : connect(port, host)
  far.on('error', () => socket.destroy())
  far.on('close', () => socket.destroy())
  socket.on('close', () => far.destroy())
  far.once('connect', () => {
    // Another proxy answers for itself, and its answer is passed on.
    if (through) far.write(connectLine(target, through))
    else socket.write(ESTABLISHED)
    socket.pipe(far).pipe(socket)
  })
}

function connectLine({ host, port }: Target, { username, password }: URL): string {
  const authority = `${host}:${port}`
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  const authorization =
    username === '' ? '' : `Proxy-Authorization: Basic ${Buffer.from(credentials).toString('base64')}\r\n`
  return `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${authorization}\r\n`
}
