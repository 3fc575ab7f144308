// Owns who a client is by its certificate: common name and organizations of one that the cluster's authority signed.
// Source: apiserver pkg/authentication/request/x509/x509.go.
import { TLSSocket, type PeerCertificate } from 'node:tls'
import type { Duplex } from 'node:stream'

/** What a client's certificate says of it. */
export interface ClientCertificate {
  readonly commonName: string
  readonly organizations: readonly string[]
  /** False for one of another authority, out of its time, or for other purposes than those of a client. */
  readonly isTrusted: boolean
}

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'

// A connection keeps its certificate, and carries many requests.
const known = new WeakMap<Duplex, ClientCertificate | null>()

/** The certificate that the client of a connection has shown; undefined without one. */
export function clientCertificateOf(socket: Duplex): ClientCertificate | undefined {
  const found = known.get(socket)
  if (found !== undefined) return found ?? undefined
  const read = socket instanceof TLSSocket ? readCertificate(socket) : undefined
  known.set(socket, read ?? null)
  return read
}

function readCertificate(socket: TLSSocket): ClientCertificate | undefined {
  // Node answers with an empty object where there is none.
  const certificate: Partial<PeerCertificate> | null = socket.getPeerCertificate()
  if (!certificate?.subject) return undefined
  const { CN: name, O: organizations } = certificate.subject as Readonly<
    Record<string, string | readonly string[] | undefined>
  >
  const isForClients = (certificate.ext_key_usage ?? []).includes(CLIENT_AUTH)
  return {
    commonName: [name ?? ''].flat()[0] ?? '',
    organizations: [organizations ?? []].flat(),
    isTrusted: socket.authorized && isForClients,
  }
}
