import { expect, it } from 'vitest'

import { eksIssuerHost, issuerKeys, issuerName } from './issuer.ts'

it.each([
  ['https://oidc.eks.eu-west-1.amazonaws.com/id/A', 'oidc.eks.eu-west-1.amazonaws.com/id/A', undefined],
  ['https://oidc.eks.eu-west-1.amazonaws.com:443/id/A', 'oidc.eks.eu-west-1.amazonaws.com/id/A', undefined],
  ['https://127.0.0.1:4567/id/A/', '127.0.0.1:4567/id/A', '127.0.0.1/id/A'],
  ['https://Example.com/', 'example.com', undefined],
])('%s is shown as %s', (url, shown, name = shown) => {
  expect(issuerName(url)).toEqual({ url: shown, name })
})

it.each(['http://example.com', 'https://', 'example.com'])('%s is no issuer', (url) => {
  expect(issuerName(url)).toBeUndefined()
})

it('has keys with its port and without', () => {
  const of = (url: string, name: string) => issuerKeys({ url, name }, 'sub')
  expect(of('127.0.0.1:4567/id/A', '127.0.0.1/id/A')).toEqual([
    '127.0.0.1:4567/id/A:sub',
    '127.0.0.1/id/A:sub',
  ])
  expect(of('example.com', 'example.com')).toEqual(['example.com:sub'])
})

it.each([
  ['eu-west-1', 'oidc.eks.eu-west-1.amazonaws.com'],
  ['us-gov-west-1', 'oidc.eks.us-gov-west-1.amazonaws.com'],
  ['cn-north-1', 'oidc.eks.cn-north-1.amazonaws.com.cn'],
])('the issuers of %s are on %s', (region, host) => {
  expect(eksIssuerHost(region)).toBe(host)
})
