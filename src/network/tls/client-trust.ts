// Owns whom a listener with mutual TLS lets in: the chain that a client shows, judged by the authorities of a trust store.
// Source: ALB user guide, "Mutual authentication with TLS"; names of failures: its "Connection log entries".
import 'reflect-metadata'
import { X509Certificate } from 'node:crypto'

import { X509Certificate as NamedCertificate } from '@peculiar/x509'

/** What one revocation list takes back. */
export interface Revocations {
  /** The distinguished name of the authority. */
  readonly issuer: string
  /** In hexadecimal, as the list has them. */
  readonly serialNumbers: readonly string[]
}

/** A trust store as a data plane needs it. */
export interface ClientTrust {
  /** PEM. Each is trusted by itself, whether it has signed itself or not. */
  readonly authorities: readonly string[]
  readonly revocations: readonly Revocations[]
  /** A client's own certificate may have run out. */
  readonly isIgnoringExpiry: boolean
  /** Whether clients are told the names of the authorities. */
  readonly isAdvertising: boolean
}

/** What a listener does with the certificates of clients. */
export type ClientCertificates =
  | { readonly mode: 'passthrough' }
  | { readonly mode: 'verify'; readonly trust: ClientTrust }

/** Why a client is sent away, as connection logs have it. */
export type TrustFailure =
  | 'ClientCertUntrusted'
  | 'ClientCertNotYetValid'
  | 'ClientCertExpired'
  | 'ClientCertCrlHit'
  | 'ClientCertPurposeInvalid'
  | 'ClientCertMaxChainDepthExceeded'

/** "Maximum certificate chain depth: 4" (quotas). */
const MOST_DEPTH = 4
/** Extended key usages that let a certificate be a client's (RFC 5280 4.2.1.12). */
const CLIENT_PURPOSES = ['1.3.6.1.5.5.7.3.2', '2.5.29.37.0']

/** Judges the clients of one listener. */
export class ClientJudge {
  readonly #authorities: readonly X509Certificate[]
  readonly #revoked: ReadonlySet<string>
  readonly #isIgnoringExpiry: boolean

  constructor({ authorities, revocations, isIgnoringExpiry }: ClientTrust) {
    this.#authorities = authorities.map((pem) => new X509Certificate(pem))
    this.#revoked = new Set(
      revocations.flatMap(({ issuer, serialNumbers }) =>
        serialNumbers.map((serial) => revocationKey(issuer, serial)),
      ),
    )
    this.#isIgnoringExpiry = isIgnoringExpiry
  }

  /**
   * Why a client may not come in; undefined when it may.
   * @param chain what the client has shown, its own certificate first; signatures are checked here
   */
  verdict(chain: readonly X509Certificate[], nowMs: number): TrustFailure | undefined {
    const [own, ...others] = chain
    if (!own) return 'ClientCertUntrusted'
    const purposes = own.keyUsage as readonly string[] | undefined
    if (purposes && !purposes.some((purpose) => CLIENT_PURPOSES.includes(purpose)))
      return 'ClientCertPurposeInvalid'
    let current = own
    for (let depth = 1; depth <= MOST_DEPTH; depth += 1) {
      const failure = this.#isOutOfUse(current, { nowMs, isOwn: current === own })
      if (failure) return failure
      const anchor = this.#authorities.find((each) => isSame(each, current) || isIssuedBy(current, each))
      if (anchor)
        return isSame(anchor, current) ? undefined : this.#isOutOfUse(anchor, { nowMs, isOwn: false })
      const issuer = others.find((each) => isIssuedBy(current, each))
      if (!issuer || isSame(issuer, current)) return 'ClientCertUntrusted'
      current = issuer
    }
    return 'ClientCertMaxChainDepthExceeded'
  }

  #isOutOfUse(
    certificate: X509Certificate,
    { nowMs, isOwn }: { readonly nowMs: number; readonly isOwn: boolean },
  ): TrustFailure | undefined {
    if (nowMs < Date.parse(certificate.validFrom)) return 'ClientCertNotYetValid'
    if (nowMs > Date.parse(certificate.validTo) && !(isOwn && this.#isIgnoringExpiry))
      return 'ClientCertExpired'
    if (this.#revoked.size === 0) return undefined
    const { issuer } = new NamedCertificate(certificate.raw)
    return this.#revoked.has(revocationKey(issuer, certificate.serialNumber)) ? 'ClientCertCrlHit' : undefined
  }
}

function isSame(a: X509Certificate, b: X509Certificate): boolean {
  return a.fingerprint256 === b.fingerprint256
}

function isIssuedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return authority.ca && certificate.checkIssued(authority) && certificate.verify(authority.publicKey)
}

// Lists and certificates write leading zeros and letters of the same number differently.
function revocationKey(issuer: string, serialNumber: string): string {
  return `${issuer} ${serialNumber.toLowerCase().replace(/^0+/, '')}`
}
