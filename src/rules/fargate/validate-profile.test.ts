import { describe, expect, it } from 'vitest'
import type { ProfileCluster, ProfileDraft } from './validate-profile.ts'
import { profileFault, profileNameFault, publicSubnetMessage } from './validate-profile.ts'

const draft: ProfileDraft = {
  name: 'web',
  podExecutionRoleArn: 'arn:aws:iam::111122223333:role/pods',
  selectors: [{ namespace: 'web' }],
}
const sixLabels = Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f'].map((key) => [key, 'x']))

function cluster(...profiles: ProfileCluster['profiles']): ProfileCluster {
  return { name: 'C', profiles }
}

describe('profileFault', () => {
  it('takes a good profile', () => {
    expect(profileFault(draft, cluster({ name: 'other', status: 'ACTIVE' }))).toBeUndefined()
  })

  // Recorded from the service: eksctl#5652, pulumi-eks#426, moto's responses, terraform-aws-eks.
  it.each<[string, Partial<ProfileDraft>]>([
    ["The fargate profile name starts with the reserved prefix: 'eks-'.", { name: 'eks-web' }],
    ['Fargate Profile requires at least one selector.', { selectors: [] }],
    [
      'Fargate Profile must have at least one selector with at least one namespace value.',
      { selectors: [{ labels: { a: 'b' } }] },
    ],
    [
      'Request contains Selector with more than 5 Label pairs',
      { selectors: [{ namespace: 'x', labels: sixLabels }] },
    ],
  ])('InvalidParameterException: %s', (message, change) => {
    expect(profileFault({ ...draft, ...change })).toMatchObject({
      code: 'InvalidParameterException',
      status: 400,
      message,
    })
  })

  it('refuses a sixth selector', () => {
    const selectors = Array.from({ length: 6 }, (_, index) => ({ namespace: `n${index}` }))
    expect(profileFault({ ...draft, selectors })).toMatchObject({ code: 'InvalidParameterException' })
    expect(profileFault({ ...draft, selectors: selectors.slice(1) })).toBeUndefined()
  })

  it('refuses a name that is taken, before it looks at anything else of the cluster', () => {
    expect(profileFault(draft, cluster({ name: 'web', status: 'CREATING' }))).toMatchObject({
      code: 'ResourceInUseException',
      status: 409,
      message: 'A Fargate Profile already exists with this name in this cluster.',
    })
  })

  it('allows one profile at a time', () => {
    expect(profileFault(draft, cluster({ name: 'P1', status: 'CREATING' }))?.message).toBe(
      'Cannot create Fargate Profile web because cluster C currently has Fargate profile P1 in status CREATING',
    )
    expect(profileFault(draft, cluster({ name: 'P1', status: 'DELETING' }))?.status).toBe(409)
  })

  it('allows ten profiles', () => {
    const ten = Array.from({ length: 10 }, (_, index) => ({ name: `p${index}`, status: 'ACTIVE' as const }))
    expect(profileFault(draft, cluster(...ten))).toMatchObject({
      code: 'ResourceLimitExceededException',
      status: 400,
    })
    expect(profileFault(draft, cluster(...ten.slice(1)))).toBeUndefined()
  })

  it('names a subnet that is not private', () => {
    expect(publicSubnetMessage('subnet-0ab49c01946ecc462')).toBe(
      'Subnet subnet-0ab49c01946ecc462 provided in Fargate Profile is not a private subnet',
    )
  })
})

describe('profileNameFault', () => {
  it.each(['fp-web', 'A', 'a_b.c-1', 'x'.repeat(63)])('takes %s', (name) => {
    expect(profileNameFault(name)).toBeUndefined()
  })

  it.each(['前端', 'web-', '.web', 'two words', 'x'.repeat(64)])('has no pods for %s', (name) => {
    expect(profileNameFault(name)).toMatch(
      /^its pods are labeled with its name, and it is no value of a label/,
    )
  })
})
