// Owns signing with a cluster's certificate authority.
// Source: kubernetes pkg/controller/certificates/authority (PermissiveSigningPolicy).
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'

import * as x509 from '@peculiar/x509'

import type { Clock } from '../../base/clock.ts'
import { InternalError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import type { RequestedCertificate } from '../../rules/kubernetes/certificate-requests.ts'
import { parseRequest } from '../resources/certificate-rules.ts'
import type { ClusterCertificates } from './certificates.ts'

// id-ce-subjectAltName
const ALTERNATIVE_NAMES = '2.5.29.17'
const BACKDATE_MS = 5 * 60_000
// What is shorter keeps its end.
const SHORT_MS = 8 * 3600_000
const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

const KEY_USAGES: Readonly<Record<string, x509.KeyUsageFlags>> = {
  signing: x509.KeyUsageFlags.digitalSignature,
  'digital signature': x509.KeyUsageFlags.digitalSignature,
  'content commitment': x509.KeyUsageFlags.nonRepudiation,
  'key encipherment': x509.KeyUsageFlags.keyEncipherment,
  'key agreement': x509.KeyUsageFlags.keyAgreement,
  'data encipherment': x509.KeyUsageFlags.dataEncipherment,
  'cert sign': x509.KeyUsageFlags.keyCertSign,
  'crl sign': x509.KeyUsageFlags.cRLSign,
  'encipher only': x509.KeyUsageFlags.encipherOnly,
  'decipher only': x509.KeyUsageFlags.decipherOnly,
}
const EXTENDED_USAGES: Readonly<Record<string, string>> = {
  any: '2.5.29.37.0',
  'server auth': '1.3.6.1.5.5.7.3.1',
  'client auth': '1.3.6.1.5.5.7.3.2',
  'code signing': '1.3.6.1.5.5.7.3.3',
  'email protection': '1.3.6.1.5.5.7.3.4',
  's/mime': '1.3.6.1.5.5.7.3.4',
  timestamping: '1.3.6.1.5.5.7.3.8',
  'ocsp signing': '1.3.6.1.5.5.7.3.9',
}

/** What is to be signed. */
export interface SigningOrder {
  /** A PKCS #10 request, PEM in base64. */
  readonly request: string
  readonly usages: readonly string[]
  readonly lifetimeMs: number
}

/** Reads requests, and signs them. */
export interface CertificateAuthority {
  /** @returns the certificate, PEM in base64 */
  sign(order: SigningOrder): Promise<string>
  /** What the subject and the subject alternative names of a request say. */
  read(request: string): RequestedCertificate
}

/** The authority of a cluster: subject, key and names are taken over from the request. */
export function createCertificateAuthority(
  certificates: Pick<ClusterCertificates, 'ca' | 'caKey'>,
  { clock, ids }: { readonly clock: Clock; readonly ids: Ids },
): CertificateAuthority {
  const authority = new x509.X509Certificate(certificates.ca)
  return {
    read: (request) => readRequest(parsed(request)),
    async sign({ request, usages, lifetimeMs }) {
      const asked = parsed(request)
      const nowMs = clock.now()
      const endMs = nowMs + lifetimeMs - (lifetimeMs < SHORT_MS ? 0 : BACKDATE_MS)
      const names = asked.extensions.filter(({ type }) => type === ALTERNATIVE_NAMES)
      const certificate = await x509.X509CertificateGenerator.create({
        // Positive: the first bit of the first byte is clear.
        serialNumber: `1${ids.hex(15)}`,
        notBefore: new Date(nowMs - BACKDATE_MS),
        notAfter: new Date(Math.min(endMs, authority.notAfter.getTime())),
        subject: asked.subject,
        issuer: authority.subject,
        publicKey: asked.publicKey,
        signingKey: await importKey(certificates.caKey),
        signingAlgorithm: EC,
        extensions: [...usageExtensions(usages), ...names],
      })
      return Buffer.from(`${certificate.toString('pem')}\n`).toString('base64')
    },
  }
}

function parsed(request: string): x509.Pkcs10CertificateRequest {
  const found = parseRequest(request)
  // The kind refuses what cannot be read.
  if (!found) throw new InternalError('a stored certificate request cannot be read')
  return found
}

function readRequest(request: x509.Pkcs10CertificateRequest): RequestedCertificate {
  const names = request.extensions.flatMap((extension) =>
    extension instanceof x509.SubjectAlternativeNameExtension ? extension.names.items : [],
  )
  const count = (type: x509.GeneralNameType): number => names.filter((name) => name.type === type).length
  return {
    commonName: request.subjectName.getField('CN')[0] ?? '',
    organizations: request.subjectName.getField('O'),
    dnsNames: count('dns'),
    ipAddresses: count('ip'),
    emailAddresses: count('email'),
    uris: count('url'),
  }
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const [der = new ArrayBuffer(0)] = x509.PemConverter.decode(pem)
  return webcrypto.subtle.importKey('pkcs8', der, EC, false, ['sign'])
}

function usageExtensions(usages: readonly string[]): x509.Extension[] {
  const flags = usages.reduce((all, usage) => all | (KEY_USAGES[usage] ?? 0), 0)
  const extended = [...new Set(usages.flatMap((usage) => EXTENDED_USAGES[usage] ?? []))].toSorted()
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    ...(flags === 0 ? [] : [new x509.KeyUsagesExtension(flags, true)]),
    ...(extended.length === 0 ? [] : [new x509.ExtendedKeyUsageExtension(extended)]),
  ]
}
