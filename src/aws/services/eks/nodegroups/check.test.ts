import { describe, expect, test } from 'vitest'

import { checkInstanceTypes, checkLabels, checkTemplate, defaultInstanceType } from './check.ts'

describe('instance types', () => {
  test.each([
    ['AL2023_x86_64_STANDARD', ['t3.medium']],
    ['BOTTLEROCKET_ARM_64', ['t4g.medium', 'm6g.large']],
    ['CUSTOM', ['t4g.medium', 't3.medium']],
    ['AL2023_x86_64_STANDARD', ['z9.huge']],
  ])('of %s may be %j', (amiType, types) => expect(() => checkInstanceTypes(amiType, types)).not.toThrow())

  test('of another architecture are refused by name', () => {
    expect(() => checkInstanceTypes('AL2023_x86_64_STANDARD', ['t4g.medium', 't3.medium'])).toThrow(
      '[t4g.medium] is not a valid instance type for requested amiType AL2023_x86_64_STANDARD',
    )
  })

  test('are those of the image when none is named', () => {
    expect(['AL2_x86_64', 'AL2023_ARM_64_STANDARD'].map(defaultInstanceType)).toEqual([
      't3.medium',
      't4g.medium',
    ])
  })
})

test.each([
  ['eks.amazonaws.com/nodegroup', true],
  ['kubernetes.io/role', true],
  ['alpha.eksctl.io/nodegroup-name', false],
])('the label %s is reserved: %s', (key, isReserved) => {
  const check = (): void => checkLabels({ [key]: 'v' })
  if (isReserved) expect(check).toThrow('Label cannot contain reserved prefixes')
  else expect(check).not.toThrow()
})

test.each<[object, object, string]>([
  [{ InstanceType: 't3.large' }, { instanceTypes: ['t3.large'] }, 'Cannot specify instance types'],
  [{ ImageId: 'ami-1' }, { amiType: 'AL2_x86_64' }, 'other than CUSTOM'],
  [{ IamInstanceProfile: { Name: 'p' } }, {}, 'an IAM instance profile'],
  [{ NetworkInterfaces: [{ SubnetId: 'subnet-1' }] }, {}, 'a subnet'],
  [{ InstanceMarketOptions: { MarketType: 'spot' } }, {}, 'a spot request'],
])('a template with %j beside %j is refused', (data, request, message) => {
  expect(() => checkTemplate(data, request)).toThrow(message)
})

test('a template with an image needs no AMI type', () => {
  expect(() => checkTemplate({ ImageId: 'ami-1', InstanceType: 't3.large' }, {})).not.toThrow()
})
