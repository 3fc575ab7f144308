// Owns the making of certificate authorities and of the certificates that they give to servers; the caller keeps them.
import {
  createHash,
  createPrivateKey,
  generateKeyPair,
  sign,
  X509Certificate,
  type KeyObject,
} from 'node:crypto'
import { isIP, isIPv4 } from 'node:net'
import { promisify } from 'node:util'

import { parseIpv6 } from './cidr6.ts'
import { wallTime, type Clock } from './clock.ts'
import * as der from './der.ts'
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

const EC = { name: 'ECDSA', namedCurve: 'P-256' } as const
const DAY_MS = 24 * 3600 * 1000
const AUTHORITY_DAYS = 3650
// Some clients take no certificate of a server that lasts longer than 825 days.
const SERVER_DAYS = 800
// Clocks of clients may be behind.
const BACKDATE_MS = 5 * 60_000

// RFC 5280, appendix A; RFC 5758, section 3.2.
const OIDS = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
} as const
const ALGORITHM = der.sequence(der.oid(OIDS.ecdsaWithSha256))
// Bits of KeyUsage from the first on (section 4.2.1.3), with how many of the byte mean nothing.
const USAGES = {
  digitalSignature: der.bits(Buffer.of(0b1000_0000), 7),
  signatureAndKeyEncipherment: der.bits(Buffer.of(0b1010_0000), 5),
  signatureAndCertSign: der.bits(Buffer.of(0b1000_0100), 2),
}

const newPair = promisify(generateKeyPair)

/** A new authority that signs itself. `name` is its common name. */
export async function createAuthority(name: string, { clock, ids }: Sources): Promise<KeyPair> {
  const { publicKey, privateKey } = await newPair('ec', { namedCurve: EC.namedCurve })
  const subject = nameOf(name)
  const cert = certificate(privateKey, {
    ids,
    issuer: subject,
    validity: validity(clock, AUTHORITY_DAYS),
    subject,
    publicKey,
    extensions: [
      extension(OIDS.basicConstraints, der.sequence(der.boolean(true)), true),
      extension(OIDS.keyUsage, USAGES.signatureAndCertSign, true),
      extension(OIDS.subjectKeyIdentifier, der.octets(keyIdentifier(publicKey))),
    ],
  })
  return { cert, key: pemOf(privateKey) }
}

/** A certificate for a server that is reached by these DNS names and IP addresses; the first is its common name. */
export async function issueServerCertificate(
  authority: KeyPair,
  names: readonly [string, ...string[]],
  { clock, ids, days = SERVER_DAYS, key = EC }: ServerCertificateOptions,
): Promise<KeyPair> {
  const issuer = new X509Certificate(authority.cert)
  const { publicKey, privateKey } = await newKeys(key)
  const cert = certificate(createPrivateKey(authority.key), {
    ids,
    issuer: subjectOf(issuer.raw),
    validity: validity(clock, days),
    subject: nameOf(names[0]),
    publicKey,
    extensions: [
      extension(OIDS.basicConstraints, der.sequence(), true),
      extension(OIDS.keyUsage, usagesOf(key), true),
      extension(OIDS.extKeyUsage, der.sequence(der.oid(OIDS.serverAuth))),
      extension(OIDS.subjectAltName, der.sequence(...names.map(alternativeName))),
      extension(
        OIDS.authorityKeyIdentifier,
        der.sequence(der.taggedBytes(0, keyIdentifier(issuer.publicKey))),
      ),
    ],
  })
  return { cert, key: pemOf(privateKey) }
}

function newKeys(key: KeyKind): Promise<{ readonly publicKey: KeyObject; readonly privateKey: KeyObject }> {
  return key.name === 'ECDSA'
    ? newPair('ec', { namedCurve: key.namedCurve })
    : newPair('rsa', { modulusLength: key.modulusLength })
}

interface CertificateParts {
  readonly ids: Ids
  /** Names as DER. */
  readonly issuer: Uint8Array
  readonly subject: Uint8Array
  readonly validity: Uint8Array
  readonly publicKey: KeyObject
  readonly extensions: readonly Uint8Array[]
}

/** A certificate of version 3, as PEM, that a key on P-256 has signed (RFC 5280, section 4.1). */
function certificate(signer: KeyObject, parts: CertificateParts): string {
  const { ids, issuer, subject, publicKey, extensions } = parts
  const body = der.sequence(
    der.tagged(0, der.integer('2')),
    der.integer(serial(ids)),
    ALGORITHM,
    issuer,
    parts.validity,
    subject,
    spkiOf(publicKey),
    der.tagged(3, der.sequence(...extensions)),
  )
  const signature = sign('sha256', body, signer)
  const text = der.sequence(body, ALGORITHM, der.bits(signature)).toString('base64')
  return `-----BEGIN CERTIFICATE-----\n${text.replaceAll(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`
}

function nameOf(commonName: string): Buffer {
  return der.sequence(der.setOf(der.sequence(der.oid(OIDS.commonName), der.utf8(commonName))))
}

// Copied as it is: clients compare names byte by byte.
function subjectOf(raw: Uint8Array): Buffer {
  const [body = Buffer.alloc(0)] = der.partsOf(raw)
  const [, , , , , subject = Buffer.alloc(0)] = der.partsOf(body)
  return subject
}

function spkiOf(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' })
}

// The first method of section 4.2.1.2: SHA-1 of the key's bits.
function keyIdentifier(key: KeyObject): Buffer {
  const [, keyBits = Buffer.alloc(0)] = der.partsOf(spkiOf(key))
  return createHash('sha1').update(der.contentOf(keyBits).subarray(1)).digest()
}

function extension(id: string, value: Uint8Array, isCritical = false): Buffer {
  return der.sequence(der.oid(id), ...(isCritical ? [der.boolean(true)] : []), der.octets(value))
}

// GeneralName: a DNS name is [2], an address [7] (section 4.2.1.6).
function alternativeName(name: string): Buffer {
  return isIP(name) ? der.taggedBytes(7, addressBytes(name)) : der.taggedBytes(2, Buffer.from(name))
}

function addressBytes(address: string): Buffer {
  return isIPv4(address)
    ? Buffer.from(address.split('.').map(Number))
    : Buffer.from(parseIpv6(address).toString(16).padStart(32, '0'), 'hex')
}

// TLS 1.2 may hand the secret over under an RSA key.
function usagesOf({ name }: KeyKind): Buffer {
  return name === 'ECDSA' ? USAGES.digitalSignature : USAGES.signatureAndKeyEncipherment
}

function validity(clock: Clock, days: number): Buffer {
  // Others judge it by their own clocks.
  const now = wallTime(clock)
  return der.sequence(der.moment(new Date(now - BACKDATE_MS)), der.moment(new Date(now + days * DAY_MS)))
}

function serial(ids: Ids): string {
  // Positive: the first bit of the first byte is clear.
  return `1${ids.hex(15)}`
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}
