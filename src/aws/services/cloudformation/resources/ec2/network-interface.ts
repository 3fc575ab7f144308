// Owns the resource type AWS::EC2::NetworkInterface.
import type { NetworkInterface } from '@aws-sdk/client-ec2'

import { ownTags, seen } from '../actual.ts'
import { type Members, textAt, textsOf } from '../members.ts'
import type { ResourceType, Step } from '../resource-type.ts'
import { creation, drop, look, type Noun, tagsStep } from './ec2.ts'

const interfaceNoun: Noun = {
  resourceType: 'network-interface',
  create: 'CreateNetworkInterface',
  describe: 'DescribeNetworkInterfaces',
  remove: 'DeleteNetworkInterface',
  list: 'NetworkInterfaces',
  id: 'NetworkInterfaceId',
  notFound: 'InvalidNetworkInterfaceID.NotFound',
}

const MEMBERS: Members = {
  SubnetId: 'SubnetId',
  Description: 'Description',
  PrivateIpAddress: 'PrivateIpAddress',
  GroupSet: 'Groups',
}

const settingsStep: Step = {
  operations: ['ec2:ModifyNetworkInterfaceAttribute'],
  on: ['GroupSet', 'Description'],
  run: async ({ physicalId: NetworkInterfaceId, after }, context) => {
    const modify = (attribute: object) =>
      context.call('ec2', 'ModifyNetworkInterfaceAttribute', { NetworkInterfaceId, ...attribute })
    await modify({ Description: { Value: textAt(after, 'Description') ?? '' } })
    const Groups = textsOf(after['GroupSet'])
    if (Groups.length > 0) await modify({ Groups })
  },
}

export const networkInterface: ResourceType = {
  name: 'AWS::EC2::NetworkInterface',
  create: creation(interfaceNoun, MEMBERS, 'NetworkInterface'),
  update: [settingsStep, tagsStep()],
  defaults: { SourceDestCheck: true, InterfaceType: 'interface' },
  attributes: ['Id', 'PrimaryPrivateIpAddress', 'VpcId'],
  read: async (Id, context) => {
    const found: NetworkInterface = (await look(interfaceNoun, Id, context)) ?? {}
    const { PrivateIpAddress: PrimaryPrivateIpAddress = '', VpcId = '' } = found
    return { state: 'ready', attributes: { Id, PrimaryPrivateIpAddress, VpcId } }
  },
  actual: async (id, context, expected) => {
    const found: NetworkInterface | undefined = await look(interfaceNoun, id, context)
    if (!found) return undefined
    return seen(expected, {
      Description: found.Description ?? null,
      GroupSet: (found.Groups ?? []).map(({ GroupId }) => GroupId),
      PrivateIpAddress: found.PrivateIpAddress,
      SubnetId: found.SubnetId,
      Tags: ownTags(found.TagSet),
    })
  },
  remove: (id, context) => drop(interfaceNoun, id, context),
}
