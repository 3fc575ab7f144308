// Owns EKS tokens: a presigned GetCallerIdentity URL that the cluster turns back into who asked.
import { Sha256 } from '@smithy/core/checksum'
import { SignatureV4 } from '@smithy/signature-v4'

import { wallTime, type Clock } from '../base/clock.ts'
import { partitionOf, STANDARD_PARTITION } from '../rules/regions/partitions.ts'
import type { Credentials, CredentialSource } from './cloud.ts'

const PREFIX = 'k8s-aws-v1.'
const URL_LIFETIME_SECONDS = 60
// EKS takes a token for 15 minutes after it was signed; clients ask for a new one a minute earlier.
const TOKEN_LIFETIME_MS = 14 * 60_000

export interface TokenOptions {
  readonly cluster: string
  readonly region: string
  readonly credentials: Credentials | CredentialSource
  /** Base URL of STS; AWS's regional one when absent. */
  readonly endpoint?: string
  readonly clock: Clock
}

export interface EksToken {
  readonly token: string
  /** RFC 3339. */
  readonly expiresAt: string
}

/** Makes the bearer token that `aws eks get-token` makes. */
export async function createToken(options: TokenOptions): Promise<EksToken> {
  const { cluster, region, credentials, clock } = options
  const nowMs = wallTime(clock)
  const url = new URL(options.endpoint ?? regionalSts(region))
  const signer = new SignatureV4({
    service: 'sts',
    region,
    credentials,
    sha256: Sha256,
    applyChecksum: false,
  })
  const signed = await signer.presign(
    {
      method: 'GET',
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port === '' ? {} : { port: Number(url.port) }),
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { host: url.host, 'x-k8s-aws-id': cluster },
    },
    {
      expiresIn: URL_LIFETIME_SECONDS,
      signingDate: new Date(nowMs),
      // The cluster's name must be under the signature, or the token would be good for any cluster.
      unhoistableHeaders: new Set(['x-k8s-aws-id']),
      signableHeaders: new Set(['host', 'x-k8s-aws-id']),
    },
  )
  const query = Object.entries(signed.query ?? {}).map(
    ([key, value]) => `${encode(key)}=${encode(String(value))}`,
  )
  const presigned = `${url.protocol}//${url.host}/?${query.join('&')}`
  return {
    token: PREFIX + Buffer.from(presigned).toString('base64url'),
    expiresAt: new Date(nowMs + TOKEN_LIFETIME_MS).toISOString().replace(/\.\d+Z$/, 'Z'),
  }
}

function regionalSts(region: string): string {
  const { dnsSuffix } = partitionOf(region) ?? STANDARD_PARTITION
  return `https://sts.${region}.${dnsSuffix}`
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
