// Owns reading the certificates that a client has shown in its handshake.
import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'

const CHAIN = Symbol('chain')

type Peer = Pick<TLSSocket, 'getPeerX509Certificate'> & { [CHAIN]?: readonly X509Certificate[] }

/**
 * Its own certificate first, then the others in the order in which they sign; none when it has shown none. Kept at the
 * socket, which a session of HTTP/2 gives out by a proxy: what is read a second time lacks the others.
 */
export function chainOf(socket: Peer): readonly X509Certificate[] {
  return (socket[CHAIN] ??= read(socket))
}

function read(socket: Peer): readonly X509Certificate[] {
  const chain: X509Certificate[] = []
  for (let next = socket.getPeerX509Certificate(); next; next = next.issuerCertificate) {
    // A root is its own issuer.
    if (chain.some(({ fingerprint256 }) => fingerprint256 === next?.fingerprint256)) break
    chain.push(next)
  }
  return chain
}
