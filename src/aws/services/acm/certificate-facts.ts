// Owns what a certificate says of itself, in the words of DescribeCertificate.
import 'reflect-metadata'
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'

import * as x509 from '@peculiar/x509'

import { AwsError } from '../../../base/errors.ts'

export interface CertificateFacts {
  /** `RSA-2048`, `EC-prime256v1`: answers have a dash where requests have an underscore. */
  readonly keyAlgorithm: string
  /** `SHA256WITHRSA` */
  readonly signatureAlgorithm: string
  readonly serial: string
  readonly subject: string
  readonly issuer: string
  readonly commonName: string
  readonly names: readonly string[]
  readonly notBefore: Date
  readonly notAfter: Date
  readonly keyUsages: readonly string[]
  readonly extendedKeyUsages: readonly { readonly Name: string; readonly OID: string }[]
}

// RFC 5280 4.2.1.3, bit by bit, as KeyUsageName of the API calls them.
const KEY_USAGES = [
  'DIGITAL_SIGNATURE',
  'NON_REPUDIATION',
  'KEY_ENCIPHERMENT',
  'DATA_ENCIPHERMENT',
  'KEY_AGREEMENT',
  'CERTIFICATE_SIGNING',
  'CRL_SIGNING',
  'ENCIPHER_ONLY',
  'DECIPHER_ONLY',
]

const EXTENDED_KEY_USAGES: Readonly<Record<string, string>> = {
  '1.3.6.1.5.5.7.3.1': 'TLS_WEB_SERVER_AUTHENTICATION',
  '1.3.6.1.5.5.7.3.2': 'TLS_WEB_CLIENT_AUTHENTICATION',
  '1.3.6.1.5.5.7.3.3': 'CODE_SIGNING',
  '1.3.6.1.5.5.7.3.4': 'EMAIL_PROTECTION',
  '1.3.6.1.5.5.7.3.8': 'TIME_STAMPING',
  '1.3.6.1.5.5.7.3.9': 'OCSP_SIGNING',
}

/** Reads one certificate. @throws AwsError ValidationException when it is none */
export function factsOf(pem: string): CertificateFacts {
  const { own, parsed } = parse(pem)
  const alternative = parsed.getExtension(x509.SubjectAlternativeNameExtension)
  const commonName = parsed.subjectName.getField('CN')[0] ?? ''
  const names = alternative?.names.items.filter(({ type }) => type === 'dns').map(({ value }) => value) ?? []
  return {
    keyAlgorithm: keyAlgorithmOf(own.publicKey),
    signatureAlgorithm: signatureOf(parsed),
    serial: (own.serialNumber.toLowerCase().match(/../g) ?? []).join(':'),
    subject: parsed.subject,
    issuer: parsed.issuerName.getField('CN')[0] ?? parsed.issuer,
    commonName,
    names: names.length > 0 ? names : [commonName],
    notBefore: parsed.notBefore,
    notAfter: parsed.notAfter,
    keyUsages: usagesOf(parsed),
    extendedKeyUsages: (parsed.getExtension(x509.ExtendedKeyUsageExtension)?.usages ?? []).map((usage) => ({
      Name: EXTENDED_KEY_USAGES[String(usage)] ?? 'CUSTOM',
      OID: String(usage),
    })),
  }
}

function parse(pem: string): { own: X509Certificate; parsed: x509.X509Certificate } {
  try {
    return { own: new X509Certificate(pem), parsed: new x509.X509Certificate(pem) }
  } catch {
    throw invalid(
      'The certificate field contains more than one certificate, or is not a PEM-encoded certificate.',
    )
  }
}

function signatureOf({ signatureAlgorithm }: x509.X509Certificate): string {
  // The library's type leaves out what every Web Crypto algorithm has.
  const { name, hash } = signatureAlgorithm as { name: string; hash?: { name: string } }
  if (!hash) throw unsupported()
  const signer = name === 'ECDSA' ? 'ECDSA' : 'RSA'
  return `${hash.name.replace('-', '').toUpperCase()}WITH${signer}`
}

function usagesOf(parsed: x509.X509Certificate): string[] {
  const flags = parsed.getExtension(x509.KeyUsagesExtension)?.usages
  if (flags === undefined) return ['ANY']
  return KEY_USAGES.filter((_, bit) => (flags & (1 << bit)) !== 0)
}

function keyAlgorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  if (asymmetricKeyType === 'rsa') return `RSA-${asymmetricKeyDetails?.modulusLength}`
  if (asymmetricKeyType === 'ec') return `EC-${asymmetricKeyDetails?.namedCurve}`
  throw unsupported()
}

// RSA and curves of NIST are what ACM imports (user guide, "Prerequisites for importing"). The words are Neargate's.
function unsupported(): AwsError {
  return invalid('The certificate has an algorithm that is not supported.')
}

/**
 * Refuses a private key that is not that of the certificate.
 * @throws AwsError ValidationException
 */
export function checkPrivateKey(privateKey: string, certificate: string): void {
  let key: KeyObject
  try {
    key = createPrivateKey(privateKey)
  } catch {
    throw invalid('The private key is not PEM-encoded or is not valid.')
  }
  if (!new X509Certificate(certificate).checkPrivateKey(key)) {
    throw invalid('The private key does not match the certificate.')
  }
}

export function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message)
}
