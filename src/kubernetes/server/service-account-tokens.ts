// Owns service account tokens: signing, checking, and the keys that others check them with.
// Source: kubernetes pkg/serviceaccount/claims.go, jwt.go, openidmetadata.go.
import type { webcrypto } from 'node:crypto'

import { calculateJwkThumbprint, exportJWK, importPKCS8, importSPKI, jwtVerify, SignJWT } from 'jose'
import type { JWK } from 'jose'

import type { Clock } from '../../base/clock.ts'
import type { Ids } from '../../base/ids.ts'
import { isObject } from '../../base/json.ts'
import { quoteGo } from '../schema/format-go.ts'
import type { TokenVerdict, UserInfo } from './ports.ts'

/** PEMs of the key pair that signs tokens. */
export interface ServiceAccountKeys {
  /** PKCS #8. */
  readonly privateKey: string
  /** SPKI. */
  readonly publicKey: string
}

export interface TokenBinding {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly pod?: { readonly name: string; readonly uid: string }
  readonly node?: { readonly name: string; readonly uid: string }
  /** Set for a token that lies in a secret, and ends with it. */
  readonly secret?: { readonly name: string; readonly token: string }
}

/** Whose token it is, and the secret that holds it. */
export interface SecretBinding {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly secretName: string
}

export interface IssuedToken {
  readonly token: string
  readonly expirationTimestampMs: number
}

/** True when the things that a token is bound to still exist. */
export type BindingCheck = (binding: TokenBinding) => boolean

// RFC 7515, 7.1: header, payload and signature.
const JWS_PARTS = 3
const ALGORITHM = 'RS256'
// Tokens in secrets have an issuer and claims of their own (pkg/serviceaccount/legacy.go).
const LEGACY_ISSUER = 'kubernetes/serviceaccount'

/** The key of an issuer as its key set shows it. @param pem SPKI @throws TypeError when the PEM is no key */
export async function publicJwk(pem: string): Promise<JWK> {
  const exported = await exportJWK(await importSPKI(pem, ALGORITHM, { extractable: true }))
  const kid = await calculateJwkThumbprint(exported)
  return { use: 'sig', kty: 'RSA', kid, alg: ALGORITHM, ...exported }
}

/** Issues and checks the tokens of one cluster. */
export class ServiceAccountTokens {
  readonly issuer: string
  readonly #keys: {
    readonly sign: webcrypto.CryptoKey
    readonly verify: webcrypto.CryptoKey
    readonly jwk: JWK
  }
  readonly #clock: Clock
  readonly #ids: Ids
  readonly #isAlive: BindingCheck

  private constructor(options: {
    issuer: string
    keys: { sign: webcrypto.CryptoKey; verify: webcrypto.CryptoKey; jwk: JWK }
    clock: Clock
    ids: Ids
    isAlive: BindingCheck
  }) {
    this.issuer = options.issuer
    this.#keys = options.keys
    this.#clock = options.clock
    this.#ids = options.ids
    this.#isAlive = options.isAlive
  }

  /** @throws TypeError when the PEMs are no keys. */
  static async load(options: {
    readonly issuer: string
    readonly keys: ServiceAccountKeys
    readonly clock: Clock
    readonly ids: Ids
    readonly isAlive: BindingCheck
  }): Promise<ServiceAccountTokens> {
    const verify = await importSPKI(options.keys.publicKey, ALGORITHM)
    const sign = await importPKCS8(options.keys.privateKey, ALGORITHM)
    const jwk = await publicJwk(options.keys.publicKey)
    return new ServiceAccountTokens({ ...options, keys: { sign, verify, jwk } })
  }

  /** A token for `audiences` (the API server itself when empty) that lasts `seconds`. */
  async issue(binding: TokenBinding, audiences: readonly string[], seconds: number): Promise<IssuedToken> {
    const issuedAt = Math.floor(this.#clock.now() / 1000)
    const expiresAt = issuedAt + seconds
    const { namespace, name, uid, pod, node } = binding
    const token = await new SignJWT({
      'kubernetes.io': {
        namespace,
        serviceaccount: { name, uid },
        ...(pod ? { pod } : {}),
        ...(node ? { node } : {}),
      },
    })
      .setProtectedHeader({ alg: ALGORITHM, kid: this.#keys.jwk.kid ?? '' })
      .setIssuer(this.issuer)
      .setSubject(usernameOf(namespace, name))
      .setAudience(audiences.length > 0 ? [...audiences] : [this.issuer])
      .setIssuedAt(issuedAt)
      .setNotBefore(issuedAt)
      .setExpirationTime(expiresAt)
      .setJti(this.#ids.uuid())
      .sign(this.#keys.sign)
    return { token, expirationTimestampMs: expiresAt * 1000 }
  }

  /** A token without an end, to be kept in a secret of type kubernetes.io/service-account-token. */
  issueForSecret({ namespace, name, uid, secretName }: SecretBinding): Promise<string> {
    const claims = {
      [`${LEGACY_ISSUER}/namespace`]: namespace,
      [`${LEGACY_ISSUER}/secret.name`]: secretName,
      [`${LEGACY_ISSUER}/service-account.name`]: name,
      [`${LEGACY_ISSUER}/service-account.uid`]: uid,
    }
    return new SignJWT(claims)
      .setProtectedHeader({ alg: ALGORITHM, kid: this.#keys.jwk.kid ?? '' })
      .setIssuer(LEGACY_ISSUER)
      .setSubject(usernameOf(namespace, name))
      .sign(this.#keys.sign)
  }

  /** Who a token is for one of `audiences`; undefined when it is not ours, expired, or its owner gone. */
  async review(token: string, audiences: readonly string[]): Promise<TokenVerdict | undefined> {
    const claims = await this.#verify(token)
    if (!claims) return undefined
    const own = [claims.aud ?? this.issuer].flat()
    const meant = own.filter((audience) => audiences.includes(audience))
    if (meant.length === 0) {
      const error = `[invalid bearer token, token audiences ${quoteGo(own)} is invalid for the target audiences ${quoteGo(audiences)}]`
      return { user: undefined, audiences: [], error }
    }
    const binding = claims.iss === LEGACY_ISSUER ? readSecretBinding(claims, token) : readBinding(claims)
    if (!binding || !this.#isAlive(binding)) return undefined
    return { user: userOf(binding, claims.jti), audiences: meant }
  }

  async #verify(token: string): Promise<Awaited<ReturnType<typeof jwtVerify>>['payload'] | undefined> {
    // Other tokens come this way, too: an error with its stack for each of them would cost more than the rest.
    if (token.split('.').length !== JWS_PARTS) return undefined
    try {
      const { payload } = await jwtVerify(token, this.#keys.verify, {
        issuer: [this.issuer, LEGACY_ISSUER],
        algorithms: [ALGORITHM],
        currentDate: new Date(this.#clock.now()),
      })
      return payload
    } catch {
      // Whatever is wrong with it, it is no token of ours; other authenticators may know it.
      return undefined
    }
  }

  /** `/openid/v1/jwks` */
  jwks(): { keys: readonly JWK[] } {
    return { keys: [this.#keys.jwk] }
  }

  /** `/.well-known/openid-configuration` */
  configuration(jwksUri: string): object {
    return {
      issuer: this.issuer,
      jwks_uri: jwksUri,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [ALGORITHM],
    }
  }
}

function userOf({ namespace, name, uid, pod, node }: TokenBinding, id: string | undefined): UserInfo {
  return {
    username: usernameOf(namespace, name),
    uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    extra: {
      ...(id ? { 'authentication.kubernetes.io/credential-id': [`JTI=${id}`] } : {}),
      ...(node
        ? {
            'authentication.kubernetes.io/node-name': [node.name],
            'authentication.kubernetes.io/node-uid': [node.uid],
          }
        : {}),
      ...(pod
        ? {
            'authentication.kubernetes.io/pod-name': [pod.name],
            'authentication.kubernetes.io/pod-uid': [pod.uid],
          }
        : {}),
    },
  }
}

function usernameOf(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`
}

function readBinding(claims: object): TokenBinding | undefined {
  const details = (claims as Record<string, unknown>)['kubernetes.io']
  if (!isObject(details) || typeof details['namespace'] !== 'string') return undefined
  const account = reference(details['serviceaccount'])
  if (!account) return undefined
  const pod = reference(details['pod'])
  const node = reference(details['node'])
  return { namespace: details['namespace'], ...account, ...(pod ? { pod } : {}), ...(node ? { node } : {}) }
}

function readSecretBinding(claims: object, token: string): TokenBinding | undefined {
  const read = (name: string): string | undefined => {
    const value = (claims as Record<string, unknown>)[`${LEGACY_ISSUER}/${name}`]
    return typeof value === 'string' ? value : undefined
  }
  const namespace = read('namespace')
  const name = read('service-account.name')
  const uid = read('service-account.uid')
  const secretName = read('secret.name')
  if (!namespace || !name || !uid || !secretName) return undefined
  return { namespace, name, uid, secret: { name: secretName, token } }
}

function reference(value: unknown): { name: string; uid: string } | undefined {
  if (!isObject(value)) return undefined
  const { name, uid } = value
  return typeof name === 'string' && typeof uid === 'string' ? { name, uid } : undefined
}
