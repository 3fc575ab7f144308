// Signatures of the SDK's own signer, and what is wrong with altered ones.
import { Sha256 } from '@smithy/core/checksum'
import { SignatureV4 } from '@smithy/signature-v4'
import { describe, expect, test } from 'vitest'

import { AwsError } from '../../base/errors.ts'
import type { AuthenticationFailure } from './authentication-errors.ts'
import { authenticationError } from './authentication-errors.ts'
import type { CredentialSource } from './credentials.ts'
import type { AwsRequest } from './message.ts'
import { urlOfEksToken, verifyPresignedGetCallerIdentity } from './presigned.ts'
import { amzDate, checkTime, readClaim, SignatureError, verifySignature } from './sigv4.ts'

const NOW = Date.UTC(2026, 0, 1, 12)
const KEYS = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' }
const TEMPORARY = { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'other', sessionToken: 'token' }
const principal = (accessKeyId: string) => ({ accountId: '1', arn: 'arn', userId: 'id', accessKeyId })

const credentials: CredentialSource = {
  find: (id) => {
    if (id === KEYS.accessKeyId) return { ...KEYS, principal: principal(id) }
    if (id !== TEMPORARY.accessKeyId) return undefined
    return { ...TEMPORARY, expiresAtMs: NOW + 60_000, principal: principal(id) }
  },
}

function signer(keys: typeof KEYS & { sessionToken?: string }, service = 'sts'): SignatureV4 {
  return new SignatureV4({ service, region: 'eu-west-1', credentials: keys, sha256: Sha256 })
}

async function signed(
  options: {
    keys?: typeof KEYS
    atMs?: number
    path?: string
    query?: Record<string, string | string[]>
  } = {},
): Promise<AwsRequest> {
  const { keys = KEYS, atMs = NOW, path = '/', query = {} } = options
  const body = 'Action=GetCallerIdentity&Version=2011-06-15'
  const request = await signer(keys).sign(
    {
      method: 'POST',
      protocol: 'http:',
      hostname: 'localhost',
      path,
      query,
      headers: {
        host: 'localhost:4566',
        'content-type': 'application/x-www-form-urlencoded',
        'x-odd': '  a   b ',
      },
      body,
    },
    { signingDate: new Date(atMs) },
  )
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    [value].flat().map((item) => `${encodeURIComponent(key)}=${encodeURIComponent(item)}`),
  )
  const url = pairs.length > 0 ? `${path}?${pairs.join('&')}` : path
  return { method: 'POST', url, headers: request.headers, body: Buffer.from(body) }
}

function failureOf(request: AwsRequest, nowMs = NOW): AuthenticationFailure | undefined {
  try {
    const claim = readClaim(request)
    if (!claim) return { kind: 'missing' }
    verifySignature(request, claim, { credentials, nowMs })
    checkTime(claim, nowMs)
    return undefined
  } catch (error) {
    if (error instanceof SignatureError) return error.failure
    throw error
  }
}

test.each<[string, Parameters<typeof signed>[0]]>([
  ['a plain request', {}],
  ['temporary credentials', { keys: TEMPORARY }],
  ['paths with escapes', { path: '/clusters/a%3Ab%20c/x' }],
  ['repeated and awkward query parameters', { query: { tagKeys: ['b', 'a', 'a b'], 'x-y': "!'()*~" } }],
  ['a clock four minutes behind', { atMs: NOW - 4 * 60_000 }],
])('accepts %s', async (_, options) => {
  expect(failureOf(await signed(options))).toBeUndefined()
})

const ALTERATIONS: readonly [string, (request: AwsRequest) => AwsRequest][] = [
  ['body', (request) => ({ ...request, body: Buffer.from('Action=Other') })],
  ['method', (request) => ({ ...request, method: 'PUT' })],
  ['path', (request) => ({ ...request, url: '/x' })],
  ['query', (request) => ({ ...request, url: '/?a=b' })],
  ['host', (request) => ({ ...request, headers: { ...request.headers, host: 'elsewhere' } })],
  [
    'signed header',
    (request) => ({ ...request, headers: { ...request.headers, 'content-type': 'text/plain' } }),
  ],
  ['secret', (request) => request],
]

test.each(ALTERATIONS)('refuses another %s', async (what, alter) => {
  const request = await signed(what === 'secret' ? { keys: { ...KEYS, secretAccessKey: 'wrong' } } : {})
  expect(failureOf(alter(request))).toEqual({ kind: 'mismatch' })
})

describe('refuses', () => {
  test('a request without signature', () => {
    expect(failureOf({ method: 'GET', url: '/', headers: {}, body: Buffer.from('') })).toEqual({
      kind: 'missing',
    })
  })

  test('a key that is not known, and a token that is not the key’s', async () => {
    const unknown = await signed({ keys: { ...KEYS, accessKeyId: 'AKIANOBODY' } })
    expect(failureOf(unknown)).toEqual({ kind: 'unknown-key' })
    const request = await signed({ keys: TEMPORARY })
    const headers = { ...request.headers, 'x-amz-security-token': 'stolen' }
    expect(failureOf({ ...request, headers })).toEqual({ kind: 'unknown-key' })
  })

  test('an expired session', async () => {
    const request = await signed({ keys: TEMPORARY, atMs: NOW + 61_000 })
    expect(failureOf(request, NOW + 61_000)).toEqual({ kind: 'expired-token' })
  })

  test('a clock that is off, in the words of AWS', async () => {
    expect(failureOf(await signed({ atMs: NOW - 301_000 }))).toEqual({
      kind: 'expired',
      message:
        'Signature expired: 20260101T115459Z is now earlier than 20260101T115500Z (20260101T120000Z - 5 min.)',
    })
    expect(failureOf(await signed({ atMs: NOW + 301_000 }))).toEqual({
      kind: 'expired',
      message:
        'Signature not yet current: 20260101T120501Z is still later than 20260101T120500Z (20260101T120000Z + 5 min.)',
    })
  })

  test.each([
    ['Basic abc', /algorithm/],
    ['AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=host', /'Signature'/],
    ['AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=x', /5 slash-delimited/],
  ])('the header %s', (authorization, message) => {
    const headers = { authorization, 'x-amz-date': amzDate(NOW) }
    const failure = failureOf({ method: 'GET', url: '/', headers, body: Buffer.from('') })
    expect(failure).toMatchObject({ kind: 'incomplete', message: expect.stringMatching(message) as string })
  })

  test('chunked payload signatures', async () => {
    const request = await signed()
    const headers = { ...request.headers, 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' }
    expect(failureOf({ ...request, headers })).toMatchObject({ kind: 'incomplete' })
  })
})

describe('EKS tokens', () => {
  const options = { credentials, nowMs: NOW, region: 'eu-west-1', headers: { 'x-k8s-aws-id': 'my-cluster' } }

  async function tokenUrl(
    overrides: { atMs?: number; keys?: typeof KEYS; action?: string } = {},
  ): Promise<string> {
    const { atMs = NOW, keys = KEYS, action = 'GetCallerIdentity' } = overrides
    const request = await signer(keys).presign(
      {
        method: 'GET',
        protocol: 'https:',
        hostname: 'sts.eu-west-1.amazonaws.com',
        path: '/',
        query: { Action: action, Version: '2011-06-15' },
        headers: { host: 'sts.eu-west-1.amazonaws.com', 'x-k8s-aws-id': 'my-cluster' },
      },
      { expiresIn: 60, signingDate: new Date(atMs), unhoistableHeaders: new Set(['x-k8s-aws-id']) },
    )
    const pairs = Object.entries(request.query ?? {}).map(
      ([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`,
    )
    return `https://sts.eu-west-1.amazonaws.com/?${pairs.join('&')}`
  }

  test('name who signed them, for fifteen minutes whatever X-Amz-Expires says', async () => {
    const url = await tokenUrl()
    const token = `k8s-aws-v1.${Buffer.from(url).toString('base64url')}`
    expect(urlOfEksToken(token)).toBe(url)
    expect(verifyPresignedGetCallerIdentity(url, options)?.accessKeyId).toBe(KEYS.accessKeyId)
    const late = { ...options, nowMs: NOW + 14 * 60_000 }
    expect(verifyPresignedGetCallerIdentity(url, late)?.accessKeyId).toBe(KEYS.accessKeyId)
    const tooLate = { ...options, nowMs: NOW + 16 * 60_000 }
    expect(verifyPresignedGetCallerIdentity(url, tooLate)).toBeUndefined()
  })

  test('are for one cluster only', async () => {
    const other = { ...options, headers: { 'x-k8s-aws-id': 'other-cluster' } }
    expect(verifyPresignedGetCallerIdentity(await tokenUrl(), other)).toBeUndefined()
    const unsigned = { ...options, headers: { ...options.headers, 'x-more': '1' } }
    expect(verifyPresignedGetCallerIdentity(await tokenUrl(), unsigned)).toBeUndefined()
  })

  test('are nothing when anything else was signed, or by nobody known', async () => {
    expect(
      verifyPresignedGetCallerIdentity(await tokenUrl({ action: 'AssumeRole' }), options),
    ).toBeUndefined()
    const stranger = await tokenUrl({ keys: { ...KEYS, secretAccessKey: 'wrong' } })
    expect(verifyPresignedGetCallerIdentity(stranger, options)).toBeUndefined()
    expect(verifyPresignedGetCallerIdentity('not a url', options)).toBeUndefined()
    expect(urlOfEksToken('Bearer x')).toBeUndefined()
  })
})

test.each<[AuthenticationFailure['kind'], string, string, string]>([
  [
    'missing',
    'MissingAuthenticationToken',
    'MissingAuthenticationTokenException',
    'MissingAuthenticationToken',
  ],
  ['unknown-key', 'InvalidClientTokenId', 'UnrecognizedClientException', 'AuthFailure'],
  ['mismatch', 'SignatureDoesNotMatch', 'InvalidSignatureException', 'AuthFailure'],
  ['expired-token', 'ExpiredToken', 'ExpiredTokenException', 'RequestExpired'],
])('%s has a code of its own in each protocol', (kind, query, json, ec2) => {
  const failure = { kind, message: '' } as AuthenticationFailure
  const codes = (['query', 'rest-json', 'ec2'] as const).map((protocol) =>
    authenticationError(protocol, failure),
  )
  expect(codes.map(({ code }) => code)).toEqual([query, json, ec2])
  expect(codes.every((error) => error instanceof AwsError && error.status < 500)).toBe(true)
})
