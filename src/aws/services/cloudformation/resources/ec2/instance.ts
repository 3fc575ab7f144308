// Owns the resource type AWS::EC2::Instance.
import type { DescribeInstancesResult, Instance, Reservation } from '@aws-sdk/client-ec2'

import { AwsError, isAwsCode } from '../../../../../base/errors.ts'
import type { TemplateObject, TemplateValue } from '../../template/template.ts'
import { byMembers, ownTags, seen } from '../actual.ts'
import { type Members, membersOf, objectsOf, sameNames, textsOf } from '../members.ts'
import { PENDING, type ResourceContext, type ResourceType, type Step } from '../resource-type.ts'
import { tagsStep, tagSpecifications } from './ec2.ts'

const NETWORK: Members = {
  ...sameNames(
    'AssociatePublicIpAddress',
    'DeleteOnTermination',
    'Description',
    'NetworkInterfaceId',
    'PrivateIpAddress',
    'PrivateIpAddresses',
    'SecondaryPrivateIpAddressCount',
    'SubnetId',
  ),
  DeviceIndex: { to: 'DeviceIndex', as: Number },
  GroupSet: 'Groups',
}

const LAUNCH: Members = {
  ...sameNames(
    'ImageId',
    'InstanceType',
    'KeyName',
    'SubnetId',
    'PrivateIpAddress',
    'SecurityGroupIds',
    'UserData',
    'BlockDeviceMappings',
    'LaunchTemplate.LaunchTemplateId',
    'LaunchTemplate.LaunchTemplateName',
    'LaunchTemplate.Version',
    'MetadataOptions.HttpTokens',
    'MetadataOptions.HttpPutResponseHopLimit',
  ),
  IamInstanceProfile: 'IamInstanceProfile.Name',
  NetworkInterfaces: {
    to: 'NetworkInterfaces',
    as: (value: TemplateValue) => objectsOf(value).map((item) => membersOf(NETWORK, item)),
  },
}

async function find(input: object, context: ResourceContext): Promise<readonly Instance[]> {
  try {
    const { Reservations = [] } = await context.call<DescribeInstancesResult>(
      'ec2',
      'DescribeInstances',
      input,
    )
    return Reservations.flatMap(({ Instances = [] }) => Instances)
  } catch (error) {
    if (isAwsCode(error, 'InvalidInstanceID.NotFound')) return []
    throw error
  }
}

const GONE_STATES = ['terminated', 'shutting-down']

function stateOf(instance: Instance | undefined): string {
  return instance?.State?.Name ?? 'terminated'
}

async function look(id: string, context: ResourceContext): Promise<Instance | undefined> {
  return (await find({ InstanceIds: [id] }, context))[0]
}

// An instance in a VPC takes other groups as it runs.
const groupsStep: Step = {
  operations: ['ec2:ModifyNetworkInterfaceAttribute'],
  on: ['SecurityGroupIds'],
  run: async ({ physicalId, after }, context) => {
    const instance = await look(physicalId, context)
    const NetworkInterfaceId = instance?.NetworkInterfaces?.[0]?.NetworkInterfaceId
    const Groups = textsOf(after['SecurityGroupIds'])
    await context.call('ec2', 'ModifyNetworkInterfaceAttribute', { NetworkInterfaceId, Groups })
  },
}

function attributesOf(id: string, instance: Instance): Record<string, string> {
  return {
    InstanceId: id,
    AvailabilityZone: instance.Placement?.AvailabilityZone ?? '',
    PrivateDnsName: instance.PrivateDnsName ?? '',
    PrivateIp: instance.PrivateIpAddress ?? '',
    PublicDnsName: instance.PublicDnsName ?? '',
    PublicIp: instance.PublicIpAddress ?? '',
    VpcId: instance.VpcId ?? '',
  }
}

async function launch(properties: TemplateObject, context: ResourceContext): Promise<string> {
  const { Instances = [] } = await context.call<Reservation>('ec2', 'RunInstances', {
    ...membersOf(LAUNCH, properties),
    MinCount: 1,
    MaxCount: 1,
    ClientToken: context.token,
    ...tagSpecifications('instance', properties, context),
  })
  return Instances[0]?.InstanceId ?? ''
}

export const instance: ResourceType = {
  name: 'AWS::EC2::Instance',
  create: {
    operations: ['ec2:RunInstances'],
    on: [...Object.keys(LAUNCH), 'Tags'],
    // A repeated launch with the same client token is answered with the instance that it has made.
    run: launch,
  },
  creationPolicy: 'itself',
  update: [groupsStep, tagsStep()],
  defaults: {
    CreditSpecification: { CPUCredits: 'standard' },
    DisableApiTermination: false,
    EbsOptimized: false,
    InstanceInitiatedShutdownBehavior: 'stop',
    Monitoring: false,
    SourceDestCheck: true,
    Tenancy: 'default',
  },
  attributes: [
    'AvailabilityZone',
    'InstanceId',
    'PrivateDnsName',
    'PrivateIp',
    'PublicDnsName',
    'PublicIp',
    'VpcId',
  ],
  changingAttributes: ['PublicDnsName', 'PublicIp'],
  read: async (id, context) => {
    const found = await look(id, context)
    if (found && stateOf(found) === 'pending') return PENDING
    if (!found || GONE_STATES.includes(stateOf(found))) {
      throw new AwsError('NotStabilized', `Instance ${id} is ${stateOf(found)}`)
    }
    return { state: 'ready', attributes: attributesOf(id, found) }
  },
  actual: async (id, context, expected) => {
    const found = await look(id, context)
    if (!found || GONE_STATES.includes(stateOf(found))) return undefined
    const told = sameNames('ImageId', 'InstanceType', 'KeyName', 'SubnetId', 'PrivateIpAddress')
    return seen(expected, {
      ...byMembers(told, found, expected),
      SecurityGroupIds: (found.SecurityGroups ?? []).map(({ GroupId }) => GroupId),
      Tags: ownTags(found.Tags),
    })
  },
  remove: async (id, context) => {
    const state = stateOf(await look(id, context))
    if (state === 'terminated') return true
    if (state !== 'shutting-down') await context.call('ec2', 'TerminateInstances', { InstanceIds: [id] })
    return stateOf(await look(id, context)) === 'terminated'
  },
}
