// Owns what is noted down of a connection for a connection log, and the id by which access logs name it.
import { createHash, type X509Certificate } from 'node:crypto'

import { subjectOf, validityOf } from './client-certificate-headers.ts'
import type { ConnectionEntry, ConnectionLog } from './connection-entry.ts'

/** The client of a connection. */
export interface Client {
  readonly ip: string
  readonly port: number
}

/** "This ID acts as a foreign key to create a link between the connection and access logs." */
export function connectionIdOf(listenerArn: string, { ip, port }: Client): string {
  return `TID_${createHash('md5').update(`${listenerArn} ${ip}:${port}`).digest('hex')}`
}

/** What became of TLS on a connection. */
export interface Handshake {
  readonly tls?: ConnectionEntry['tls']
  readonly chain?: readonly X509Certificate[]
  readonly status: NonNullable<ConnectionEntry['status']>
}

/** One connection of which is told once. */
export class ConnectionNote {
  readonly #log: ConnectionLog
  readonly #listener: { readonly arn: string; readonly port: number }
  readonly #client: Client
  readonly #now: () => number
  readonly #beganMs: number
  #isTold = false

  constructor(
    log: ConnectionLog,
    about: {
      readonly listener: { readonly arn: string; readonly port: number }
      readonly client: Client
      now(): number
    },
  ) {
    this.#log = log
    this.#listener = about.listener
    this.#client = about.client
    this.#now = () => about.now()
    this.#beganMs = about.now()
  }

  /** @param handshake absent without TLS */
  tell(handshake?: Handshake): void {
    if (this.#isTold) return
    this.#isTold = true
    const atMs = this.#now()
    const [own] = handshake?.chain ?? []
    this.#log({
      atMs,
      clientIp: this.#client.ip,
      clientPort: this.#client.port,
      listenerPort: this.#listener.port,
      ...(handshake?.tls && { tls: handshake.tls }),
      ...(handshake?.status === 'Success' && { handshakeMs: atMs - this.#beganMs }),
      ...(own && {
        certificate: {
          subject: subjectOf(own),
          validity: validityOf(own),
          serialNumber: own.serialNumber,
        },
      }),
      ...(handshake && { status: handshake.status }),
      connectionId: connectionIdOf(this.#listener.arn, this.#client),
    })
  }
}
