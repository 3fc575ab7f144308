// Owns the making of a cluster's certificates and keys; the caller keeps them.
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { isIP } from 'node:net'

import * as x509 from '@peculiar/x509'

import type { Clock } from '../../base/clock.ts'
import type { Ids } from '../../base/ids.ts'
import { createFrontProxy, type FrontProxy } from './aggregation/front-proxy.ts'
import type { ServiceAccountKeys } from './service-account-tokens.ts'

export interface ClusterCertificates {
  /** PEM of the certificate authority. */
  readonly ca: string
  /** PEM of the authority's key, PKCS #8: it signs what certificate signing requests ask for. */
  readonly caKey: string
  /** PEM of the key that serves, PKCS #8. */
  readonly key: string
  /** PEM of the certificate that serves, signed by `ca`. */
  readonly cert: string
  readonly serviceAccountKeys: ServiceAccountKeys
  /** By which extension servers know the API server. */
  readonly frontProxy: FrontProxy
}

const YEAR_MS = 365 * 24 * 3600 * 1000
const LIFETIME_YEARS = 10
const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
} as const

/**
 * A certificate authority, a serving certificate for the names clients use, and the key of service account
 * tokens. `names` adds DNS names and IP addresses to 127.0.0.1, localhost and kubernetes.default.svc.
 */
export async function createClusterCertificates(options: {
  readonly clock: Clock
  readonly ids: Ids
  readonly names?: readonly string[]
}): Promise<ClusterCertificates> {
  const { clock, ids, names = [] } = options
  const notBefore = new Date(clock.now() - 5 * 60_000)
  const validity = { notBefore, notAfter: new Date(clock.now() + LIFETIME_YEARS * YEAR_MS) }
  // RSA keys take longest: start them first.
  const accountKeys = createServiceAccountKeys()
  const caKeys = await generateEc()
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    serialNumber: serial(ids),
    name: 'CN=kubernetes',
    keys: caKeys,
    signingAlgorithm: EC,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.digitalSignature |
          x509.KeyUsageFlags.keyEncipherment |
          x509.KeyUsageFlags.keyCertSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  })
  const keys = await generateEc()
  const cert = await x509.X509CertificateGenerator.create({
    ...validity,
    serialNumber: serial(ids),
    subject: 'CN=kube-apiserver',
    issuer: ca.subject,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    signingAlgorithm: EC,
    extensions: servingExtensions(names),
  })
  return {
    ca: ca.toString('pem'),
    caKey: await toPem(caKeys.privateKey),
    cert: cert.toString('pem'),
    key: await toPem(keys.privateKey),
    serviceAccountKeys: await accountKeys,
    frontProxy: await createFrontProxy({ clock, ids }),
  }
}

function servingExtensions(names: readonly string[]): x509.Extension[] {
  const all = [
    '127.0.0.1',
    'localhost',
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
    ...names,
  ]
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(
      x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment,
      true,
    ),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.SubjectAlternativeNameExtension(
      all.map((value) => ({ type: isIP(value) ? 'ip' : 'dns', value }) as const),
    ),
  ]
}

function serial(ids: Ids): string {
  // Positive: the first bit of the first byte is clear.
  return `1${ids.hex(15)}`
}

function generateEc(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(EC, true, ['sign', 'verify'])
}

/** A key pair for service account tokens. */
export async function createServiceAccountKeys(): Promise<ServiceAccountKeys> {
  const { privateKey, publicKey } = await webcrypto.subtle.generateKey(RSA, true, ['sign', 'verify'])
  const exported = await webcrypto.subtle.exportKey('spki', publicKey)
  return {
    privateKey: await toPem(privateKey),
    publicKey: x509.PemConverter.encode(exported, 'PUBLIC KEY'),
  }
}

async function toPem(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')
}
