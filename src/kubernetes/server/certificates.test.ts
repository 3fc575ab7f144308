import { X509Certificate } from 'node:crypto'

import { expect, it } from 'vitest'

import { FakeClock } from '../../base/testing/fake-clock.ts'
import { randomIds, sequentialIds } from '../../base/ids.ts'
import { createClusterCertificates, createServiceAccountKeys } from './certificates.ts'
import { ServiceAccountTokens } from './service-account-tokens.ts'

it('makes a certificate for the names that clients use, signed by its authority', async () => {
  const clock = new FakeClock(Date.now())
  const made = await createClusterCertificates({
    clock,
    ids: randomIds,
    names: ['demo.eks.localhost', '10.100.0.1'],
  })
  const [ca, cert] = [new X509Certificate(made.ca), new X509Certificate(made.cert)]
  expect(ca.ca).toBe(true)
  expect(cert.ca).toBe(false)
  expect(cert.verify(ca.publicKey)).toBe(true)
  for (const name of ['localhost', 'kubernetes.default.svc', 'demo.eks.localhost']) {
    expect(cert.checkHost(name)).toBe(name)
  }
  for (const ip of ['127.0.0.1', '10.100.0.1']) expect(cert.checkIP(ip)).toBe(ip)
  expect(cert.checkHost('example.com')).toBeUndefined()
  expect(Date.parse(cert.validTo)).toBeGreaterThan(clock.now() + 9 * 365 * 24 * 3600 * 1000)
})

it('issues tokens that end with their time, their audience and what they are bound to', async () => {
  const clock = new FakeClock()
  let alive = true
  const options = { issuer: 'https://issuer.test', clock, ids: sequentialIds(), isAlive: () => alive }
  const tokens = await ServiceAccountTokens.load({ ...options, keys: await createServiceAccountKeys() })
  const binding = { namespace: 'n', name: 'a', uid: 'u', pod: { name: 'p', uid: 'pu' } }
  const { token, expirationTimestampMs } = await tokens.issue(binding, [], 600)
  expect(expirationTimestampMs).toBe(clock.now() + 600_000)
  const here = ['https://issuer.test']
  expect(await tokens.review(token, here)).toMatchObject({
    user: {
      username: 'system:serviceaccount:n:a',
      uid: 'u',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:n', 'system:authenticated'],
      extra: {
        'authentication.kubernetes.io/pod-name': ['p'],
        'authentication.kubernetes.io/pod-uid': ['pu'],
      },
    },
    audiences: here,
  })
  const elsewhere = await tokens.issue(binding, ['sts.amazonaws.com'], 600)
  expect(await tokens.review(elsewhere.token, here)).toEqual({
    user: undefined,
    audiences: [],
    error:
      '[invalid bearer token, token audiences ["sts.amazonaws.com"] is invalid for the target audiences ["https://issuer.test"]]',
  })
  expect(await tokens.review(elsewhere.token, ['vault', 'sts.amazonaws.com'])).toMatchObject({
    user: { uid: 'u' },
    audiences: ['sts.amazonaws.com'],
  })
  const others = await ServiceAccountTokens.load({ ...options, keys: await createServiceAccountKeys() })
  expect(await others.review(token, here)).toBeUndefined()
  alive = false
  expect(await tokens.review(token, here)).toBeUndefined()
  alive = true
  await clock.advance(601_000)
  expect(await tokens.review(token, here)).toBeUndefined()
  expect(await tokens.review('k8s-aws-v1.abc', here)).toBeUndefined()
})
