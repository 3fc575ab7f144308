// Owns what the fronts make of a client's request, whatever its HTTP version, and how it is answered.
import type { X509Certificate } from 'node:crypto'
import type { Readable, Writable } from 'node:stream'

import type { Header } from './headers.ts'

/** The connection that a request came on. */
export interface Peer {
  readonly ip: string
  readonly port: number
  /** Whose address the client came to; where targets are chosen by that. */
  readonly zone?: string
  /** Of HTTPS listeners. */
  readonly tls?: {
    readonly version: string
    readonly cipher: string
    readonly serverName?: string
    /** What the client has shown, where it was asked: its own certificate first. */
    readonly clientChain?: readonly X509Certificate[]
  }
}

/** A client's request. */
export interface Ask {
  readonly method: string
  /** As it came: path and query, or a whole URL. */
  readonly target: string
  readonly httpVersion: '1.0' | '1.1' | '2.0'
  /** The request line names a version that HTTP/1 does not have. */
  readonly isForeignVersion?: boolean
  readonly host: string | undefined
  readonly headers: readonly Header[]
  readonly body: Readable
  readonly hasBody: boolean
  readonly peer: Peer
  /** Whether the client waits for 100 before it sends its body. */
  readonly expectsContinue: boolean
  /** What came behind the body; complete once it has ended. */
  trailers(): readonly Header[]
}

/** The head of an answer. */
export interface Head {
  readonly status: number
  readonly reason: string
  readonly headers: readonly Header[]
}

/** The way back to the client. */
export interface Reply {
  readonly isStarted: boolean
  /** True once nobody listens any more. */
  readonly isClosed: boolean
  /** What the head says of the connection; undefined where it says nothing. */
  readonly connection: 'keep-alive' | 'close' | undefined
  continue(): void
  /** Sends the head. The stream takes the body; what is `bodiless` ends with the head. */
  start(head: Head, options: { readonly isBodiless: boolean }): Writable
  /** What to send behind the body; before the stream ends. */
  trailers(headers: readonly Header[]): void
  /** Says in the head that the connection ends with this answer; before `start`. */
  closeAfterwards(): void
  /** Cuts the connection, or the stream of it. */
  abort(): void
  onClose(handler: () => void): void
}

/** True for requests of gRPC clients. */
export function isGrpc({ headers, httpVersion }: Pick<Ask, 'headers' | 'httpVersion'>): boolean {
  if (httpVersion !== '2.0') return false
  return headers.some(
    ([name, value]) => name.toLowerCase() === 'content-type' && value.startsWith('application/grpc'),
  )
}
