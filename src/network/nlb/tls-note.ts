// Owns what is noted down of a connection to a TLS listener of a Network Load Balancer, for its access log.
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'

/** What an access log tells of one connection; absent where TLS was not agreed on. */
export interface TlsEntry {
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
}

/** One connection. */
export class TlsNote {
  readonly #now: () => number
  readonly #place: Omit<TlsEntry, 'endMs' | 'receivedBytes' | 'sentBytes'>
  #secured: Partial<TlsEntry> = {}
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

  /** Counts what goes through; from where both ends are joined. */
  count(client: Duplex, target: Duplex): void {
    client.on('data', (chunk: Buffer) => (this.#receivedBytes += chunk.length))
    target.on('data', (chunk: Buffer) => (this.#sentBytes += chunk.length))
  }

  entry(): TlsEntry {
    return {
      ...this.#place,
      ...this.#secured,
      endMs: this.#now(),
      receivedBytes: this.#receivedBytes,
      sentBytes: this.#sentBytes,
    }
  }
}
