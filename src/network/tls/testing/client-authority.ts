// Owns what tests of mutual TLS need: authorities, certificates of clients, revocation lists.
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'

import * as x509 from '@peculiar/x509'

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const DAY_MS = 24 * 3600 * 1000

/** A client's certificate, with those of the authorities between it and the root, and its key; all PEM. */
export interface ClientIdentity {
  readonly cert: string
  readonly key: string
  readonly serialNumber: string
}

interface Wanted {
  /** From now on; before now when negative, so that it has run out. */
  readonly days?: number
  readonly purpose?: x509.ExtendedKeyUsage
}

/** An authority that signs itself, or is signed by another. */
export class ClientAuthority {
  readonly certificate: string
  readonly #parent: ClientAuthority | undefined
  readonly #keys: webcrypto.CryptoKeyPair
  readonly #issued: x509.X509Certificate
  static #serial = 0x0a00

  private constructor(
    issued: x509.X509Certificate,
    keys: webcrypto.CryptoKeyPair,
    parent: ClientAuthority | undefined,
  ) {
    this.#issued = issued
    this.#keys = keys
    this.#parent = parent
    this.certificate = issued.toString('pem')
  }

  static async create(name: string, parent?: ClientAuthority): Promise<ClientAuthority> {
    const keys = await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify'])
    const issued = await x509.X509CertificateGenerator.create({
      ...period(30),
      serialNumber: ClientAuthority.#nextSerial(),
      subject: `C=US, O=Example, CN=${name}`,
      issuer: parent ? parent.#issued.subject : `C=US, O=Example, CN=${name}`,
      publicKey: keys.publicKey,
      signingKey: parent ? parent.#keys.privateKey : keys.privateKey,
      signingAlgorithm: EC,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      ],
    })
    return new ClientAuthority(issued, keys, parent)
  }

  async issue(name: string, { days = 10, purpose }: Wanted = {}): Promise<ClientIdentity> {
    const keys = await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify'])
    const serialNumber = ClientAuthority.#nextSerial()
    const issued = await x509.X509CertificateGenerator.create({
      ...period(days),
      serialNumber,
      subject: `C=US, O=Example, OU=a\\, b, CN=${name}`,
      issuer: this.#issued.subject,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: EC,
      extensions: purpose === undefined ? [] : [new x509.ExtendedKeyUsageExtension([purpose])],
    })
    const between = this.#parent ? `${this.certificate}\n` : ''
    const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
    return {
      cert: `${issued.toString('pem')}\n${between}`,
      key: x509.PemConverter.encode(key, 'PRIVATE KEY'),
      serialNumber,
    }
  }

  /** A list that takes back certificates of this authority; PEM. */
  async revoke(...serialNumbers: readonly string[]): Promise<string> {
    const list = await x509.X509CrlGenerator.create({
      issuer: this.#issued.subject,
      thisUpdate: new Date(),
      nextUpdate: new Date(Date.now() + DAY_MS),
      signingKey: this.#keys.privateKey,
      signingAlgorithm: EC,
      entries: serialNumbers.map((serialNumber) => ({ serialNumber, revocationDate: new Date() })),
    })
    return list.toString('pem')
  }

  static #nextSerial(): string {
    ClientAuthority.#serial += 1
    return ClientAuthority.#serial.toString(16).padStart(4, '0')
  }
}

function period(days: number): { readonly notBefore: Date; readonly notAfter: Date } {
  const now = Date.now()
  return { notBefore: new Date(now - 20 * DAY_MS), notAfter: new Date(now + days * DAY_MS) }
}
