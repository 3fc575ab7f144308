// Owns the check of presigned GetCallerIdentity URLs: what an EKS token is made of.
import type { CredentialSource } from './credentials.ts'
import { queryOf, type AwsRequest } from './message.ts'
import type { Principal } from './service.ts'
import { checkTime, readClaim, SignatureError, verifySignature } from './sigv4.ts'

/** aws-iam-authenticator accepts a token for 15 minutes, whatever X-Amz-Expires says (clients reuse one for 14). */
export const EKS_TOKEN_LIFETIME_MS = 15 * 60_000

export interface PresignedOptions {
  readonly credentials: CredentialSource
  /** When credentials that expire are judged. */
  readonly nowMs: number
  /** The time of the machine, by which the URL was signed; `nowMs` when absent. */
  readonly wallMs?: number
  readonly region: string
  /** Headers that the client signed without sending them in the URL, e.g. `{'x-k8s-aws-id': 'my-cluster'}`. */
  readonly headers: Readonly<Record<string, string>>
  /** How old the URL may be; `EKS_TOKEN_LIFETIME_MS` by default. */
  readonly maxAgeMs?: number
}

/**
 * Establishes who signed a presigned `GetCallerIdentity` URL, as STS would when it was fetched with `headers`.
 * Each of the headers must be among the signed ones, and its value is part of the signature.
 * @returns the principal; undefined when the URL is anything else, too old, or not signed by a known key.
 */
export function verifyPresignedGetCallerIdentity(
  url: string,
  options: PresignedOptions,
): Principal | undefined {
  if (!URL.canParse(url)) return undefined
  const { host, pathname, search } = new URL(url)
  const request: AwsRequest = {
    method: 'GET',
    url: pathname + search,
    headers: { ...options.headers, host },
    body: new Uint8Array(),
  }
  const query = queryOf(request)
  const action = query.filter(([key]) => key === 'Action').map(([, value]) => value)
  if (pathname !== '/' || action.join() !== 'GetCallerIdentity') return undefined
  try {
    const claim = readClaim(request)
    if (!claim || claim.scope.service !== 'sts') return undefined
    // The global endpoint of STS is signed for us-east-1.
    if (claim.scope.region !== options.region && claim.scope.region !== 'us-east-1') return undefined
    const isSigned = (name: string): boolean => claim.signedHeaders.includes(name)
    if (!Object.keys(options.headers).every(isSigned)) return undefined
    const expiresSeconds = (options.maxAgeMs ?? EKS_TOKEN_LIFETIME_MS) / 1000
    checkTime({ ...claim, expiresSeconds }, options.wallMs ?? options.nowMs)
    return verifySignature(request, claim, options).principal
  } catch (error) {
    if (error instanceof SignatureError) return undefined
    throw error
  }
}

/** The URL inside `k8s-aws-v1.<base64url>`; undefined when the token is not of that form. */
export function urlOfEksToken(token: string): string | undefined {
  const PREFIX = 'k8s-aws-v1.'
  if (!token.startsWith(PREFIX)) return undefined
  return Buffer.from(token.slice(PREFIX.length), 'base64url').toString('utf8')
}
