// Owns the making of certificate authorities and of the certificates that they give to servers; the caller keeps them.
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { isIP } from 'node:net'

import * as x509 from '@peculiar/x509'

import { wallTime, type Clock } from './clock.ts'
import type { Ids } from './ids.ts'

/** A certificate and the key that signs for it, as PEM (the key PKCS #8). */
export interface KeyPair {
  readonly cert: string
  readonly key: string
}

interface Sources {
  readonly clock: Clock
  readonly ids: Ids
}

/** The key of a certificate: on a curve, or RSA with so many bits. */
export type KeyKind =
  | { readonly name: 'ECDSA'; readonly namedCurve: 'P-256' | 'P-384' }
  | { readonly name: 'RSASSA-PKCS1-v1_5'; readonly modulusLength: number }

export interface ServerCertificateOptions extends Sources {
  /** How long it is good for; 800 when absent. */
  readonly days?: number
  /** On the curve P-256 when absent. */
  readonly key?: KeyKind
}

const RSA_EXPONENT = new Uint8Array([1, 0, 1])

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const DAY_MS = 24 * 3600 * 1000
const AUTHORITY_DAYS = 3650
// Some clients take no certificate of a server that lasts longer than 825 days.
const SERVER_DAYS = 800
// Clocks of clients may be behind.
const BACKDATE_MS = 5 * 60_000

/** A new authority that signs itself. `name` is its common name. */
export async function createAuthority(name: string, { clock, ids }: Sources): Promise<KeyPair> {
  const keys = await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(clock, AUTHORITY_DAYS),
    serialNumber: serial(ids),
    name: `CN=${name}`,
    keys,
    signingAlgorithm: EC,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { cert: certificate.toString('pem'), key: await toPem(keys.privateKey) }
}

/** A certificate for a server that is reached by these DNS names and IP addresses; the first is its common name. */
export async function issueServerCertificate(
  authority: KeyPair,
  names: readonly [string, ...string[]],
  { clock, ids, days = SERVER_DAYS, key = EC }: ServerCertificateOptions,
): Promise<KeyPair> {
  const issuer = new x509.X509Certificate(authority.cert)
  const signingKey = await webcrypto.subtle.importKey(
    'pkcs8',
    x509.PemConverter.decodeFirst(authority.key),
    EC,
    false,
    ['sign'],
  )
  const keys = await newKeys(key)
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity(clock, days),
    serialNumber: serial(ids),
    subject: `CN=${names[0]}`,
    issuer: issuer.subjectName,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: EC,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(usagesOf(key), true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) ? 'ip' : 'dns', value }) as const),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  })
  return { cert: certificate.toString('pem'), key: await toPem(keys.privateKey) }
}

function newKeys(key: KeyKind): Promise<webcrypto.CryptoKeyPair> {
  const algorithm = key.name === 'ECDSA' ? key : { ...key, publicExponent: RSA_EXPONENT, hash: 'SHA-256' }
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}

// TLS 1.2 may hand the secret over under an RSA key.
function usagesOf({ name }: KeyKind): number {
  const { digitalSignature, keyEncipherment } = x509.KeyUsageFlags
  return name === 'ECDSA' ? digitalSignature : digitalSignature | keyEncipherment
}

function validity(clock: Clock, days: number): { readonly notBefore: Date; readonly notAfter: Date } {
  // Others judge it by their own clocks.
  const now = wallTime(clock)
  return { notBefore: new Date(now - BACKDATE_MS), notAfter: new Date(now + days * DAY_MS) }
}

function serial(ids: Ids): string {
  // Positive: the first bit of the first byte is clear.
  return `1${ids.hex(15)}`
}

async function toPem(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')
}
