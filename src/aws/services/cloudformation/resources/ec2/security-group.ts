// Owns the resource type AWS::EC2::SecurityGroup, with the rules that stand in it.
import type { IpPermission } from '@aws-sdk/client-ec2'

import { deepEqual } from '../../../../../base/json.ts'
import type { TemplateObject } from '../../template/template.ts'
import { seen } from '../actual.ts'
import { tolerating } from '../find-made.ts'
import { generatedName } from '../generated-name.ts'
import { objectsOf, textAt } from '../members.ts'
import type { ResourceType, Step } from '../resource-type.ts'
import {
  described,
  drop,
  findMade,
  type Item,
  look,
  type Noun,
  tagSpecifications,
  tagsStep,
  textOf,
} from './ec2.ts'
import { type Direction, permissionOf } from './permission.ts'

const groupNoun: Noun = {
  resourceType: 'security-group',
  create: 'CreateSecurityGroup',
  describe: 'DescribeSecurityGroups',
  remove: 'DeleteSecurityGroup',
  list: 'SecurityGroups',
  id: 'GroupId',
  notFound: 'InvalidGroup.NotFound',
}

/**
 * What EC2 gives every new group. "The default rule is removed only when you specify one or more egress rules"
 * (template reference, SecurityGroupEgress).
 */
const ANYWHERE = { IpProtocol: '-1', CidrIp: '0.0.0.0/0' }

function rulesOf(properties: TemplateObject, direction: Direction): TemplateObject[] {
  const rules = objectsOf(properties[`SecurityGroup${direction}`])
  return direction === 'Egress' && rules.length === 0 ? [ANYWHERE] : rules
}

function rulesStep(direction: Direction): Step {
  return {
    operations: [`ec2:AuthorizeSecurityGroup${direction}`, `ec2:RevokeSecurityGroup${direction}`],
    on: [`SecurityGroup${direction}`],
    run: async ({ physicalId: GroupId, before, after }, context) => {
      const [old, next] = [rulesOf(before, direction), rulesOf(after, direction)].map((rules) =>
        rules.map(permissionOf),
      )
      const gone = (old ?? []).filter((rule) => !(next ?? []).some((other) => deepEqual(rule, other)))
      const added = (next ?? []).filter((rule) => !(old ?? []).some((other) => deepEqual(rule, other)))
      for (const [operation, rules, isSo] of [
        [`RevokeSecurityGroup${direction}`, gone, 'InvalidPermission.NotFound'],
        [`AuthorizeSecurityGroup${direction}`, added, 'InvalidPermission.Duplicate'],
      ] as const) {
        for (const rule of rules) {
          await tolerating([isSo], () => context.call('ec2', operation, { GroupId, IpPermissions: [rule] }))
        }
      }
    },
  }
}

/** The rules of a group as a template would have them; in the template's own words where it has the same rule. */
function rulesIn(permissions: unknown, expected: TemplateObject, direction: Direction): TemplateObject[] {
  // EC2 describes permissions in this shape.
  const all = (permissions ?? []) as readonly IpPermission[]
  const peer = direction === 'Ingress' ? 'Source' : 'Destination'
  const found = all.flatMap((permission) => {
    const { IpProtocol = '-1', FromPort, ToPort } = permission
    const base: TemplateObject = {
      IpProtocol,
      ...(IpProtocol === '-1' || FromPort === undefined ? {} : { FromPort }),
      ...(IpProtocol === '-1' || ToPort === undefined ? {} : { ToPort }),
    }
    const rule = (source: TemplateObject, description: string | undefined): TemplateObject => {
      return { ...base, ...source, ...(description ? { Description: description } : {}) }
    }
    return [
      ...(permission.IpRanges ?? []).map((range) => rule({ CidrIp: range.CidrIp ?? '' }, range.Description)),
      ...(permission.Ipv6Ranges ?? []).map((range) =>
        rule({ CidrIpv6: range.CidrIpv6 ?? '' }, range.Description),
      ),
      ...(permission.UserIdGroupPairs ?? []).map((pair) =>
        rule({ [`${peer}SecurityGroupId`]: pair.GroupId ?? '' }, pair.Description),
      ),
      ...(permission.PrefixListIds ?? []).map((list) =>
        rule({ [`${peer}PrefixListId`]: list.PrefixListId ?? '' }, list.Description),
      ),
    ]
  })
  const asked = rulesOf(expected, direction)
  return found.map((rule) => asked.find((one) => deepEqual(permissionOf(one), permissionOf(rule))) ?? rule)
}

export const securityGroup: ResourceType = {
  name: 'AWS::EC2::SecurityGroup',
  customName: 'GroupName',
  create: {
    operations: ['ec2:CreateSecurityGroup'],
    on: ['GroupName', 'GroupDescription', 'VpcId', 'Tags'],
    run: async (properties, context) => {
      const answer = await context.call<Item>('ec2', 'CreateSecurityGroup', {
        GroupName: textAt(properties, 'GroupName') ?? generatedName(context, 255),
        Description: textAt(properties, 'GroupDescription'),
        VpcId: textAt(properties, 'VpcId'),
        ...tagSpecifications('security-group', properties, context),
      })
      return textOf(answer, 'GroupId')
    },
    find: (_properties, context) => findMade(groupNoun, context),
  },
  update: [rulesStep('Ingress'), rulesStep('Egress'), tagsStep()],
  attributes: ['GroupId', 'Id', 'VpcId'],
  read: async (GroupId, context) => {
    const found = await look(groupNoun, GroupId, context)
    return { state: 'ready', attributes: { GroupId, Id: GroupId, VpcId: textOf(found, 'VpcId') } }
  },
  actual: async (GroupId, context, expected) => {
    const found = await described(groupNoun, 'GroupName', 'VpcId')(GroupId, context, expected)
    const item = found && (await look(groupNoun, GroupId, context))
    return (
      found &&
      item &&
      seen(found, {
        GroupDescription: item['Description'],
        SecurityGroupIngress: rulesIn(item['IpPermissions'], expected, 'Ingress'),
        SecurityGroupEgress: rulesIn(item['IpPermissionsEgress'], expected, 'Egress'),
      })
    )
  },
  remove: (id, context) => drop(groupNoun, id, context),
}
