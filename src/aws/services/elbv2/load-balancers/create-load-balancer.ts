// Owns CreateLoadBalancer for Network Load Balancers.
import type {
  CreateLoadBalancerInput,
  CreateLoadBalancerOutput,
  LoadBalancer,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { deepEqual } from '../../../../base/json.ts'
import { type Declared, operation } from '../../../protocol/operation.ts'
import { loadBalancerDefaults } from '../../../../rules/load-balancer/attributes.ts'
import { duplicateName, notEmulated, validationError } from '../errors.ts'
import { arnOf, type Elb, type LoadBalancerRecord } from '../state.ts'
import { showLoadBalancer } from './show.ts'
import { TAGS } from '../tags/resources.ts'
import { checkSecurityGroups } from '../vpc.ts'
import { readSubnets, SUBNETS } from './subnets.ts'

/** AWS takes two to three minutes to provision a Network Load Balancer. */
const PROVISION_MS = 150_000

/** Hosted zones of Network Load Balancers (AWS General Reference, Elastic Load Balancing endpoints). */
const HOSTED_ZONES: Readonly<Record<string, string>> = {
  'us-east-1': 'Z26RNL4JYFTOTI',
  'us-west-2': 'Z18D5FSROUN65G',
  'eu-west-1': 'Z2IFOLAFXWLO4F',
  'eu-central-1': 'Z3F0SRJ5LGBH90',
  'ap-northeast-1': 'Z31USIVHYNEOWT',
}

const HONOURED = ['Name', 'Type', 'Scheme', 'SecurityGroups', ...SUBNETS, ...TAGS] as const

type Input = Declared<CreateLoadBalancerInput, (typeof HONOURED)[number]>

/**
 * The same request again gives the same load balancer.
 * @throws AwsError DuplicateLoadBalancerName, ValidationError, SubnetNotFound, InvalidSecurityGroup,
 *   InvalidConfigurationRequest
 */
export const createLoadBalancer = operation<Elb, CreateLoadBalancerInput, CreateLoadBalancerOutput>()({
  honours: HONOURED,
  handle: async (input, elb) => {
    const name = input.Name ?? ''
    if ((input.Type ?? 'application') !== 'network') {
      throw notEmulated(`A load balancer of type ${input.Type ?? 'application'}`)
    }
    checkName(name)
    const record = await draft(elb, input)
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

async function draft(elb: Elb, input: Input): Promise<LoadBalancerRecord> {
  const { clock, ids, region, pace } = elb.deps
  const name = input.Name ?? ''
  const hex = ids.hex(16)
  const arn = arnOf(elb, `loadbalancer/net/${name}/${hex}`)
  const { vpcId, zones } = await readSubnets(elb, input)
  await checkSecurityGroups(elb, vpcId, input.SecurityGroups)
  const zone = HOSTED_ZONES[region]
  return {
    arn,
    name,
    createdAtMs: clock.now(),
    dueAtMs: clock.now() + PROVISION_MS * pace,
    attributes: loadBalancerDefaults,
    tags: input.Tags ?? [],
    deleted: false,
    loadBalancer: {
      LoadBalancerArn: arn,
      DNSName: `${name}-${hex}.elb.${region}.localhost`.toLowerCase(),
      ...(zone === undefined ? {} : { CanonicalHostedZoneId: zone }),
      LoadBalancerName: name,
      Scheme: input.Scheme ?? 'internet-facing',
      VpcId: vpcId,
      State: { Code: 'provisioning' },
      Type: 'network',
      AvailabilityZones: zones,
      ...(input.SecurityGroups?.length ? { SecurityGroups: input.SecurityGroups } : {}),
      IpAddressType: 'ipv4',
      // Without this the load balancer controller would set the subnets anew at every pass.
      EnablePrefixForIpv6SourceNat: 'off',
    },
  }
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
