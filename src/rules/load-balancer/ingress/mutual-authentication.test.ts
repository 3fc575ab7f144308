import { expect, test } from 'vitest'

import { IngressAnnotations } from './annotations.ts'
import { mutualByPort } from './mutual-authentication.ts'

const read = (value: unknown) =>
  mutualByPort(
    new IngressAnnotations({
      'alb.ingress.kubernetes.io/mutual-authentication':
        typeof value === 'string' ? value : JSON.stringify(value),
    }),
  )

test('what ports do with the certificates of clients', () => {
  expect([
    ...read([
      { port: 80, mode: 'passthrough' },
      { port: 443, mode: 'verify', trustStore: 'clients', AdvertiseTrustStoreCaNames: 'on' },
      { port: 8443, mode: 'verify', trustStore: 'arn:x', ignoreClientCertificateExpiry: true },
      { port: 8444, mode: 'off' },
    ]),
  ]).toEqual([
    [80, { mode: 'passthrough' }],
    [443, { mode: 'verify', trustStore: 'clients', isIgnoringExpiry: false, isAdvertising: true }],
    [8443, { mode: 'verify', trustStore: 'arn:x', isIgnoringExpiry: true, isAdvertising: false }],
    [8444, { mode: 'off' }],
  ])
  expect(mutualByPort(new IngressAnnotations({})).size).toBe(0)
})

test.each<[unknown, string]>([
  ['nonsense', 'failed to parse json annotation'],
  [{ port: 443 }, 'failed to parse mutualAuthentication configuration from ingress annotation'],
  [[], 'empty mutualAuthentication configuration from ingress annotation: `[]`'],
  [[{ mode: 'off' }], 'listen port must be within [1, 65535]: 0'],
  [[{ port: 443 }], 'mutualAuthentication mode cannot be empty for port 443'],
  [
    [{ port: 443, mode: 'on' }],
    'mutualAuthentication mode value must be among [off, passthrough, verify] for port 443 : on',
  ],
  [
    [{ port: 443, mode: 'verify' }],
    'trustStore is required when mutualAuthentication mode is verify for port 443',
  ],
  [
    [{ port: 443, mode: 'off', trustStore: 'x' }],
    'Mutual Authentication mode off does not support trustStore for port 443',
  ],
  [
    [{ port: 443, mode: 'passthrough', ignoreClientCertificateExpiry: false }],
    'Mutual Authentication mode passthrough does not support ignoring client certificate expiry for port 443',
  ],
  [
    [{ port: 443, mode: 'off', advertiseTrustStoreCaNames: 'on' }],
    'Mutual Authentication mode off does not support advertiseTrustStoreCaNames for port 443',
  ],
  [
    [{ port: 443, mode: 'verify', trustStore: 'x', advertiseTrustStoreCaNames: 'yes' }],
    'advertiseTrustStoreCaNames only supports the values "on" and "off" got value yes for port 443',
  ],
])('%j is refused', (value, words) => {
  expect(() => read(value)).toThrow(words)
})
