// Owns the EC2 resource types that own something with an id: VPC, Subnet, RouteTable, gateways, EIP, SecurityGroup,
// LaunchTemplate.
import { AwsError, isAwsCode } from '../../../../base/errors.ts'
import { isObject } from '../../../../base/json.ts'
import type { TemplateObject } from '../template/template.ts'
import {
  flag,
  generatedName,
  isStillInUse,
  mergeTags,
  optional,
  PENDING,
  type ProviderContext,
  READY,
  required,
  type ResourceProvider,
  type ResourceState,
  text,
  tolerating,
} from './provider.ts'

type Item = Readonly<Record<string, unknown>>

/** How a simple EC2 resource is called by the service. */
interface Shape {
  readonly resourceType: string
  readonly create: string
  readonly describe: string
  readonly list: string
  readonly id: string
  readonly remove: string
  readonly notFound: string
}

function tagSpecification(shape: Shape, properties: TemplateObject, context: ProviderContext): object[] {
  return [{ ResourceType: shape.resourceType, Tags: mergeTags(properties['Tags'], context) }]
}

/** The resource that an earlier attempt made, told by the tags that CloudFormation puts on it. */
async function findMade(shape: Shape, context: ProviderContext): Promise<Item | undefined> {
  const answer = await context.call<Record<string, Item[] | undefined>>('ec2', shape.describe, {
    [shape.describe === 'DescribeNatGateways' ? 'Filter' : 'Filters']: [
      { Name: 'tag:aws:cloudformation:stack-id', Values: [context.stackId] },
      { Name: 'tag:aws:cloudformation:logical-id', Values: [context.logicalId] },
    ],
  })
  return answer[shape.list]?.find((item) => item['State'] !== 'deleted' && item['State'] !== 'deleting')
}

/** Makes the resource unless an earlier attempt has. @returns its id */
async function make(
  shape: Shape,
  context: ProviderContext,
  from: { properties: TemplateObject; input: object; idOf: (answer: Item) => unknown },
): Promise<string> {
  const made = await findMade(shape, context)
  if (made) return text(made[shape.id])
  const answer = await context.call<Item>('ec2', shape.create, {
    ...from.input,
    TagSpecifications: tagSpecification(shape, from.properties, context),
  })
  return text(from.idOf(answer))
}

async function look(shape: Shape, physicalId: string, context: ProviderContext): Promise<Item | undefined> {
  const answer = await context.call<Record<string, Item[] | undefined>>('ec2', shape.describe, {
    [`${shape.id}s`]: [physicalId],
  })
  return answer[shape.list]?.[0]
}

/** @returns false while something else still uses it */
async function drop(shape: Shape, physicalId: string, context: ProviderContext): Promise<boolean> {
  try {
    await context.call('ec2', shape.remove, { [shape.id]: physicalId })
  } catch (error) {
    if (isAwsCode(error, shape.notFound)) return true
    if (!isStillInUse(error)) throw error
    return false
  }
  return true
}

function member(answer: Item, name: string): Item {
  const value = answer[name]
  return isObject(value) ? value : {}
}

const vpcShape: Shape = {
  resourceType: 'vpc',
  create: 'CreateVpc',
  describe: 'DescribeVpcs',
  list: 'Vpcs',
  id: 'VpcId',
  remove: 'DeleteVpc',
  notFound: 'InvalidVpcID.NotFound',
}

export const vpc: ResourceProvider = {
  async create(properties, context) {
    if (flag(properties['AmazonProvidedIpv6CidrBlock'])) throw notEmulated('AmazonProvidedIpv6CidrBlock')
    const VpcId = await make(vpcShape, context, {
      properties,
      input: { CidrBlock: required(properties, 'CidrBlock') },
      idOf: (answer) => member(answer, 'Vpc')['VpcId'],
    })
    for (const name of ['EnableDnsSupport', 'EnableDnsHostnames']) {
      const Value = flag(properties[name])
      if (Value !== undefined) await context.call('ec2', 'ModifyVpcAttribute', { VpcId, [name]: { Value } })
    }
    return VpcId
  },
  async read(physicalId, context) {
    const found = await look(vpcShape, physicalId, context)
    return ready({ VpcId: physicalId, CidrBlock: text(found?.['CidrBlock'] ?? '') })
  },
  delete: (physicalId, context) => drop(vpcShape, physicalId, context),
}

function notEmulated(property: string): AwsError {
  return new AwsError('ValidationError', `The property ${property} is not emulated by Neargate.`)
}

function ready(attributes: Record<string, string>): ResourceState {
  return { state: 'ready', attributes }
}

const subnetShape: Shape = {
  resourceType: 'subnet',
  create: 'CreateSubnet',
  describe: 'DescribeSubnets',
  list: 'Subnets',
  id: 'SubnetId',
  remove: 'DeleteSubnet',
  notFound: 'InvalidSubnetID.NotFound',
}

export const subnet: ResourceProvider = {
  async create(properties, context) {
    const SubnetId = await make(subnetShape, context, {
      properties,
      input: {
        VpcId: required(properties, 'VpcId'),
        CidrBlock: required(properties, 'CidrBlock'),
        AvailabilityZone: optional(properties, 'AvailabilityZone'),
      },
      idOf: (answer) => member(answer, 'Subnet')['SubnetId'],
    })
    const Value = flag(properties['MapPublicIpOnLaunch'])
    if (Value !== undefined) {
      await context.call('ec2', 'ModifySubnetAttribute', { SubnetId, MapPublicIpOnLaunch: { Value } })
    }
    return SubnetId
  },
  async read(physicalId, context) {
    const found = await look(subnetShape, physicalId, context)
    return ready({
      SubnetId: physicalId,
      AvailabilityZone: text(found?.['AvailabilityZone'] ?? ''),
      VpcId: text(found?.['VpcId'] ?? ''),
      CidrBlock: text(found?.['CidrBlock'] ?? ''),
    })
  },
  delete: (physicalId, context) => drop(subnetShape, physicalId, context),
}

/** A resource of which the template says nothing but tags and, perhaps, its VPC. */
function plain(shape: Shape, answerMember: string): ResourceProvider {
  return {
    create: (properties, context) =>
      make(shape, context, {
        properties,
        input: properties['VpcId'] === undefined ? {} : { VpcId: required(properties, 'VpcId') },
        idOf: (answer) => member(answer, answerMember)[shape.id],
      }),
    read: (physicalId) => Promise.resolve(ready({ [shape.id]: physicalId })),
    delete: (physicalId, context) => drop(shape, physicalId, context),
  }
}

export const routeTable = plain(
  {
    resourceType: 'route-table',
    create: 'CreateRouteTable',
    describe: 'DescribeRouteTables',
    list: 'RouteTables',
    id: 'RouteTableId',
    remove: 'DeleteRouteTable',
    notFound: 'InvalidRouteTableID.NotFound',
  },
  'RouteTable',
)

export const internetGateway = plain(
  {
    resourceType: 'internet-gateway',
    create: 'CreateInternetGateway',
    describe: 'DescribeInternetGateways',
    list: 'InternetGateways',
    id: 'InternetGatewayId',
    remove: 'DeleteInternetGateway',
    notFound: 'InvalidInternetGatewayID.NotFound',
  },
  'InternetGateway',
)

const addressShape: Shape = {
  resourceType: 'elastic-ip',
  create: 'AllocateAddress',
  describe: 'DescribeAddresses',
  list: 'Addresses',
  id: 'AllocationId',
  remove: 'ReleaseAddress',
  notFound: 'InvalidAllocationID.NotFound',
}

/** Ref of an EIP is its public address; what it is released by is an attribute. */
export const elasticIp: ResourceProvider = {
  async create(properties, context) {
    const allocationId = await make(addressShape, context, {
      properties,
      input: { Domain: optional(properties, 'Domain') ?? 'vpc' },
      idOf: (answer) => answer['AllocationId'],
    })
    const found = await look(addressShape, allocationId, context)
    return text(found?.['PublicIp'] ?? allocationId)
  },
  async read(physicalId, context) {
    const found = await addressOf(physicalId, context)
    return ready({ AllocationId: text(found?.['AllocationId'] ?? ''), PublicIp: physicalId })
  },
  async delete(physicalId, context) {
    const found = await addressOf(physicalId, context)
    return found ? drop(addressShape, text(found['AllocationId']), context) : true
  },
}

async function addressOf(publicIp: string, context: ProviderContext): Promise<Item | undefined> {
  const { Addresses = [] } = await context.call<{ Addresses?: Item[] }>('ec2', 'DescribeAddresses', {
    Filters: [{ Name: 'public-ip', Values: [publicIp] }],
  })
  return Addresses[0]
}

const natShape: Shape = {
  resourceType: 'natgateway',
  create: 'CreateNatGateway',
  describe: 'DescribeNatGateways',
  list: 'NatGateways',
  id: 'NatGatewayId',
  remove: 'DeleteNatGateway',
  notFound: 'NatGatewayNotFound',
}

export const natGateway: ResourceProvider = {
  create: (properties, context) =>
    make(natShape, context, {
      properties,
      input: {
        SubnetId: required(properties, 'SubnetId'),
        AllocationId: optional(properties, 'AllocationId'),
        ConnectivityType: optional(properties, 'ConnectivityType'),
      },
      idOf: (answer) => member(answer, 'NatGateway')['NatGatewayId'],
    }),
  async read(physicalId, context) {
    const found = await look(natShape, physicalId, context)
    return found?.['State'] === 'available' ? ready({ NatGatewayId: physicalId }) : PENDING
  },
  async delete(physicalId, context) {
    const found = await look(natShape, physicalId, context).catch(() => undefined)
    if (found === undefined || found['State'] === 'deleted') return true
    if (found['State'] !== 'deleting') await drop(natShape, physicalId, context)
    const after = await look(natShape, physicalId, context)
    return after === undefined || after['State'] === 'deleted'
  },
}

const groupShape: Shape = {
  resourceType: 'security-group',
  create: 'CreateSecurityGroup',
  describe: 'DescribeSecurityGroups',
  list: 'SecurityGroups',
  id: 'GroupId',
  remove: 'DeleteSecurityGroup',
  notFound: 'InvalidGroup.NotFound',
}

export const securityGroup: ResourceProvider = {
  async create(properties, context) {
    const GroupId = await make(groupShape, context, {
      properties,
      input: {
        GroupName: optional(properties, 'GroupName') ?? generatedName(context, 255),
        Description: required(properties, 'GroupDescription'),
        VpcId: optional(properties, 'VpcId'),
      },
      idOf: (answer) => answer['GroupId'],
    })
    await openInline(GroupId, properties, context)
    return GroupId
  },
  async read(physicalId, context) {
    const found = await look(groupShape, physicalId, context)
    return ready({ GroupId: physicalId, Id: physicalId, VpcId: text(found?.['VpcId'] ?? '') })
  },
  async delete(physicalId, context) {
    return await drop(groupShape, physicalId, context)
  },
}

async function openInline(
  GroupId: string,
  properties: TemplateObject,
  context: ProviderContext,
): Promise<void> {
  const lists = [
    ['SecurityGroupIngress', 'AuthorizeSecurityGroupIngress'],
    ['SecurityGroupEgress', 'AuthorizeSecurityGroupEgress'],
  ] as const
  for (const [property, operation] of lists) {
    const rules = Array.isArray(properties[property]) ? properties[property] : []
    for (const rule of rules) {
      await tolerating(['InvalidPermission.Duplicate'], () =>
        context.call('ec2', operation, { GroupId, IpPermissions: [permissionOf(rule as TemplateObject)] }),
      )
    }
  }
}

/** A rule of a template as EC2 takes it. */
export function permissionOf(rule: TemplateObject): object {
  const group = rule['SourceSecurityGroupId'] ?? rule['DestinationSecurityGroupId']
  const description = rule['Description'] === undefined ? {} : { Description: text(rule['Description']) }
  const protocol = text(rule['IpProtocol'] ?? '-1')
  const ports =
    protocol === '-1'
      ? {}
      : { FromPort: Number(rule['FromPort'] ?? -1), ToPort: Number(rule['ToPort'] ?? -1) }
  return {
    IpProtocol: protocol,
    ...ports,
    ...(group === undefined ? {} : { UserIdGroupPairs: [{ GroupId: text(group), ...description }] }),
    ...(rule['CidrIp'] === undefined ? {} : { IpRanges: [{ CidrIp: text(rule['CidrIp']), ...description }] }),
    ...(rule['CidrIpv6'] === undefined
      ? {}
      : { Ipv6Ranges: [{ CidrIpv6: text(rule['CidrIpv6']), ...description }] }),
  }
}

export const launchTemplate: ResourceProvider = {
  replacedBy: ['LaunchTemplateName'],
  async create(properties, context) {
    const name = optional(properties, 'LaunchTemplateName') ?? generatedName(context, 128)
    const find = async (): Promise<string | undefined> => {
      const { LaunchTemplates = [] } = await context.call<{ LaunchTemplates?: Item[] }>(
        'ec2',
        'DescribeLaunchTemplates',
        {
          Filters: [
            { Name: 'launch-template-name', Values: [name] },
            { Name: 'tag:aws:cloudformation:stack-id', Values: [context.stackId] },
          ],
        },
      )
      return LaunchTemplates[0] && text(LaunchTemplates[0]['LaunchTemplateId'])
    }
    const made = await find()
    if (made !== undefined) return made
    const answer = await context.call<Item>('ec2', 'CreateLaunchTemplate', {
      LaunchTemplateName: name,
      LaunchTemplateData: properties['LaunchTemplateData'],
      TagSpecifications: [{ ResourceType: 'launch-template', Tags: mergeTags(properties['Tags'], context) }],
    })
    return text(member(answer, 'LaunchTemplate')['LaunchTemplateId'])
  },
  async read(physicalId, context) {
    const { LaunchTemplates = [] } = await context.call<{ LaunchTemplates?: Item[] }>(
      'ec2',
      'DescribeLaunchTemplates',
      {
        LaunchTemplateIds: [physicalId],
      },
    )
    const found = LaunchTemplates[0] ?? {}
    return ready({
      LaunchTemplateId: physicalId,
      DefaultVersionNumber: text(found['DefaultVersionNumber'] ?? 1),
      LatestVersionNumber: text(found['LatestVersionNumber'] ?? 1),
    })
  },
  async update({ physicalId, after }, context) {
    await context.call('ec2', 'CreateLaunchTemplateVersion', {
      LaunchTemplateId: physicalId,
      LaunchTemplateData: after['LaunchTemplateData'],
    })
  },
  async delete(physicalId, context) {
    await tolerating(['InvalidLaunchTemplateId.NotFound'], () =>
      context.call('ec2', 'DeleteLaunchTemplate', { LaunchTemplateId: physicalId }),
    )
    return true
  },
}

/** Ready with no attributes: for types that only link others. */
export function linked(): Promise<ResourceState> {
  return Promise.resolve(READY)
}
