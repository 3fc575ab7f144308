// Owns the resource type AWS::EC2::Subnet.
import { sameNames } from '../members.ts'
import { valueAt } from '../property-path.ts'
import type { ResourceType, Step } from '../resource-type.ts'
import { blocks6, creation, described, drop, look, type Noun, tagsStep, textOf } from './ec2.ts'

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

const address6Step: Step = {
  operations: ['ec2:ModifySubnetAttribute'],
  on: ['AssignIpv6AddressOnCreation'],
  run: async ({ physicalId: SubnetId, after }, context) => {
    const Value = valueAt(after, 'AssignIpv6AddressOnCreation') ?? false
    await context.call('ec2', 'ModifySubnetAttribute', { SubnetId, AssignIpv6AddressOnCreation: { Value } })
  },
}

const HOSTNAMES = 'PrivateDnsNameOptionsOnLaunch'

// EC2 takes one attribute a call.
const hostnameStep: Step = {
  operations: ['ec2:ModifySubnetAttribute'],
  on: [
    `${HOSTNAMES}.HostnameType`,
    `${HOSTNAMES}.EnableResourceNameDnsARecord`,
    `${HOSTNAMES}.EnableResourceNameDnsAAAARecord`,
  ],
  run: async ({ physicalId: SubnetId, after }, context) => {
    const modify = (attribute: object): Promise<unknown> =>
      context.call('ec2', 'ModifySubnetAttribute', { SubnetId, ...attribute })
    const PrivateDnsHostnameTypeOnLaunch = valueAt(after, `${HOSTNAMES}.HostnameType`) ?? 'ip-name'
    await modify({ PrivateDnsHostnameTypeOnLaunch })
    for (const name of ['EnableResourceNameDnsARecord', 'EnableResourceNameDnsAAAARecord']) {
      await modify({ [`${name}OnLaunch`]: { Value: valueAt(after, `${HOSTNAMES}.${name}`) ?? false } })
    }
  },
}

export const subnet: ResourceType = {
  name: 'AWS::EC2::Subnet',
  create: creation(
    subnetNoun,
    sameNames('VpcId', 'CidrBlock', 'AvailabilityZone', 'Ipv6CidrBlock'),
    'Subnet',
  ),
  update: [publicAddressStep, address6Step, hostnameStep, tagsStep()],
  defaults: { EnableDns64: false, Ipv6Native: false },
  attributes: ['AvailabilityZone', 'AvailabilityZoneId', 'CidrBlock', 'Ipv6CidrBlocks', 'SubnetId', 'VpcId'],
  listAttributes: ['Ipv6CidrBlocks'],
  liveAttributes: ['Ipv6CidrBlocks'],
  read: async (SubnetId, context) => {
    const found = await look(subnetNoun, SubnetId, context)
    const names = ['AvailabilityZone', 'AvailabilityZoneId', 'CidrBlock', 'VpcId']
    const attributes = Object.fromEntries(names.map((name) => [name, textOf(found, name)]))
    return { state: 'ready', attributes: { ...attributes, SubnetId, Ipv6CidrBlocks: blocks6(found) } }
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
