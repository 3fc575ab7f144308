// Owns reading the certificates that a client has shown in its handshake.
import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'

/** Its own certificate first, then the others in the order in which they sign; none when it has shown none. */
export function chainOf(socket: Pick<TLSSocket, 'getPeerX509Certificate'>): readonly X509Certificate[] {
  const chain: X509Certificate[] = []
  for (let next = socket.getPeerX509Certificate(); next; next = next.issuerCertificate) {
    // A root is its own issuer.
    if (chain.some(({ fingerprint256 }) => fingerprint256 === next?.fingerprint256)) break
    chain.push(next)
  }
  return chain
}
