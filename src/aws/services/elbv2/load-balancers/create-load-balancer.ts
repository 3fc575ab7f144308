// Owns CreateLoadBalancer for Application and Network Load Balancers.
import type {
  CreateLoadBalancerInput,
  CreateLoadBalancerOutput,
  LoadBalancer,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { deepEqual } from '../../../../base/json.ts'
import { type Declared, operation } from '../../../protocol/operation.ts'
import { descriptionOf } from '../interfaces.ts'
import { duplicateName, notEmulated, validationError } from '../errors.ts'
import { arnOf, type Elb, type LoadBalancerRecord } from '../state.ts'
import { defaultsOf, dnsNameOf, hostedZoneOf, type Kind, shortNameOf } from './kinds.ts'
import { showLoadBalancer } from './show.ts'
import { TAGS } from '../tags/resources.ts'
import { checkSecurityGroups, defaultGroupOf } from '../vpc.ts'
import { readIpAddressType } from './ip-address-type.ts'
import { readSubnets, SUBNETS } from './subnets.ts'

/** AWS takes two to three minutes to provision a load balancer. */
const PROVISION_MS = 150_000

const HONOURED = ['Name', 'Type', 'Scheme', 'SecurityGroups', 'IpAddressType', ...SUBNETS, ...TAGS] as const

type Input = Declared<CreateLoadBalancerInput, (typeof HONOURED)[number]>

/**
 * The same request again gives the same load balancer.
 * @throws AwsError DuplicateLoadBalancerName, ValidationError, SubnetNotFound, InvalidSecurityGroup,
 *   InvalidConfigurationRequest
 */
export const createLoadBalancer = operation<Elb, CreateLoadBalancerInput, CreateLoadBalancerOutput>()({
  honours: HONOURED,
  handle: async (input, elb, { settlesAfterMs = 0 }) => {
    const name = input.Name ?? ''
    const kind = input.Type ?? 'application'
    if (kind !== 'network' && kind !== 'application') throw notEmulated(`A load balancer of type ${kind}`)
    checkName(name)
    const drafted = await draft(elb, kind, input)
    const record = { ...drafted, dueAtMs: drafted.dueAtMs + settlesAfterMs }
    return await elb.deps.store.transact((tx) => {
      const existing = elb.tables.loadBalancers.find('name', name)
      if (existing && !isSame(existing, record)) throw duplicateName('LoadBalancer', name)
      if (!existing) elb.tables.loadBalancers.putIn(tx, record.arn, record)
      return { LoadBalancers: [showLoadBalancer(existing ?? record)] }
    })
  },
})

function checkName(name: string): void {
  if (name.length > 32)
    throw validationError(`The load balancer name '${name}' cannot be longer than '32' characters`)
  if (!/^[A-Za-z0-9-]+$/.test(name)) {
    throw validationError(
      `The load balancer name '${name}' can only contain characters that are alphanumeric characters and hyphens(-)`,
    )
  }
  if (name.startsWith('-') || name.endsWith('-')) {
    throw validationError(`The load balancer name '${name}' cannot begin or end with a hyphen('-')`)
  }
  if (name.startsWith('internal-')) {
    throw validationError(`The load balancer name '${name}' cannot begin with 'internal-'`)
  }
}

async function draft(elb: Elb, kind: Kind, input: Input): Promise<LoadBalancerRecord> {
  const { clock, ids, region, pace } = elb.deps
  const name = input.Name ?? ''
  const hex = ids.hex(16)
  const arn = arnOf(elb, `loadbalancer/${shortNameOf(kind)}/${name}/${hex}`)
  const scheme = input.Scheme ?? 'internet-facing'
  // The same request again finds its addresses with the load balancer that it made.
  const there = elb.tables.loadBalancers.find('name', name)
  const description = there && descriptionOf(there)
  const owner = { kind, scheme, ...(description !== undefined && { description }) }
  const IpAddressType = readIpAddressType(input.IpAddressType)
  const { vpcId, zones } = await readSubnets(elb, { ...owner, IpAddressType }, input)
  await checkSecurityGroups(elb, vpcId, input.SecurityGroups)
  const securityGroups = await groupsOfNew(elb, { kind, vpcId, given: input.SecurityGroups })
  const zone = hostedZoneOf(kind, region)
  return {
    arn,
    name,
    createdAtMs: clock.now(),
    dueAtMs: clock.now() + PROVISION_MS * pace,
    attributes: defaultsOf(kind, scheme),
    tags: input.Tags ?? [],
    deleted: false,
    loadBalancer: {
      LoadBalancerArn: arn,
      DNSName: dnsNameOf(kind, { name, hex, region, scheme }),
      ...(zone === undefined ? {} : { CanonicalHostedZoneId: zone }),
      LoadBalancerName: name,
      Scheme: scheme,
      VpcId: vpcId,
      State: { Code: 'provisioning' },
      Type: kind,
      AvailabilityZones: zones,
      ...(securityGroups.length > 0 ? { SecurityGroups: [...securityGroups] } : {}),
      IpAddressType,
      // Without this the load balancer controller would set the subnets anew at every pass.
      ...(kind === 'network' ? { EnablePrefixForIpv6SourceNat: 'off' as const } : {}),
    },
  }
}

// An Application Load Balancer always has security groups: the default one of its VPC when none is given.
async function groupsOfNew(
  elb: Elb,
  { kind, vpcId, given = [] }: { kind: Kind; vpcId: string; given?: readonly string[] | undefined },
): Promise<readonly string[]> {
  return kind === 'network' || given.length > 0 ? given : await defaultGroupOf(elb, vpcId)
}

function isSame(a: LoadBalancerRecord, b: LoadBalancerRecord): boolean {
  const settings = ({
    Scheme,
    Type,
    VpcId,
    SecurityGroups,
    IpAddressType,
    AvailabilityZones,
  }: Omit<LoadBalancer, 'CreatedTime'>) => ({
    Scheme,
    Type,
    VpcId,
    SecurityGroups,
    IpAddressType,
    subnets: (AvailabilityZones ?? [])
      .map((zone) => zone.SubnetId ?? '')
      .toSorted((x, y) => x.localeCompare(y)),
  })
  return deepEqual(settings(a.loadBalancer), settings(b.loadBalancer))
}
