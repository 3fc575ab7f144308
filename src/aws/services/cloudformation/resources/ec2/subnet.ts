// Owns the resource type AWS::EC2::Subnet.
import { sameNames } from '../members.ts'
import { valueAt } from '../property-path.ts'
import type { ResourceType, Step } from '../resource-type.ts'
import { creation, described, drop, look, type Noun, tagsStep, textOf } from './ec2.ts'

const subnetNoun: Noun = {
  resourceType: 'subnet',
  create: 'CreateSubnet',
  describe: 'DescribeSubnets',
  remove: 'DeleteSubnet',
  list: 'Subnets',
  id: 'SubnetId',
  notFound: 'InvalidSubnetID.NotFound',
}

const publicAddressStep: Step = {
  operations: ['ec2:ModifySubnetAttribute'],
  on: ['MapPublicIpOnLaunch'],
  run: async ({ physicalId: SubnetId, after }, context) => {
    const Value = valueAt(after, 'MapPublicIpOnLaunch') ?? false
    await context.call('ec2', 'ModifySubnetAttribute', { SubnetId, MapPublicIpOnLaunch: { Value } })
  },
}

export const subnet: ResourceType = {
  name: 'AWS::EC2::Subnet',
  create: creation(subnetNoun, sameNames('VpcId', 'CidrBlock', 'AvailabilityZone'), 'Subnet'),
  update: [publicAddressStep, tagsStep()],
  defaults: { AssignIpv6AddressOnCreation: false, EnableDns64: false, Ipv6Native: false },
  attributes: ['AvailabilityZone', 'AvailabilityZoneId', 'CidrBlock', 'SubnetId', 'VpcId'],
  read: async (SubnetId, context) => {
    const found = await look(subnetNoun, SubnetId, context)
    const names = ['AvailabilityZone', 'AvailabilityZoneId', 'CidrBlock', 'VpcId']
    const attributes = Object.fromEntries(names.map((name) => [name, textOf(found, name)]))
    return { state: 'ready', attributes: { ...attributes, SubnetId } }
  },
  actual: described(
    subnetNoun,
    'VpcId',
    'CidrBlock',
    'AvailabilityZone',
    'MapPublicIpOnLaunch',
    'AssignIpv6AddressOnCreation',
  ),
  remove: (id, context) => drop(subnetNoun, id, context),
}
