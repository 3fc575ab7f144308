import { describe, expect, it } from 'vitest'

import { partitionOf } from './partitions.ts'
import { standardRegions } from './region-names.ts'

describe('partitionOf', () => {
  it.each([
    ['eu-west-1', 'aws', 'amazonaws.com', true],
    ['cn-north-1', 'aws-cn', 'amazonaws.com.cn', true],
    ['us-gov-west-1', 'aws-us-gov', 'amazonaws.com', false],
    ['eusc-de-east-1', 'aws-eusc', 'amazonaws.eu', true],
    ['us-isob-east-1', 'aws-iso-b', 'sc2s.sgov.gov', true],
    // Not opened yet, and of a form that AWS gives.
    ['eu-north-9', 'aws', 'amazonaws.com', true],
  ])('finds that of %s', (region, name, dnsSuffix, hasFargate) => {
    expect(partitionOf(region)).toEqual({ name, dnsSuffix, hasFargate })
  })

  it.each(['mars-1', 'eu-west-1a', 'us-gov', ''])('knows none for %s', (region) => {
    expect(partitionOf(region)).toBeUndefined()
  })

  it('takes every standard region for one of the partition aws', () => {
    expect(standardRegions.filter((region) => partitionOf(region)?.name !== 'aws')).toEqual([])
  })
})
