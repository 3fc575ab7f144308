// Owns what a load balancer shows to its clients: a name, zones and listeners, each with what takes its connections.
import type { Socket } from 'node:net'

/** How a connection came in. */
export interface Entry {
  /** The zone whose address the client connected to; absent where it came by 127.0.0.1. */
  readonly zone?: string
}

/** A datagram as it came in, and the way back to who sent it. */
export interface Datagram {
  readonly bytes: Buffer
  readonly sourceIp: string
  readonly sourcePort: number
  readonly reply: (bytes: Buffer) => void
}

export interface EdgeListener {
  readonly arn: string
  readonly port: number
  /** What clients speak, where the listener decides that; by the port otherwise. */
  readonly scheme?: 'http' | 'https' | 'udp'
  /** Gets a paused connection whose first bytes are still unread; absent where a listener takes no connections. */
  readonly accept?: (socket: Socket, entry: Entry) => void
  /** Gets datagrams; absent where a listener takes none. */
  readonly receive?: (datagram: Datagram, entry: Entry) => void
}

/** A load balancer's front: under which name, in which zones and on which ports it is reached. */
export interface EdgeBalancer {
  readonly arn: string
  readonly dnsName: string
  /** It gets one address in each. */
  readonly zones: readonly string[]
  /** Those whose addresses its name leads to at present; all of them when absent. */
  readonly openZones?: () => readonly string[]
  /** The first one is reached through the shared port when the Host header names no listener's port. */
  readonly listeners: readonly EdgeListener[]
}
