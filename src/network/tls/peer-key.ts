// Owns whether the other end of TLS has one of the keys that are trusted.
import type { TLSSocket } from 'node:tls'

/** True once it has shown a certificate of such a public key. @param trusted base64 of DER; absent: any will do */
export function hasTrustedKey(socket: TLSSocket, trusted: readonly string[] | undefined): boolean {
  if (!trusted) return true
  const key = socket.getPeerX509Certificate()?.publicKey.export({ type: 'spki', format: 'der' })
  return key !== undefined && trusted.includes(key.toString('base64'))
}
