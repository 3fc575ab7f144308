import { describe, expect, it } from 'vitest'

import { amiFamilyOf, instanceTypesOf, scalingOf, taintsOf, volumeOf } from './node-group-defaults.ts'

describe('scalingOf', () => {
  // The cases of ValidateManagedNodeGroup: what is left out follows from what is given.
  it.each([
    [{}, { minSize: 2, desiredSize: 2, maxSize: 2 }],
    [{ desiredCapacity: 4 }, { minSize: 4, desiredSize: 4, maxSize: 4 }],
    [{ minSize: 3 }, { minSize: 3, desiredSize: 3, maxSize: 3 }],
    [{ maxSize: 5 }, { minSize: 2, desiredSize: 2, maxSize: 5 }],
    [
      { minSize: 1, maxSize: 5 },
      { minSize: 1, desiredSize: 1, maxSize: 5 },
    ],
    [
      { minSize: 1, desiredCapacity: 3 },
      { minSize: 1, desiredSize: 3, maxSize: 3 },
    ],
    [{ desiredCapacity: 0 }, { minSize: 0, desiredSize: 0, maxSize: 1 }],
    [{ minSize: 0 }, { minSize: 0, desiredSize: 0, maxSize: 1 }],
    [
      { minSize: 0, desiredCapacity: 0, maxSize: 4 },
      { minSize: 0, desiredSize: 0, maxSize: 4 },
    ],
  ])('%j becomes %j', (group, scaling) => {
    expect(scalingOf(group)).toEqual(scaling)
  })
})

describe('instanceTypesOf', () => {
  it.each([
    [{}, ['m5.large']],
    [{ instanceType: 't3.large' }, ['t3.large']],
    [{ instanceTypes: ['t3.large', 't3a.large'] }, ['t3.large', 't3a.large']],
    [{ instanceTypes: [] }, ['m5.large']],
  ])('%j are %j', (group, types) => {
    expect(instanceTypesOf(group)).toEqual(types)
  })
})

describe('volumeOf', () => {
  const gp3 = { device: '/dev/xvda', sizeGiB: 80, type: 'gp3', iops: 3000, throughputMiB: 125 }

  it.each([
    ['80 GiB of gp3 unless the file says otherwise', {}, gp3],
    [
      'what the file says',
      { volumeSize: 20, volumeIOPS: 4000, volumeThroughput: 250 },
      { ...gp3, sizeGiB: 20, iops: 4000, throughputMiB: 250 },
    ],
    ['IOPS of io1', { volumeType: 'io1' }, { device: '/dev/xvda', sizeGiB: 80, type: 'io1', iops: 100 }],
    [
      'IOPS of io2',
      { volumeType: 'io2', volumeIOPS: 500 },
      { device: '/dev/xvda', sizeGiB: 80, type: 'io2', iops: 500 },
    ],
    [
      'nothing of the sort for gp2',
      { volumeType: 'gp2', volumeIOPS: 500 },
      { device: '/dev/xvda', sizeGiB: 80, type: 'gp2' },
    ],
    ['the data disk of Bottlerocket', { amiFamily: 'Bottlerocket' }, { ...gp3, device: '/dev/xvdb' }],
  ])('is %s', (_, group, volume) => {
    expect(volumeOf(group)).toEqual(volume)
  })
})

describe('taintsOf', () => {
  const taint = { key: 'dedicated', value: 'web', effect: 'NoSchedule' as const }

  it.each([
    ['nothing', {}, []],
    ['a list', { taints: [taint] }, [taint]],
    ['a map of older files', { taints: { dedicated: 'web:NoSchedule' } }, [taint]],
    ['an effect alone', { taints: { spot: 'NoExecute' } }, [{ key: 'spot', effect: 'NoExecute' }]],
  ])('reads %s', (_, group, expected) => {
    expect(taintsOf(group)).toEqual(expected)
  })
})

describe('amiFamilyOf', () => {
  it('is Amazon Linux 2023 unless the file says otherwise', () => {
    expect([amiFamilyOf({}), amiFamilyOf({ amiFamily: 'AmazonLinux2' })]).toEqual([
      'AmazonLinux2023',
      'AmazonLinux2',
    ])
  })
})
