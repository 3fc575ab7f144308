// Owns what a connection log of an Application Load Balancer tells of one connection.
import type { TrustFailure } from '../tls/client-trust.ts'

/** What was not reached, or does not belong to the listener's protocol, is absent. */
export interface ConnectionEntry {
  /** When the connection was there, or had failed. */
  readonly atMs: number
  readonly clientIp: string
  readonly clientPort: number
  readonly listenerPort: number
  readonly tls?: { readonly version: string; readonly cipher: string }
  /** Of a handshake that came to a good end. */
  readonly handshakeMs?: number
  /** The client's own certificate, where it was asked for one. */
  readonly certificate?: {
    readonly subject: string
    readonly validity: string
    readonly serialNumber: string
  }
  /** Of HTTPS listeners; `Success` or why not. */
  readonly status?: 'Success' | TrustFailure | 'UnmappedConnectionError'
  readonly connectionId: string
}

/** Takes the entry of a connection once it is there, or has failed. */
export type ConnectionLog = (entry: ConnectionEntry) => void
