// Owns the headers by which targets are told the certificate of a client.
// Source: ALB user guide, "HTTP headers and mutual TLS".
import type { X509Certificate } from 'node:crypto'

import type { ClientCertificates } from '../tls/client-trust.ts'
import type { Header } from './headers.ts'

const NAME = 'X-Amzn-Mtls-Clientcert'

/** By mode: the whole chain, or what there is to know of the client's own certificate. None for a client without one. */
export function clientCertificateHeaders(
  mode: ClientCertificates['mode'],
  chain: readonly X509Certificate[],
): Header[] {
  const [own] = chain
  if (!own) return []
  if (mode === 'passthrough') return [[NAME, encode(chain.map(String).join(''))]]
  return [
    [`${NAME}-Serial-Number`, own.serialNumber],
    [`${NAME}-Issuer`, nameOf(own.issuer)],
    [`${NAME}-Subject`, subjectOf(own)],
    [`${NAME}-Validity`, validityOf(own)],
    [`${NAME}-Leaf`, encode(String(own))],
  ]
}

/** Whom a certificate is for, as RFC 2253 writes it. */
export function subjectOf({ subject }: X509Certificate): string {
  return nameOf(subject)
}

/** From when until when a certificate is good. */
export function validityOf({ validFrom, validTo }: X509Certificate): string {
  return `NotBefore=${isoOf(validFrom)};NotAfter=${isoOf(validTo)}`
}

// "URL-encoded PEM format, with +=/ as safe characters".
function encode(pem: string): string {
  return encodeURIComponent(pem).replace(/%2[BF]|%3D/g, decodeURIComponent)
}

// OpenSSL has a line for each part, RFC 2253 the last part first and commas between.
function nameOf(lines: string): string {
  return lines.split('\n').toReversed().join(',')
}

function isoOf(date: string): string {
  return new Date(date).toISOString().replace('.000Z', 'Z')
}
