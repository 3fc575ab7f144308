import { expect, it } from 'vitest'

import { regionOf } from './region-of.ts'

const scope = (region: string): string =>
  `AWS4-HMAC-SHA256 Credential=AKIA/20260101/${region}/ec2/aws4_request, SignedHeaders=host, Signature=0`

it.each([
  [{ authorization: scope('us-west-2'), 'x-amz-date': '20260101T000000Z' }, 'us-west-2'],
  [{ 'x-neargate-region': 'eu-west-1', host: '127.0.0.1:4566' }, 'eu-west-1'],
  [{ host: 'sts.ap-southeast-1.amazonaws.com' }, 'ap-southeast-1'],
  [{ host: 'eks-auth.us-east-1.api.aws:443' }, 'us-east-1'],
  [{ host: 'sts.amazonaws.com' }, undefined],
  [{ host: '127.0.0.1:4566' }, undefined],
  [{ authorization: 'Basic x', host: 'sts.us-east-1.amazonaws.com' }, undefined],
])('of %j is %s', (headers, region) => {
  expect(regionOf({ method: 'POST', url: '/', headers, body: new Uint8Array() })).toBe(region)
})
