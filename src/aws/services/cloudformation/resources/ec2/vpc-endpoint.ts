// Owns the resource type AWS::EC2::VPCEndpoint.
import type { CreateVpcEndpointResult, VpcEndpoint } from '@aws-sdk/client-ec2'

import { documentAs, ownTags, seen } from '../actual.ts'
import { type Members, membersOf, sameNames, textsOf } from '../members.ts'
import { PENDING, type ResourceContext, type ResourceType, type Step } from '../resource-type.ts'
import { findMade, look, type Noun, tagsStep, tagSpecifications } from './ec2.ts'

const endpointNoun: Noun = {
  resourceType: 'vpc-endpoint',
  create: 'CreateVpcEndpoint',
  describe: 'DescribeVpcEndpoints',
  remove: 'DeleteVpcEndpoints',
  list: 'VpcEndpoints',
  id: 'VpcEndpointId',
  notFound: 'InvalidVpcEndpointId.NotFound',
}

const PLACE = sameNames('VpcId', 'ServiceName', 'VpcEndpointType')
const LISTS = { RouteTableIds: 'RouteTableIds', SubnetIds: 'SubnetIds', SecurityGroupIds: 'SecurityGroupIds' }
const SETTINGS: Members = {
  PrivateDnsEnabled: 'PrivateDnsEnabled',
  PolicyDocument: {
    to: 'PolicyDocument',
    as: (value) => (typeof value === 'string' ? value : JSON.stringify(value)),
  },
}

const settingsStep: Step = {
  operations: ['ec2:ModifyVpcEndpoint'],
  on: [...Object.keys(SETTINGS), ...Object.keys(LISTS)],
  run: async ({ physicalId: VpcEndpointId, before, after }, context) => {
    const lists = Object.keys(LISTS).map((name) => {
      const old = textsOf(before[name])
      const next = textsOf(after[name])
      return {
        [`Add${name}`]: next.filter((id) => !old.includes(id)),
        [`Remove${name}`]: old.filter((id) => !next.includes(id)),
      }
    })
    const ResetPolicy = after['PolicyDocument'] === undefined && before['PolicyDocument'] !== undefined
    await context.call('ec2', 'ModifyVpcEndpoint', {
      VpcEndpointId,
      ...membersOf(SETTINGS, after),
      ...Object.assign({}, ...lists),
      ...(ResetPolicy ? { ResetPolicy } : {}),
    })
  },
}

async function describe(id: string, context: ResourceContext): Promise<VpcEndpoint | undefined> {
  return await look(endpointNoun, id, context)
}

export const vpcEndpoint: ResourceType = {
  name: 'AWS::EC2::VPCEndpoint',
  create: {
    operations: ['ec2:CreateVpcEndpoint'],
    on: [...Object.keys(PLACE), ...Object.keys(SETTINGS), ...Object.keys(LISTS), 'Tags'],
    run: async (properties, context) => {
      const answer = await context.call<CreateVpcEndpointResult>('ec2', 'CreateVpcEndpoint', {
        ...membersOf({ ...PLACE, ...SETTINGS, ...LISTS }, properties),
        ...tagSpecifications('vpc-endpoint', properties, context),
      })
      return answer.VpcEndpoint?.VpcEndpointId ?? ''
    },
    find: (_properties, context) => findMade(endpointNoun, context),
  },
  update: [settingsStep, tagsStep()],
  defaults: { IpAddressType: 'ipv4' },
  attributes: ['CreationTimestamp', 'Id'],
  read: async (id, context) => {
    const found = await describe(id, context)
    if (found?.State?.toLowerCase() !== 'available') return PENDING
    const CreationTimestamp = found.CreationTimestamp?.toISOString() ?? ''
    return { state: 'ready', attributes: { Id: id, CreationTimestamp } }
  },
  actual: async (id, context, expected) => {
    const found = await describe(id, context)
    if (!found) return undefined
    return seen(expected, {
      VpcId: found.VpcId,
      ServiceName: found.ServiceName,
      VpcEndpointType: found.VpcEndpointType,
      PrivateDnsEnabled: found.PrivateDnsEnabled,
      PolicyDocument: documentAs(expected['PolicyDocument'], found.PolicyDocument),
      RouteTableIds: found.RouteTableIds ?? [],
      SubnetIds: found.SubnetIds ?? [],
      SecurityGroupIds: (found.Groups ?? []).map(({ GroupId }) => GroupId),
      Tags: ownTags(found.Tags),
    })
  },
  remove: async (id, context) => {
    if (!(await describe(id, context))) return true
    await context.call('ec2', 'DeleteVpcEndpoints', { VpcEndpointIds: [id] })
    return (await describe(id, context)) === undefined
  },
}
