// Owns the HTTPS calls that the API server makes itself: to webhooks and extension servers, by URL or through a Service.
// Source: apiserver pkg/util/webhook/client.go, kube-aggregator pkg/apiserver/handler_proxy.go.
import { Agent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import { connect, isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls, createSecureContext, type TLSSocket } from 'node:tls'

import type { Clock } from '../../../base/clock.ts'
import { hostPort } from '../../../base/host-port.ts'
import { messageOf } from '../../../base/errors.ts'
import type { Ids } from '../../../base/ids.ts'
import type { Storage } from '../../registry/storage.ts'
import type { ClusterNetwork } from '../ports.ts'
import { certificateWords, dialWords, OutboundError, streamWords } from './go-words.ts'
import { resolveEndpoint, type EndpointAddress, type ServiceReference } from './resolve-endpoint.ts'

/** Who is called, and how it is known. */
export interface OutboundTarget {
  /** `example.com`, `10.0.0.1:8443` or `[::1]:8443`: what is dialled, where there is no Service. */
  readonly host: string
  /** Whose endpoints are dialled. */
  readonly service?: ServiceReference
  /** Dialled in the cluster's network, for those who have found it themselves. */
  readonly endpoint?: EndpointAddress
  /** Authorities to trust, PEMs in base64; those of the system when there are none. */
  readonly caBundle?: string | undefined
  /** Name that the certificate must have; the host without its port when there is none. */
  readonly serverName?: string
  readonly insecureSkipTlsVerify?: boolean
  /** PEMs by which the API server shows who it is. */
  readonly certificate?: { readonly key: string; readonly cert: string }
}

export interface OutboundRequest {
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body?: Uint8Array | string | undefined
  readonly signal: AbortSignal
}

export interface OutboundParts {
  readonly storage: Storage
  readonly network: ClusterNetwork
  readonly clock: Clock
  readonly ids: Ids
}

/** client.go defaultCacheSize */
const MAXIMUM_TARGETS = 200
/** net/http DefaultTransport.IdleConnTimeout */
const IDLE_MS = 90_000

/** Makes calls, and keeps connections to make the next ones by. */
export class Outbound {
  readonly #parts: OutboundParts
  readonly #agents = new Map<string, ConnectionAgent>()

  constructor(parts: OutboundParts) {
    this.#parts = parts
  }

  /**
   * Sends a request.
   * @returns the answer, whatever its status, as soon as its head is there; the caller reads or destroys it.
   * @throws OutboundError with Go's words, or the signal's reason.
   */
  async send(target: OutboundTarget, request: OutboundRequest): Promise<IncomingMessage> {
    const agent = this.#agentFor(target)
    try {
      return await once(agent, target.host, request)
    } catch (error) {
      request.signal.throwIfAborted()
      // A kept connection that the other side had closed meanwhile says nothing of the server.
      if (error instanceof StaleConnection) return await once(agent, target.host, request)
      throw error
    }
  }

  /** A ready endpoint of a Service. @throws OutboundError */
  resolve(service: ServiceReference): EndpointAddress {
    const { storage, ids } = this.#parts
    return resolveEndpoint(storage, service, (n) => ids.below(n))
  }

  /** Opens a connection of its own, for what leaves HTTP. @throws OutboundError */
  open(target: OutboundTarget, signal: AbortSignal): Promise<Duplex> {
    return openTls(this.#parts, target, signal)
  }

  /** Ends kept connections; calls that are under way end by their signals. */
  close(): void {
    for (const agent of this.#agents.values()) agent.destroy()
    this.#agents.clear()
  }

  #agentFor(target: OutboundTarget): ConnectionAgent {
    const key = JSON.stringify(target)
    const known = this.#agents.get(key)
    if (known) {
      // The least recently used one is the first.
      this.#agents.delete(key)
      this.#agents.set(key, known)
      return known
    }
    const agent = new ConnectionAgent((signal) => openTls(this.#parts, target, signal))
    this.#agents.set(key, agent)
    const [oldest] = this.#agents
    if (this.#agents.size > MAXIMUM_TARGETS && oldest) {
      this.#agents.delete(oldest[0])
      oldest[1].destroy()
    }
    return agent
  }
}

type OnConnection = (error: Error | null, stream: Duplex) => void

/** The connections to one target; the way to it is found anew for each. */
class ConnectionAgent extends Agent {
  readonly #open: (signal: AbortSignal) => Promise<Duplex>
  readonly #ended = new AbortController()

  constructor(open: (signal: AbortSignal) => Promise<Duplex>) {
    super({ keepAlive: true, timeout: IDLE_MS })
    this.#open = open
  }

  override createConnection(_options: unknown, callback?: OnConnection): undefined {
    void this.#connect(callback)
  }

  async #connect(callback?: OnConnection): Promise<void> {
    let stream: Duplex
    try {
      stream = await this.#open(this.#ended.signal)
    } catch (error) {
      // Node's types know no failure without a stream.
      callback?.(error as Error, undefined as unknown as Duplex)
      return
    }
    callback?.(null, stream)
  }

  override destroy(): void {
    this.#ended.abort()
    super.destroy()
  }
}

class StaleConnection extends OutboundError {}

function once(
  agent: Agent,
  host: string,
  { method, path, headers, body, signal }: OutboundRequest,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing: ClientRequest = httpRequest({
      agent,
      method,
      path,
      // Node writes lists as they are and does not change them.
      headers: { ...(headers as Record<string, string | string[]>), host },
      signal,
    })
    outgoing.on('response', resolve)
    outgoing.on('error', (error) => {
      if (signal.aborted) return reject(signal.reason as Error)
      if (error instanceof OutboundError) return reject(error)
      const words = streamWords(error)
      reject(outgoing.reusedSocket ? new StaleConnection(words) : new OutboundError(words))
    })
    outgoing.end(body)
  })
}

async function openTls(parts: OutboundParts, target: OutboundTarget, signal: AbortSignal): Promise<Duplex> {
  const secureContext = contextOf(target)
  const stream = await dial(parts, target, signal)
  const host = target.serverName ?? splitHost(target.host).name
  return new Promise((resolve, reject) => {
    const secure: TLSSocket = connectTls({
      socket: stream,
      secureContext,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ALPNProtocols: ['http/1.1'],
      // Both are looked at below, in the order in which Go looks; Node would compare an address with `localhost`.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    })
    const fail = (words: string): void => {
      secure.destroy()
      stream.destroy()
      reject(new OutboundError(words))
    }
    const onError = (error: unknown): void => fail(streamWords(error))
    secure.once('error', onError)
    secure.once('secureConnect', () => {
      secure.off('error', onError)
      // Node's code of what is wrong with the chain, whatever its type says.
      const chain = secure.authorized ? undefined : String(secure.authorizationError)
      const words = target.insecureSkipTlsVerify
        ? undefined
        : certificateWords(secure.getPeerCertificate(), { host, chain, nowMs: parts.clock.now() })
      if (words === undefined) resolve(secure)
      else fail(words)
    })
  })
}

// client-go transport/transport.go, rootCertPool
function contextOf({ caBundle, certificate }: OutboundTarget): ReturnType<typeof createSecureContext> {
  const ca = caBundle ? Buffer.from(caBundle, 'base64').toString() : undefined
  if (ca !== undefined && !ca.includes('-----BEGIN CERTIFICATE-----')) {
    throw new OutboundError('unable to load root certificates: unable to parse bytes as PEM block')
  }
  try {
    return createSecureContext({ minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }), ...certificate })
  } catch (error) {
    throw new OutboundError(`unable to load root certificates: ${messageOf(error)}`)
  }
}

async function dial(
  { storage, network, ids }: OutboundParts,
  target: OutboundTarget,
  signal: AbortSignal,
): Promise<Duplex> {
  const endpoint =
    target.endpoint ?? (target.service && resolveEndpoint(storage, target.service, (n) => ids.below(n)))
  if (endpoint) {
    const { ip, port } = endpoint
    try {
      return await network.dial(ip, port)
    } catch (error) {
      throw new OutboundError(dialWords(error, hostPort(ip, port)))
    }
  }
  const { name, port } = splitHost(target.host)
  return new Promise((resolve, reject) => {
    const socket = connect({ host: name, port, signal, noDelay: true })
    const onError = (error: unknown): void => reject(new OutboundError(dialWords(error, `${name}:${port}`)))
    socket.once('error', onError)
    socket.once('connect', () => {
      socket.off('error', onError)
      resolve(socket)
    })
  })
}

// IPv6 addresses stand in brackets before a port.
function splitHost(host: string): { readonly name: string; readonly port: number } {
  const [, bracketed, plain = '', port] = /^(?:\[(.*)\]|([^:]*))(?::(\d+))?$/.exec(host) ?? []
  return { name: bracketed ?? plain, port: Number(port ?? 443) }
}
