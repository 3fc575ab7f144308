// Owns the ways into SPDY: an upgrade of the connection itself, and a tunnel inside a WebSocket.
// Source: apimachinery pkg/util/httpstream (Handshake) and httpstream/spdy/upgrade.go;
// client-go tools/portforward/tunneling_dialer.go for the tunnel.
import type { Duplex } from 'node:stream'

import { createWebSocketStream, type WebSocket } from 'ws'

import { StatusError } from '../../../base/errors.ts'
import type { ApiRequest } from '../http.ts'

/** In front of the name of a protocol that a client offers to tunnel through a WebSocket. */
export const TUNNEL_PREFIX = 'SPDY/3.1+'

/** True for a request to change the connection to SPDY. */
export function isSpdyRequest({ headers }: ApiRequest): boolean {
  return (headers['upgrade'] ?? '').toLowerCase().includes('spdy/3.1')
}

/**
 * The first protocol that both sides know.
 * @param served in no order: the client's counts
 * @throws StatusError Forbidden when there is none, BadRequest when the client names none.
 */
export function negotiate({ headers }: ApiRequest, served: readonly string[]): string {
  const offered = (headers['x-stream-protocol-version'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  if (offered.length === 0) {
    throw new StatusError('BadRequest', 'unable to upgrade: X-Stream-Protocol-Version is required')
  }
  const chosen = offered.find((name) => served.includes(name))
  if (chosen !== undefined) return chosen
  throw new StatusError(
    'Forbidden',
    `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(' ')}], server accepts [${served.join(' ')}]`,
  )
}

/** Answers the request; what follows on the connection is SPDY. */
export function switchToSpdy(socket: Duplex, head: Buffer, protocol: string): Duplex {
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Connection: Upgrade',
    'Upgrade: SPDY/3.1',
    `X-Stream-Protocol-Version: ${protocol}`,
  ]
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  if (head.length > 0) socket.unshift(head)
  return socket
}

/** The bytes of a tunnel; where its messages begin and end has no meaning. */
export function tunnelOf(socket: WebSocket): Duplex {
  return createWebSocketStream(socket)
}
