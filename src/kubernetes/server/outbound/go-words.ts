// Owns the words in which Go's net, crypto/tls and crypto/x509 say what went wrong with a connection: messages of the
// API server quote them. Source: go/src/net/error_posix.go, crypto/tls/alert.go, crypto/x509/verify.go.
import { getServers } from 'node:dns'
import { isIP } from 'node:net'
import type { PeerCertificate } from 'node:tls'

/** A call that failed before there was an answer; the message has Go's words. */
export class OutboundError extends Error {
  override readonly name = 'OutboundError'
}

const systemErrors: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'i/o timeout',
}

/** What Go says of a connection to `address` (`10.0.0.1:443`) that could not be made. */
export function dialWords(error: unknown, address: string): string {
  const code = codeOf(error)
  const system = systemErrors[code]
  if (system !== undefined) return `dial tcp ${address}: ${system}`
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    const host = address.slice(0, address.lastIndexOf(':'))
    const [server = '127.0.0.1'] = getServers()
    const why = code === 'ENOTFOUND' ? 'no such host' : 'server misbehaving'
    return `dial tcp: lookup ${host} on ${isIP(server) ? `${server}:53` : server}: ${why}`
  }
  return `dial tcp ${address}: ${Error.isError(error) ? error.message : String(error)}`
}

const tlsErrors: readonly (readonly [RegExp, string])[] = [
  [/WRONG_VERSION_NUMBER|HTTP_REQUEST/, 'http: server gave HTTP response to HTTPS client'],
  [
    /PACKET_LENGTH_TOO_LONG|UNEXPECTED_MESSAGE|RECORD/,
    'tls: first record does not look like a TLS handshake',
  ],
  [/ALERT_HANDSHAKE_FAILURE/, 'remote error: tls: handshake failure'],
  [/ALERT_CERTIFICATE_REQUIRED/, 'remote error: tls: certificate required'],
  [/ALERT_BAD_CERTIFICATE/, 'remote error: tls: bad certificate'],
  [/ALERT_UNKNOWN_CA/, 'remote error: tls: unknown certificate authority'],
  [/ALERT_PROTOCOL_VERSION/, 'remote error: tls: protocol version not supported'],
  [/ALERT_INTERNAL_ERROR/, 'remote error: tls: internal error'],
  [/UNRECOGNIZED_NAME/, 'remote error: tls: unrecognized name'],
]

/** What Go says of a connection that stood and then failed, in its handshake or later. */
export function streamWords(error: unknown): string {
  const message = Error.isError(error) ? error.message : String(error)
  const known = tlsErrors.find(([pattern]) =>
    pattern.test(`${codeOf(error)} ${message}`.replaceAll(' ', '_').toUpperCase()),
  )
  if (known) return known[1]
  if (codeOf(error) === 'EPIPE') return 'write: broken pipe'
  // Node has one code for a reset and for an end before the answer.
  return codeOf(error) === 'ECONNRESET' ? 'EOF' : message
}

/** Why a certificate is not good for a host, in Go's words; undefined when it is. `chain` is Node's code for the chain. */
export function certificateWords(
  certificate: PeerCertificate,
  {
    host,
    chain,
    nowMs,
  }: { readonly host: string; readonly chain: string | undefined; readonly nowMs: number },
): string | undefined {
  const problem = expiry(certificate, nowMs) ?? wrongHost(certificate, host) ?? unknownAuthority(chain)
  return problem === undefined ? undefined : `tls: failed to verify certificate: x509: ${problem}`
}

function expiry({ valid_from: from, valid_to: to }: PeerCertificate, nowMs: number): string | undefined {
  const text = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`
  const head = `certificate has expired or is not yet valid: current time ${text(nowMs)} is`
  if (nowMs > Date.parse(to)) return `${head} after ${text(Date.parse(to))}`
  return nowMs < Date.parse(from) ? `${head} before ${text(Date.parse(from))}` : undefined
}

function wrongHost({ subject, subjectaltname = '' }: PeerCertificate, host: string): string | undefined {
  const names = subjectaltname.split(', ').filter((name) => name !== '')
  const of = (prefix: string): string[] =>
    names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length))
  const addresses = of('IP Address:')
  if (isIP(host) !== 0) {
    if (addresses.includes(host)) return undefined
    if (addresses.length === 0) {
      return `cannot validate certificate for ${host} because it doesn't contain any IP SANs`
    }
    return `certificate is valid for ${addresses.join(', ')}, not ${host}`
  }
  const hosts = of('DNS:')
  if (hosts.some((pattern) => matchesHost(pattern, host))) return undefined
  if (hosts.length > 0) return `certificate is valid for ${hosts.join(', ')}, not ${host}`
  if (names.length === 0 && subject?.CN && matchesHost(String(subject.CN), host)) {
    return 'certificate relies on legacy Common Name field, use SANs instead'
  }
  return `certificate is not valid for any names, but wanted to match ${host}`
}

// A wildcard stands for one whole label, the first.
function matchesHost(pattern: string, host: string): boolean {
  const [wanted, given] = [pattern.toLowerCase(), host.toLowerCase()]
  if (!wanted.startsWith('*.')) return wanted === given
  const dot = given.indexOf('.')
  return dot > 0 && given.slice(dot) === wanted.slice(1)
}

// Dates have been looked at before.
function unknownAuthority(chain: string | undefined): string | undefined {
  const isGood = chain === undefined || chain === 'CERT_HAS_EXPIRED' || chain === 'CERT_NOT_YET_VALID'
  return isGood ? undefined : 'certificate signed by unknown authority'
}

function codeOf(error: unknown): string {
  return Error.isError(error) && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
