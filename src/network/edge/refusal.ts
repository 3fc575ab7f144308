// Owns the answer to a connection that is for no load balancer.
import type { Socket } from 'node:net'

import { reset } from '../relay.ts'
import type { Destination } from './destination.ts'

/** Answers HTTP clients with 404 and the names that would work; resets all others. */
export function unknownHost(socket: Socket, destination: Destination, known: readonly string[]): void {
  if (destination.kind !== 'http') return reset(socket)
  const names = known.length === 0 ? ['There are no load balancers.'] : ['Load balancers here:', ...known]
  const body = [`No load balancer is named ${destination.host}.`, ...names, ''].join('\n')
  const head = [
    'HTTP/1.1 404 Not Found',
    'content-type: text/plain; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'server: neargate-edge',
    'connection: close',
  ]
  // What the client still sends is read and dropped, or closing would reset the answer away.
  socket.resume()
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
