import { describe, expect, it } from 'vitest'

import { FakeClock } from '../base/testing/fake-clock.ts'
import { createToken } from './token.ts'

const options = {
  cluster: 'workshop',
  region: 'eu-west-1',
  credentials: {
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  },
  clock: new FakeClock(Date.UTC(2026, 0, 2, 3, 4, 5)),
}

function urlOf(token: string): URL {
  return new URL(Buffer.from(token.replace('k8s-aws-v1.', ''), 'base64url').toString())
}

describe('EKS token', () => {
  it('is a presigned GetCallerIdentity with the cluster under the signature', async () => {
    const { token, expiresAt } = await createToken(options)
    const url = urlOf(token)
    expect(url.origin).toBe('https://sts.eu-west-1.amazonaws.com')
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      Action: 'GetCallerIdentity',
      Version: '2011-06-15',
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': 'AKIAIOSFODNN7EXAMPLE/20260102/eu-west-1/sts/aws4_request',
      'X-Amz-Date': '20260102T030405Z',
      'X-Amz-Expires': '60',
      'X-Amz-SignedHeaders': 'host;x-k8s-aws-id',
    })
    expect(url.searchParams.has('x-k8s-aws-id')).toBe(false)
    expect(expiresAt).toBe('2026-01-02T03:18:05Z')
  })

  it('is no padding and different for another cluster', async () => {
    const { token } = await createToken(options)
    const other = await createToken({ ...options, cluster: 'other' })
    expect(token).not.toContain('=')
    expect(urlOf(other.token).searchParams.get('X-Amz-Signature')).not.toBe(
      urlOf(token).searchParams.get('X-Amz-Signature'),
    )
  })

  it('goes to the endpoint that it is told', async () => {
    const { token } = await createToken({ ...options, endpoint: 'http://127.0.0.1:4566' })
    expect(urlOf(token).origin).toBe('http://127.0.0.1:4566')
  })

  it('carries a session token', async () => {
    const credentials = { ...options.credentials, sessionToken: 'session' }
    const { token } = await createToken({ ...options, credentials })
    expect(urlOf(token).searchParams.get('X-Amz-Security-Token')).toBe('session')
  })
})
