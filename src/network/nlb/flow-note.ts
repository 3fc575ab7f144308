// Owns what is noted down of a connection that is carried to a target, for the access log of its load balancer.
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'

/** What an access log tells of one connection; absent what was not reached, and where TLS was not agreed on. */
export interface FlowEntry {
  readonly listenerArn: string
  readonly createdMs: number
  readonly endMs: number
  readonly clientIp: string
  readonly clientPort: number
  readonly destinationIp: string
  readonly destinationPort: number
  readonly handshakeMs?: number
  /** What was inside of TLS. */
  readonly receivedBytes: number
  readonly sentBytes: number
  readonly cipher?: string
  /** `TLSv1.3` */
  readonly version?: string
  readonly serverName?: string
  readonly alpn?: string
  /** `IP:PORT` of the target. */
  readonly target?: string
  /** How long the target took to accept the connection. */
  readonly connectMs?: number
  /** Until the client's first byte went on, from the beginning. */
  readonly requestMs?: number
}

/** One connection. */
export class FlowNote {
  readonly #now: () => number
  readonly #place: Omit<FlowEntry, 'endMs' | 'receivedBytes' | 'sentBytes'>
  #secured: Partial<FlowEntry> = {}
  #reached: Partial<FlowEntry> = {}
  #requestMs: number | undefined
  #receivedBytes = 0
  #sentBytes = 0

  constructor(socket: Socket, listener: { readonly arn: string; readonly port: number }, now: () => number) {
    this.#now = now
    this.#place = {
      listenerArn: listener.arn,
      createdMs: now(),
      clientIp: socket.remoteAddress ?? '',
      clientPort: socket.remotePort ?? 0,
      destinationIp: socket.localAddress ?? '',
      destinationPort: listener.port,
    }
  }

  /** Both have agreed. */
  secured(socket: TLSSocket): void {
    const { alpnProtocol, servername } = socket
    this.#secured = {
      handshakeMs: this.#now() - this.#place.createdMs,
      cipher: socket.getCipher().name,
      version: socket.getProtocol() ?? '',
      // False where the client named none.
      ...(typeof servername === 'string' && { serverName: servername }),
      ...(typeof alpnProtocol === 'string' && { alpn: alpnProtocol }),
    }
  }

  /** A target has accepted the connection. @param sinceMs when it was asked */
  reached({ ip, port }: { readonly ip: string; readonly port: number }, sinceMs: number): void {
    this.#reached = { target: `${ip}:${port}`, connectMs: this.#now() - sinceMs }
  }

  /** Counts what goes through; from where both ends are joined. */
  count(client: Duplex, target: Duplex): void {
    client.on('data', (chunk: Buffer) => {
      this.#requestMs ??= this.#now() - this.#place.createdMs
      this.#receivedBytes += chunk.length
    })
    target.on('data', (chunk: Buffer) => (this.#sentBytes += chunk.length))
  }

  entry(): FlowEntry {
    return {
      ...this.#place,
      ...this.#secured,
      ...this.#reached,
      ...(this.#requestMs !== undefined && { requestMs: this.#requestMs }),
      endMs: this.#now(),
      receivedBytes: this.#receivedBytes,
      sentBytes: this.#sentBytes,
    }
  }
}
