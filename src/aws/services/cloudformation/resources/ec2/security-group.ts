// Owns the resource type AWS::EC2::SecurityGroup, with the rules that stand in it.
import { deepEqual } from '../../../../../base/json.ts'
import type { TemplateObject } from '../../template/template.ts'
import { tolerating } from '../find-made.ts'
import { generatedName } from '../generated-name.ts'
import { objectsOf, textAt } from '../members.ts'
import type { ResourceType, Step } from '../resource-type.ts'
import { drop, findMade, type Item, look, type Noun, tagSpecifications, tagsStep, textOf } from './ec2.ts'
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
  remove: (id, context) => drop(groupNoun, id, context),
}
