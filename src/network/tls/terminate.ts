// Owns the end of TLS at a load balancer: certificates by server name, protocols and ciphers of a policy, ALPN.
import { constants } from 'node:crypto'
import { createSecureContext, TLSSocket, type SecureContext, type TLSSocketOptions } from 'node:tls'
import type { Socket } from 'node:net'

import type { Clock } from '../../base/clock.ts'
import { ClientJudge, type ClientCertificates, type ClientTrust } from './client-trust.ts'
import { chainOf } from './peer-chain.ts'

export interface TlsCertificate {
  /** Of Certificate Manager. */
  readonly arn?: string
  /** PEM: its own certificate first, then those that signed it. */
  readonly certificateChainPem: string
  readonly privateKeyPem: string
  /** DNS names, `*.` for one label. */
  readonly names: readonly string[]
}

export interface TlsPolicy {
  /** Oldest first. */
  readonly protocols: readonly ('TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3')[]
  /** In the names of OpenSSL, the preferred one first. */
  readonly ciphers: readonly string[]
  /** Whether the client's order of ciphers decides; absent: the order above. */
  readonly isClientOrdered?: boolean
}

export interface TlsPlan {
  /** The first one serves clients that name no server, or one that no certificate is for. */
  readonly certificates: readonly TlsCertificate[]
  readonly policy: TlsPolicy
  /** Protocols to choose from, the preferred one first; none: the extension is not answered. */
  readonly alpn: readonly string[]
  /** Whom to let in; everybody without it. */
  readonly clients?: ClientTrust
}

/** The certificate for a server name: one that names it, one with a wildcard for it, or the first. */
export function certificateFor<T extends Pick<TlsCertificate, 'names'>>(
  certificates: readonly T[],
  serverName: string | undefined,
): T | undefined {
  const name = serverName?.toLowerCase() ?? ''
  const wildcard = name.replace(/^[^.]*/, '*')
  const find = (wanted: string): T | undefined =>
    certificates.find(({ names }) => names.some((each) => each.toLowerCase() === wanted))
  return find(name) ?? find(wildcard) ?? certificates[0]
}

/** Settings of Node's TLS for a policy. */
export function policySettings({
  protocols,
  ciphers,
  isClientOrdered = false,
}: TlsPolicy): Pick<
  TLSSocketOptions,
  'minVersion' | 'maxVersion' | 'ciphers' | 'honorCipherOrder' | 'dhparam' | 'secureOptions'
> {
  const [oldest = 'TLSv1.2'] = protocols
  const newest = protocols.at(-1) ?? oldest
  // OpenSSL 3 has SHA-1 signatures, which TLS 1.0 and 1.1 need, at security level 0 alone.
  const isOld = oldest === 'TLSv1' || oldest === 'TLSv1.1'
  const list = [...ciphers, ...(isOld ? ['@SECLEVEL=0'] : [])].join(':')
  // Between TLS 1.0 and 1.2 there is one that may be left out.
  const hasGap = oldest === 'TLSv1' && newest !== 'TLSv1' && !protocols.includes('TLSv1.1')
  return {
    minVersion: oldest,
    maxVersion: newest,
    ciphers: list,
    honorCipherOrder: !isClientOrdered,
    ...(ciphers.some((cipher) => cipher.startsWith('DHE-')) && { dhparam: 'auto' }),
    ...(hasGap && { secureOptions: constants.SSL_OP_NO_TLSv1_1 }),
  }
}

/** What a client gets that asks for a server name. */
export type ContextChooser = (serverName: string | undefined) => SecureContext | undefined

/** Contexts of certificates, to choose from by server name. Made at once: keys are read and ciphers chosen then. */
export function contextChooser({
  certificates,
  policy,
  clients,
}: {
  readonly certificates: readonly TlsCertificate[]
  readonly policy?: TlsPolicy | undefined
  readonly clients?: ClientCertificates | undefined
}): ContextChooser {
  const settings = { ...(policy && policySettings(policy)), ...(clients && askingSettings(clients)) }
  const contexts = certificates.map(({ certificateChainPem, privateKeyPem, names }) => ({
    names,
    context: createSecureContext({ ...settings, cert: certificateChainPem, key: privateKeyPem }),
  }))
  return (serverName) => certificateFor(contexts, serverName)?.context
}

/** Node asks for a certificate and takes every one: a judge decides. */
export const ASKING = { requestCert: true, rejectUnauthorized: false } as const

/**
 * Settings of the contexts of a listener that asks clients for certificates. Node tells clients the names of `ca`, its own
 * list when there is none; "session resumption is not supported with mutual TLS" (ALB user guide).
 */
export function askingSettings(clients: ClientCertificates): Pick<TLSSocketOptions, 'ca' | 'secureOptions'> {
  const isAdvertising = clients.mode === 'verify' && clients.trust.isAdvertising
  return {
    ca: isAdvertising ? [...clients.trust.authorities] : [],
    secureOptions: constants.SSL_OP_NO_TICKET,
  }
}

/** A listener's TLS: made once, used for each connection. */
export class TlsTerminator {
  readonly #contextFor: ContextChooser
  readonly #alpn: readonly string[]
  readonly #judge: ClientJudge | undefined

  constructor({ certificates, policy, alpn, clients }: TlsPlan) {
    this.#alpn = alpn
    this.#judge = clients && new ClientJudge(clients)
    const verified = clients && { mode: 'verify' as const, trust: clients }
    this.#contextFor = contextChooser({ certificates, policy, clients: verified })
  }

  /**
   * Speaks TLS with a client.
   * @returns the connection once both have agreed; undefined when they have not within the time
   */
  async accept(
    client: Socket,
    { clock, timeoutMs }: { clock: Clock; timeoutMs: number },
  ): Promise<TLSSocket | undefined> {
    const first = this.#contextFor(undefined)
    const socket = new TLSSocket(client, {
      isServer: true,
      ...(first && { secureContext: first }),
      SNICallback: (name, done) => done(null, this.#contextFor(name)),
      ...(this.#alpn.length > 0 && { ALPNProtocols: [...this.#alpn] }),
      ...(this.#judge && ASKING),
    })
    return await new Promise((resolve) => {
      const timer = clock.after(timeoutMs, () => socket.destroy())
      socket.on('error', () => undefined)
      socket.once('secure', () => {
        timer.cancel()
        if (this.#judge?.verdict(chainOf(socket), clock.now())) return void socket.destroy()
        resolve(socket)
      })
      socket.once('close', () => {
        timer.cancel()
        resolve(undefined)
      })
    })
  }
}
