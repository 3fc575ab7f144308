import type {
  AuthorizeSecurityGroupIngressResult,
  CreateSecurityGroupResult,
  CreateVpcResult,
  DescribeSecurityGroupRulesResult,
} from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'

import { createTestRegion } from '../../testing/test-region.ts'

async function group() {
  const region = await createTestRegion()
  const call = <T = unknown>(operation: string, input: object = {}): Promise<T> =>
    region.endpoint.caller.call<T>('ec2', operation, input)
  const { Vpc } = await call<CreateVpcResult>('CreateVpc', { CidrBlock: '10.0.0.0/16' })
  const { GroupId } = await call<CreateSecurityGroupResult>('CreateSecurityGroup', {
    GroupName: 'web',
    Description: 'web',
    VpcId: Vpc?.VpcId,
  })
  const IpPermissions = [
    { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '10.0.0.0/8', Description: 'old' }] },
  ]
  const made = await call<AuthorizeSecurityGroupIngressResult>('AuthorizeSecurityGroupIngress', {
    GroupId,
    IpPermissions,
    TagSpecifications: [{ ResourceType: 'security-group-rule', Tags: [{ Key: 'k', Value: 'v' }] }],
  })
  const id = made.SecurityGroupRules?.[0]?.SecurityGroupRuleId ?? ''
  const rule = async () =>
    (
      await call<DescribeSecurityGroupRulesResult>('DescribeSecurityGroupRules', {
        SecurityGroupRuleIds: [id],
      })
    ).SecurityGroupRules?.[0]
  return { call, GroupId, id, rule, IpPermissions }
}

test('a rule is replaced in place and keeps its id and tags', async () => {
  const { call, GroupId, id, rule } = await group()
  const change = {
    IpProtocol: 'tcp',
    FromPort: 443,
    ToPort: 443,
    CidrIpv4: '10.1.0.0/16',
    Description: 'new',
  }
  await call('ModifySecurityGroupRules', {
    GroupId,
    SecurityGroupRules: [{ SecurityGroupRuleId: id, SecurityGroupRule: change }],
  })
  expect(await rule()).toMatchObject({ ...change, IsEgress: false, Tags: [{ Key: 'k', Value: 'v' }] })
  await expect(
    call('ModifySecurityGroupRules', {
      GroupId,
      SecurityGroupRules: [{ SecurityGroupRuleId: 'sgr-0aaaaaaaaaaaaaaaa', SecurityGroupRule: change }],
    }),
  ).rejects.toMatchObject({ code: 'InvalidSecurityGroupRuleId.NotFound' })
})

test('a description is changed by id and by what the rule says', async () => {
  const { call, GroupId, id, rule, IpPermissions } = await group()
  await call('UpdateSecurityGroupRuleDescriptionsIngress', {
    GroupId,
    SecurityGroupRuleDescriptions: [{ SecurityGroupRuleId: id, Description: 'by id' }],
  })
  expect((await rule())?.Description).toBe('by id')
  await call('UpdateSecurityGroupRuleDescriptionsIngress', { GroupId, IpPermissions })
  expect((await rule())?.Description).toBe('old')
  await expect(
    call('UpdateSecurityGroupRuleDescriptionsEgress', { GroupId, IpPermissions }),
  ).rejects.toMatchObject({ code: 'InvalidPermission.NotFound' })
})
