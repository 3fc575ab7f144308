// Owns where a Classic Load Balancer stands: subnets, one a zone, and security groups.
import type {
  ApplySecurityGroupsToLoadBalancerInput,
  ApplySecurityGroupsToLoadBalancerOutput,
  AttachLoadBalancerToSubnetsInput,
  AttachLoadBalancerToSubnetsOutput,
  DetachLoadBalancerFromSubnetsInput,
  DetachLoadBalancerFromSubnetsOutput,
} from '@aws-sdk/client-elastic-load-balancing'
import type {
  DescribeInternetGatewaysResult,
  DescribeSecurityGroupsResult,
  DescribeSubnetsResult,
} from '@aws-sdk/client-ec2'

import { AwsError } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import { checkSecurityGroups, subnetsOf } from '../elbv2/vpc.ts'
import { validationError } from '../elbv2/errors.ts'
import { groupWithoutAny } from './default-group.ts'
import { changeBalancer, findBalancer, type ClassicElb, type ClassicRecord } from './state.ts'

type Subnets = Pick<ClassicRecord, 'vpcId' | 'subnets'>

/** The subnets with these ids. @throws AwsError ValidationError, SubnetNotFound, InvalidConfigurationRequest */
export async function placedIn(elb: ClassicElb, ids: readonly string[]): Promise<Subnets> {
  if (ids.length === 0) throw validationError('Either AvailabilityZones or SubnetIds must be specified')
  const found = await subnetsOf(elb, ids)
  const [first] = found
  if (found.some(({ VpcId }) => VpcId !== first?.VpcId)) {
    throw new AwsError('InvalidConfigurationRequest', 'All subnets must belong to the same VPC')
  }
  if (new Set(found.map(({ AvailabilityZone }) => AvailabilityZone)).size < found.length) {
    throw new AwsError(
      'InvalidConfigurationRequest',
      'ELB cannot be attached to multiple subnets in the same AZ.',
    )
  }
  return {
    vpcId: first?.VpcId ?? '',
    subnets: found.map(({ SubnetId = '', AvailabilityZone = '' }) => ({
      id: SubnetId,
      zone: AvailabilityZone,
    })),
  }
}

/** The default subnets of zones. @throws AwsError ValidationError */
export async function defaultSubnets({ deps }: ClassicElb, zones: readonly string[]): Promise<string[]> {
  const { Subnets = [] } = await deps.caller.call<DescribeSubnetsResult>('ec2', 'DescribeSubnets', {
    Filters: [
      { Name: 'default-for-az', Values: ['true'] },
      { Name: 'availability-zone', Values: zones },
    ],
  })
  if (Subnets.length < zones.length) {
    throw validationError('Requested AZ is not valid or has no default subnet')
  }
  return Subnets.flatMap(({ SubnetId }) => SubnetId ?? [])
}

/** A VPC that the internet cannot reach has no internet-facing load balancer. @throws AwsError InvalidSubnet */
export async function requireInternet({ deps }: ClassicElb, vpcId: string): Promise<void> {
  const { InternetGateways = [] } = await deps.caller.call<DescribeInternetGatewaysResult>(
    'ec2',
    'DescribeInternetGateways',
    { Filters: [{ Name: 'attachment.vpc-id', Values: [vpcId] }] },
  )
  if (InternetGateways.length === 0)
    throw new AwsError('InvalidSubnet', `VPC ${vpcId} has no internet gateway`)
}

type Groups = Pick<ClassicRecord, 'securityGroups' | 'sourceGroup'>

interface GroupsWanted {
  readonly vpcId: string
  readonly given: readonly string[] | undefined
  /** Of the listeners. */
  readonly ports: readonly number[]
}

/** Security groups, where none is given those that one without any has. @throws AwsError InvalidSecurityGroup, … */
export async function groupsIn(elb: ClassicElb, { vpcId, given = [], ports }: GroupsWanted): Promise<Groups> {
  await checkSecurityGroups(elb, vpcId, given)
  const securityGroups = given.length > 0 ? given : await groupWithoutAny(elb, vpcId, ports)
  const { SecurityGroups = [] } = await elb.deps.caller.call<DescribeSecurityGroupsResult>(
    'ec2',
    'DescribeSecurityGroups',
    { GroupIds: securityGroups.slice(0, 1) },
  )
  return { securityGroups, sourceGroup: SecurityGroups[0]?.GroupName ?? '' }
}

/** Where load balancers with these listeners are reached. */
export function portsOf(listeners: ClassicRecord['listeners']): number[] {
  return listeners.map(({ port }) => port)
}

/** They replace those that it had. @throws AwsError LoadBalancerNotFound, InvalidSecurityGroup, InvalidConfigurationRequest */
export const applySecurityGroups = operation<
  ClassicElb,
  ApplySecurityGroupsToLoadBalancerInput,
  ApplySecurityGroupsToLoadBalancerOutput
>()({
  honours: ['LoadBalancerName', 'SecurityGroups'],
  handle: async ({ LoadBalancerName: name, SecurityGroups }, elb) => {
    const { vpcId, listeners } = findBalancer(elb, name)
    const groups = await groupsIn(elb, { vpcId, given: SecurityGroups, ports: portsOf(listeners) })
    const { securityGroups } = await changeBalancer(elb, name, () => groups)
    return { SecurityGroups: [...securityGroups] }
  },
})

/** @throws AwsError LoadBalancerNotFound, as `placedIn` */
export const attachToSubnets = operation<
  ClassicElb,
  AttachLoadBalancerToSubnetsInput,
  AttachLoadBalancerToSubnetsOutput
>()({
  honours: ['LoadBalancerName', 'Subnets'],
  handle: async ({ LoadBalancerName: name, Subnets = [] }, elb) => {
    const there = findBalancer(elb, name).subnets.map(({ id }) => id)
    const placed = await placedIn(elb, [...new Set([...there, ...Subnets])])
    const { subnets } = await changeBalancer(elb, name, () => ({ subnets: placed.subnets }))
    return { Subnets: subnets.map(({ id }) => id) }
  },
})

/** The last one stays. @throws AwsError LoadBalancerNotFound, InvalidConfigurationRequest */
export const detachFromSubnets = operation<
  ClassicElb,
  DetachLoadBalancerFromSubnetsInput,
  DetachLoadBalancerFromSubnetsOutput
>()({
  honours: ['LoadBalancerName', 'Subnets'],
  handle: async ({ LoadBalancerName: name, Subnets = [] }, elb) => {
    const { subnets } = await changeBalancer(elb, name, (record) => {
      const left = record.subnets.filter(({ id }) => !Subnets.includes(id))
      if (left.length > 0) return { subnets: left }
      throw new AwsError(
        'InvalidConfigurationRequest',
        'A load balancer must be attached to at least one subnet',
      )
    })
    return { Subnets: subnets.map(({ id }) => id) }
  },
})
