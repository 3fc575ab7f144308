import { describe, expect, it } from 'vitest'

import { refuseRegion, standardRegions } from './region-names.ts'

describe('refuseRegion', () => {
  it.each(standardRegions)('takes %s', (name) => {
    expect(refuseRegion(name)).toBeUndefined()
  })

  it.each([
    ['mars-1', 'is not an AWS region'],
    ['us-west-9', 'is not an AWS region'],
    ['us-east-1a', 'is not an AWS region'],
    ['US-EAST-1', 'is not an AWS region'],
    ['aws-global', 'is not an AWS region'],
    ['', 'is not an AWS region'],
    ['cn-north-1', 'is in the partition aws-cn, which is not supported: its ARNs and endpoints differ'],
    [
      'us-gov-west-1',
      'is in the partition aws-us-gov, which is not supported: its ARNs and endpoints differ',
    ],
    ['eusc-de-east-1', 'is in the partition aws-eusc, which is not supported: its ARNs and endpoints differ'],
    ['us-iso-east-1', 'is in the partition aws-iso, which is not supported: its ARNs and endpoints differ'],
  ])('refuses %j: it %s', (name, why) => {
    expect(refuseRegion(name)).toBe(why)
  })
})
