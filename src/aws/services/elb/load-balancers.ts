// Owns CreateLoadBalancer, DeleteLoadBalancer and DescribeLoadBalancers of Classic Load Balancers.
import type {
  CreateAccessPointInput,
  CreateAccessPointOutput,
  DeleteAccessPointInput,
  DeleteAccessPointOutput,
  DescribeAccessPointsInput,
  DescribeAccessPointsOutput,
  LoadBalancerDescription,
} from '@aws-sdk/client-elastic-load-balancing'

import { AwsError } from '../../../base/errors.ts'
import { deepEqual } from '../../../base/json.ts'
import { type Declared, operation } from '../../protocol/operation.ts'
import { dnsNameOf, hostedZoneOf } from '../elbv2/load-balancers/kinds.ts'
import { page, PAGES } from '../elbv2/paging.ts'
import { validationError } from '../elbv2/errors.ts'
import { DEFAULTS } from './attributes.ts'
import { defaultCheck } from './health-check.ts'
import { LISTENERS, readListeners, settingsOf, showListener, withDefaultPolicy } from './listeners.ts'
import { showPolicies } from './policies/policies.ts'
import { defaultSubnets, groupsIn, placedIn, portsOf, requireInternet } from './placement.ts'
import { findBalancer, visibleBalancers, type ClassicElb, type ClassicRecord } from './state.ts'
import { TAGS, withTags } from './tags.ts'

const HONOURED = [
  'LoadBalancerName',
  'Scheme',
  'AvailabilityZones',
  'Subnets',
  'SecurityGroups',
  ...LISTENERS,
  ...TAGS,
] as const

type Input = Declared<CreateAccessPointInput, (typeof HONOURED)[number]>

/**
 * The same request again gives the same load balancer.
 * @throws AwsError ValidationError, InvalidScheme, DuplicateLoadBalancerName, SubnetNotFound, InvalidSubnet,
 *   InvalidSecurityGroup, InvalidConfigurationRequest, as `readListeners` and `withTags`
 */
export const createLoadBalancer = operation<ClassicElb, CreateAccessPointInput, CreateAccessPointOutput>()({
  honours: HONOURED,
  handle: async (input, elb) => {
    const drafted = await draft(elb, input)
    return await elb.deps.store.transact((tx) => {
      const existing = elb.balancers.get(drafted.name)
      if (existing && !existing.deleted) {
        if (!isSame(existing, drafted)) throw duplicateName(drafted.name)
        return { DNSName: existing.dnsName }
      }
      // One that is still being taken down makes way: the reconciler goes by what stands here.
      elb.balancers.putIn(tx, drafted.name, drafted)
      return { DNSName: drafted.dnsName }
    })
  },
})

function duplicateName(name: string): AwsError {
  return new AwsError(
    'DuplicateLoadBalancerName',
    `The specified load balancer name already exists for this account: ${name}`,
  )
}

async function draft(elb: ClassicElb, input: Input): Promise<ClassicRecord> {
  const { clock, ids, region } = elb.deps
  const name = input.LoadBalancerName ?? ''
  if (!/^(?!-)[A-Za-z0-9-]{1,32}$/.test(name) || name.endsWith('-')) {
    throw validationError(
      'LoadBalancerName must be at most 32 characters that are letters, digits or hyphens, and cannot begin or end with a hyphen',
    )
  }
  const scheme = input.Scheme ?? 'internet-facing'
  if (scheme !== 'internet-facing' && scheme !== 'internal') {
    throw new AwsError(
      'InvalidScheme',
      `Load balancer scheme '${scheme}' must be internal or internet-facing`,
    )
  }
  const listeners = readListeners(elb, input.Listeners, { name, listeners: [] })
  const zones = input.AvailabilityZones ?? []
  const { vpcId, subnets } = await placedIn(
    elb,
    zones.length > 0 ? await defaultSubnets(elb, zones) : (input.Subnets ?? []),
  )
  if (scheme === 'internet-facing') await requireInternet(elb, vpcId)
  const hostedZone = hostedZoneOf('application', region)
  return {
    name,
    createdAtMs: clock.now(),
    dnsName: dnsNameOf('application', { name, hex: ids.hex(16), region, scheme }),
    ...(hostedZone !== undefined && { hostedZone }),
    scheme,
    vpcId,
    subnets,
    ...(await groupsIn(elb, { vpcId, given: input.SecurityGroups, ports: portsOf(listeners) })),
    listeners,
    healthCheck: defaultCheck(listeners),
    instances: [],
    policies: withDefaultPolicy([], listeners),
    backends: [],
    attributes: DEFAULTS,
    tags: withTags([], input.Tags),
    deleted: false,
  }
}

function isSame(a: ClassicRecord, b: ClassicRecord): boolean {
  const settings = ({ scheme, subnets, securityGroups, listeners }: ClassicRecord) => ({
    scheme,
    subnets: subnets.map(({ id }) => id).toSorted((x, y) => x.localeCompare(y)),
    securityGroups,
    listeners: listeners.map(settingsOf),
  })
  return deepEqual(settings(a), settings(b))
}

/** Deleting what is not there succeeds. */
export const deleteLoadBalancer = operation<ClassicElb, DeleteAccessPointInput, DeleteAccessPointOutput>()({
  honours: ['LoadBalancerName'],
  handle: async ({ LoadBalancerName: name = '' }, elb) => {
    await elb.balancers.update(name, (record) => ({ ...record, deleted: true }))
    return {}
  },
})

/** All, or those asked for. @throws AwsError LoadBalancerNotFound */
export const describeLoadBalancers = operation<
  ClassicElb,
  DescribeAccessPointsInput,
  DescribeAccessPointsOutput
>()({
  honours: ['LoadBalancerNames', ...PAGES],
  handle: (input, elb) => {
    const { LoadBalancerNames: names = [] } = input
    const wanted = names.length > 0 ? names.map((name) => findBalancer(elb, name)) : visibleBalancers(elb)
    const { items, NextMarker } = page(wanted, input)
    return { LoadBalancerDescriptions: items.map((record) => show(elb, record)), NextMarker }
  },
})

function show({ deps }: ClassicElb, record: ClassicRecord): LoadBalancerDescription {
  const { name, dnsName, hostedZone, scheme, subnets } = record
  return {
    LoadBalancerName: name,
    DNSName: dnsName,
    ...(scheme === 'internet-facing' && { CanonicalHostedZoneName: dnsName }),
    ...(hostedZone !== undefined && { CanonicalHostedZoneNameID: hostedZone }),
    ListenerDescriptions: record.listeners.map(showListener),
    Policies: showPolicies(record),
    BackendServerDescriptions: record.backends.map(({ port, policies }) => ({
      InstancePort: port,
      PolicyNames: [...policies],
    })),
    AvailabilityZones: subnets.map(({ zone }) => zone),
    Subnets: subnets.map(({ id }) => id),
    VPCId: record.vpcId,
    Instances: record.instances.map(({ id }) => ({ InstanceId: id })),
    HealthCheck: record.healthCheck,
    SourceSecurityGroup: { OwnerAlias: deps.accountId, GroupName: record.sourceGroup },
    SecurityGroups: [...record.securityGroups],
    CreatedTime: new Date(record.createdAtMs),
    Scheme: scheme,
  }
}
