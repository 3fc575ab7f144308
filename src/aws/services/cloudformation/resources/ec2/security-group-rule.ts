// Owns the resource types AWS::EC2::SecurityGroupIngress and AWS::EC2::SecurityGroupEgress: one rule each.
import type { DescribeSecurityGroupRulesResult, SecurityGroupRule } from '@aws-sdk/client-ec2'

import type { TemplateObject } from '../../template/template.ts'
import { tolerating } from '../find-made.ts'
import { textAt } from '../members.ts'
import type { ResourceContext, ResourceType } from '../resource-type.ts'
import { type Direction, otherSideOf, permissionOf } from './permission.ts'

async function find(
  direction: Direction,
  properties: TemplateObject,
  context: ResourceContext,
): Promise<string | undefined> {
  const { SecurityGroupRules = [] } = await context.call<DescribeSecurityGroupRulesResult>(
    'ec2',
    'DescribeSecurityGroupRules',
    { Filters: [{ Name: 'group-id', Values: [textAt(properties, 'GroupId') ?? ''] }] },
  )
  const group = otherSideOf(properties, 'SecurityGroupId')
  const list = otherSideOf(properties, 'PrefixListId')
  const protocol = textAt(properties, 'IpProtocol')
  const isSame = (rule: SecurityGroupRule): boolean =>
    rule.IsEgress === (direction === 'Egress') &&
    rule.IpProtocol === protocol &&
    (protocol === '-1' ||
      (rule.FromPort === Number(properties['FromPort'] ?? -1) &&
        rule.ToPort === Number(properties['ToPort'] ?? -1))) &&
    rule.CidrIpv4 === textAt(properties, 'CidrIp') &&
    rule.CidrIpv6 === textAt(properties, 'CidrIpv6') &&
    rule.PrefixListId === list &&
    rule.ReferencedGroupInfo?.GroupId === group
  return SecurityGroupRules.find(isSame)?.SecurityGroupRuleId
}

async function authorize(
  direction: Direction,
  properties: TemplateObject,
  context: ResourceContext,
): Promise<string> {
  const answer = await context.call<{ SecurityGroupRules?: SecurityGroupRule[] }>(
    'ec2',
    `AuthorizeSecurityGroup${direction}`,
    { GroupId: textAt(properties, 'GroupId'), IpPermissions: [permissionOf(properties)] },
  )
  return answer.SecurityGroupRules?.[0]?.SecurityGroupRuleId ?? ''
}

const TRAFFIC = ['GroupId', 'IpProtocol', 'FromPort', 'ToPort', 'CidrIp', 'CidrIpv6', 'Description']

function rule(direction: Direction, peer: 'Source' | 'Destination'): ResourceType {
  const on = [...TRAFFIC, `${peer}SecurityGroupId`, `${peer}PrefixListId`]
  return {
    name: `AWS::EC2::SecurityGroup${direction}`,
    create: {
      operations: [`ec2:AuthorizeSecurityGroup${direction}`],
      on,
      run: (properties, context) => authorize(direction, properties, context),
      find: (properties, context) => find(direction, properties, context),
    },
    update: [],
    attributes: ['Id'],
    read: (id) => Promise.resolve({ state: 'ready', attributes: { Id: id } }),
    remove: async (id, context, properties) => {
      const GroupId = textAt(properties, 'GroupId')
      await tolerating(['InvalidSecurityGroupRuleId.NotFound', 'InvalidGroup.NotFound'], () =>
        context.call('ec2', `RevokeSecurityGroup${direction}`, { GroupId, SecurityGroupRuleIds: [id] }),
      )
      return true
    },
  }
}

export const securityGroupIngress = rule('Ingress', 'Source')
export const securityGroupEgress = rule('Egress', 'Destination')
