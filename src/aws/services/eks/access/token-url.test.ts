import { describe, expect, it } from 'vitest'

import { isTokenUrl } from './token-url.ts'

const query = 'Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Expires=60&X-Amz-SignedHeaders=host'
const url = (origin: string, more = ''): string => `${origin}/?${query}${more}`

describe('a token', () => {
  it.each([
    ['https://sts.eu-west-1.amazonaws.com', 'eu-west-1', true],
    ['https://sts.us-east-1.amazonaws.com', 'eu-west-1', true],
    ['https://sts-fips.us-east-1.amazonaws.com', 'us-east-1', true],
    ['https://sts.amazonaws.com', 'eu-west-1', true],
    ['https://sts.cn-north-1.amazonaws.com.cn', 'cn-north-1', true],
    ['http://127.0.0.1:4566', 'eu-west-1', true],
    ['http://localhost:4566', 'eu-west-1', true],
    ['http://sts.eu-west-1.localhost:4566', 'eu-west-1', true],
    ['http://[::1]:4566', 'eu-west-1', true],
    ['https://evil.example', 'eu-west-1', false],
    ['https://sts.eu-west-1.amazonaws.com.evil.example', 'eu-west-1', false],
    ['https://evil-sts.eu-west-1.amazonaws.com', 'eu-west-1', false],
    ['https://evil.example/sts.eu-west-1.amazonaws.com', 'eu-west-1', false],
    ['https://127.0.0.1.evil.example', 'eu-west-1', false],
    ['https://evillocalhost', 'eu-west-1', false],
    ['http://sts.eu-west-1.amazonaws.com', 'eu-west-1', false],
    ['https://sts.eu-west-1.amazonaws.com:8443', 'eu-west-1', false],
    ['https://ec2.eu-west-1.amazonaws.com', 'eu-west-1', false],
    ['https://sts.cn-north-1.amazonaws.com.cn', 'eu-west-1', false],
    ['https://sts.eu-west-1.amazonaws.com', 'cn-north-1', false],
    ['https://sts.cn-north-1.amazonaws.com', 'cn-north-1', false],
    ['https://sts.us-gov-west-1.amazonaws.com', 'us-east-1', false],
    ['https://sts.amazonaws.com', 'us-gov-west-1', false],
  ])('of %s in %s is looked at: %s', (origin, region, isLookedAt) => {
    expect(isTokenUrl(url(origin), region)).toBe(isLookedAt)
  })

  it.each([
    ['an unknown parameter', '&extra=1'],
    ['a parameter twice', '&action=GetCallerIdentity'],
    ['an expiry twice', '&X-Amz-Expires=60'],
  ])('with %s is not', (_what, more) => {
    expect(isTokenUrl(url('https://sts.eu-west-1.amazonaws.com', more), 'eu-west-1')).toBe(false)
  })

  it.each(['', 'x', '-1', '901', '1e2'])('that expires in %j seconds is not', (seconds) => {
    const text = url('https://sts.eu-west-1.amazonaws.com').replace('Expires=60', `Expires=${seconds}`)
    expect(isTokenUrl(text, 'eu-west-1')).toBe(false)
  })
})
