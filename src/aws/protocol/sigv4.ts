// Owns Signature Version 4 on the receiving side: what was signed, by which key, and whether it is so.
import { createHmac, timingSafeEqual } from 'node:crypto'

import { sha256Hex } from '../../base/sha256.ts'
import type { AuthenticationFailure } from './authentication-errors.ts'
import type { Credential, CredentialSource } from './credentials.ts'
import { decodeText, escapeUri, headerOf, pathOf, queryOf, type AwsRequest } from './message.ts'

const ALGORITHM = 'AWS4-HMAC-SHA256'
const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD'
/** Chunks and a checksum behind them, as the SDKs send bodies of a length they don't know. */
const UNSIGNED_TRAILER = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'
/** "Requests must reach AWS within five minutes of the time stamp in the request". */
const SKEW_MS = 5 * 60_000
const MAX_EXPIRES_SECONDS = 604_800

/** The signature of a request, before anything of it is believed. */
export interface SignatureClaim {
  readonly accessKeyId: string
  /** `YYYYMMDD`, region, service. */
  readonly scope: { readonly date: string; readonly region: string; readonly service: string }
  /** `20260101T000000Z` */
  readonly amzDate: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
  readonly sessionToken: string | undefined
  /** Set for presigned URLs: seconds from X-Amz-Expires. */
  readonly expiresSeconds?: number
}

export class SignatureError extends Error {
  override readonly name = 'SignatureError'
  readonly failure: AuthenticationFailure

  constructor(failure: AuthenticationFailure) {
    super(failure.kind)
    this.failure = failure
  }
}

/**
 * The claim in the Authorization header or in the query of a presigned URL; undefined when there is none.
 * @throws SignatureError `incomplete` when parts are missing.
 */
export function readClaim(request: AwsRequest): SignatureClaim | undefined {
  const header = headerOf(request, 'authorization')
  if (header !== undefined) return claimOfHeader(request, header)
  const query = new Map(queryOf(request))
  return query.has('X-Amz-Signature') || query.has('X-Amz-Credential') ? claimOfQuery(query) : undefined
}

function claimOfHeader(request: AwsRequest, header: string): SignatureClaim {
  const [algorithm = '', rest = ''] = header.split(/\s+(.*)/, 2)
  if (algorithm !== ALGORITHM) throw incomplete(`Unsupported AWS 'algorithm': '${algorithm}'.`)
  const parts = new Map(
    rest.split(',').map((part) => {
      const [key = '', value = ''] = part.trim().split(/=(.*)/, 2)
      return [key, value]
    }),
  )
  for (const name of ['Credential', 'Signature', 'SignedHeaders']) {
    if (!parts.get(name)) {
      throw incomplete(`Authorization header requires '${name}' parameter. Authorization=${algorithm}`)
    }
  }
  const amzDate = headerOf(request, 'x-amz-date')
  if (!amzDate) {
    throw incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
  }
  return {
    ...credentialOf(parts.get('Credential') ?? ''),
    amzDate,
    signedHeaders: (parts.get('SignedHeaders') ?? '').split(';'),
    signature: parts.get('Signature') ?? '',
    sessionToken: headerOf(request, 'x-amz-security-token'),
  }
}

function claimOfQuery(query: ReadonlyMap<string, string>): SignatureClaim {
  const parameter = (name: string): string => {
    const value = query.get(name)
    if (value === undefined) throw incomplete(`AWS query-string parameters must include '${name}'.`)
    return value
  }
  if (parameter('X-Amz-Algorithm') !== ALGORITHM) {
    throw incomplete(`Unsupported AWS 'algorithm': '${query.get('X-Amz-Algorithm')}'.`)
  }
  return {
    ...credentialOf(parameter('X-Amz-Credential')),
    amzDate: parameter('X-Amz-Date'),
    signedHeaders: parameter('X-Amz-SignedHeaders').split(';'),
    signature: parameter('X-Amz-Signature'),
    sessionToken: query.get('X-Amz-Security-Token'),
    expiresSeconds: expiresOf(query.get('X-Amz-Expires')),
  }
}

// Without X-Amz-Expires (botocore's EKS token code always sends it) a URL lives as long as a header. "The minimum is 1,
// and the maximum is 604800 (seven days)"; EKS tokens of some clients carry 0. No source was found for STS's words.
function expiresOf(text: string | undefined): number {
  if (text === undefined) return SKEW_MS / 1000
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN
  if (!(seconds <= MAX_EXPIRES_SECONDS)) {
    throw incomplete(`X-Amz-Expires must be a number of seconds of at most ${MAX_EXPIRES_SECONDS}.`)
  }
  return seconds
}

function credentialOf(credential: string): Pick<SignatureClaim, 'accessKeyId' | 'scope'> {
  const parts = credential.split('/')
  const [accessKeyId = '', date = '', region = '', service = '', terminator] = parts
  if (parts.length !== 5 || terminator !== 'aws4_request') {
    throw incomplete(
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential}'`,
    )
  }
  return { accessKeyId, scope: { date, region, service } }
}

function incomplete(message: string): SignatureError {
  return new SignatureError({ kind: 'incomplete', message })
}

/**
 * Finds the key of a claim and checks token and signature; time and scope are checked apart.
 * @throws SignatureError `unknown-key`, `expired-token` or `mismatch`.
 */
export function verifySignature(
  request: AwsRequest,
  claim: SignatureClaim,
  { credentials, nowMs }: { credentials: CredentialSource; nowMs: number },
): Credential {
  const credential = credentials.find(claim.accessKeyId)
  if (!credential || (credential.sessionToken ?? '') !== (claim.sessionToken ?? '')) {
    throw new SignatureError({ kind: 'unknown-key' })
  }
  if (credential.expiresAtMs !== undefined && nowMs >= credential.expiresAtMs) {
    throw new SignatureError({ kind: 'expired-token' })
  }
  const expected = Buffer.from(signatureOf(request, claim, credential.secretAccessKey))
  const given = Buffer.from(claim.signature)
  const isEqual = expected.length === given.length && timingSafeEqual(expected, given)
  // An unsigned host header would let a signature made for elsewhere be replayed here.
  if (!isEqual || !claim.signedHeaders.includes('host')) throw new SignatureError({ kind: 'mismatch' })
  return credential
}

/** @throws SignatureError `expired` when the claim's time is too far from now; texts as AWS sends them. */
export function checkTime(claim: SignatureClaim, nowMs: number): void {
  const signedMs = parseAmzDate(claim.amzDate)
  if (Number.isNaN(signedMs) || !claim.amzDate.startsWith(claim.scope.date)) {
    throw incomplete(`Date must be in ISO-8601 'basic format'. Got '${claim.amzDate}'.`)
  }
  const lifeMs = claim.expiresSeconds === undefined ? SKEW_MS : claim.expiresSeconds * 1000
  const [now, early, late] = [amzDate(nowMs), amzDate(nowMs - lifeMs), amzDate(nowMs + SKEW_MS)]
  const minutes = lifeMs / 60_000
  if (signedMs < nowMs - lifeMs) {
    const message = `Signature expired: ${claim.amzDate} is now earlier than ${early} (${now} - ${minutes} min.)`
    throw new SignatureError({ kind: 'expired', message })
  }
  if (signedMs > nowMs + SKEW_MS) {
    const message = `Signature not yet current: ${claim.amzDate} is still later than ${late} (${now} + 5 min.)`
    throw new SignatureError({ kind: 'expired', message })
  }
}

/** Epoch milliseconds of `20260101T000000Z`; NaN for anything else. */
export function parseAmzDate(text: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text)
  if (!match) return Number.NaN
  const [, year, month, day, hour, minute, second] = match
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}

/** `20260101T000000Z` of a moment in epoch milliseconds. */
export function amzDate(epochMs: number): string {
  return new Date(epochMs).toISOString().replaceAll(/[-:]|\.\d+/g, '')
}

/** The signature that a claim must carry when the request was signed with a secret. */
export function signatureOf(request: AwsRequest, claim: SignatureClaim, secretAccessKey: string): string {
  const { date, region, service } = claim.scope
  const scope = `${date}/${region}/${service}/aws4_request`
  const canonical = sha256Hex(canonicalRequest(request, claim))
  const text = [ALGORITHM, claim.amzDate, scope, canonical].join('\n')
  const key = [date, region, service, 'aws4_request'].reduce<Buffer>(
    (secret, part) => hmac(secret, part),
    Buffer.from(`AWS4${secretAccessKey}`),
  )
  return hmac(key, text).toString('hex')
}

function canonicalRequest(request: AwsRequest, claim: SignatureClaim): string {
  const headers = claim.signedHeaders.map(
    (name) => `${name}:${(headerOf(request, name) ?? '').trim().replaceAll(/ +/g, ' ')}\n`,
  )
  return [
    request.method,
    claim.scope.service === 's3' ? keptPath(pathOf(request)) : canonicalPath(pathOf(request)),
    canonicalQuery(request),
    headers.join(''),
    claim.signedHeaders.join(';'),
    payloadHash(request, claim),
  ].join('\n')
}

// Every service but S3 normalises the path and escapes it once more.
function canonicalPath(path: string): string {
  const segments: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment === '..') segments.pop()
    else segments.push(escapeUri(segment))
  }
  const tail = segments.length > 0 && path.endsWith('/') ? '/' : ''
  return `/${segments.join('/')}${tail}`
}

// A key may hold anything, `//` and `..` included.
function keptPath(path: string): string {
  return path
    .split('/')
    .map((segment) => escapeUri(decodeText(segment)))
    .join('/')
}

function canonicalQuery(request: AwsRequest): string {
  return queryOf(request)
    .filter(([key]) => key !== 'X-Amz-Signature')
    .map(([key, value]) => [escapeUri(key), escapeUri(value)] as const)
    .toSorted(([a, x], [b, y]) => (a === b ? compareText(x, y) : compareText(a, b)))
    .map(([key, value]) => `${key}=${value}`)
    .join('&')
}

// By code point, as the specification has it; never by locale.
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function payloadHash(request: AwsRequest, claim: SignatureClaim): string {
  const declared = headerOf(request, 'x-amz-content-sha256')
  // A presigned URL of S3 is for any body.
  if (claim.scope.service === 's3' && claim.expiresSeconds !== undefined) return UNSIGNED_PAYLOAD
  // Chunks that are signed one by one are for S3 and for event streams; none are here.
  const isSigned = claim.signedHeaders.includes('x-amz-content-sha256')
  if (declared?.startsWith('STREAMING-')) {
    if (claim.scope.service === 's3' && declared === UNSIGNED_TRAILER && isSigned) return declared
    throw incomplete(`x-amz-content-sha256 ${declared} is not supported`)
  }
  if (declared === UNSIGNED_PAYLOAD && isSigned) return UNSIGNED_PAYLOAD
  return sha256Hex(request.body)
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
