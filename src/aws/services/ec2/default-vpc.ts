// Owns the default VPC, with a public subnet in each zone. A region begins with one; CreateDefaultVpc makes it again.
// Source: Amazon VPC User Guide, "Default VPCs".
import type {
  CreateDefaultSubnetRequest,
  CreateDefaultSubnetResult,
  CreateDefaultVpcRequest,
  CreateDefaultVpcResult,
} from '@aws-sdk/client-ec2'

import { AwsError } from '../../../base/errors.ts'
import type { Writer } from '../../../store/store.ts'
import { operation } from '../../protocol/operation.ts'
import { formatCidr, overlaps, parseCidr } from './cidr.ts'
import { defaultSubnets, defaultVpc } from './defaults.ts'
import { invalidParameterValue } from './errors.ts'
import { attachGateway, insertInternetGateway } from './internet-gateways.ts'
import { insertRoute } from './route-tables.ts'
import type { Ec2State, SubnetRecord, VpcRecord } from './state.ts'
import { describeSubnet, insertSubnet } from './subnets.ts'
import { describeVpc, insertVpc } from './vpcs.ts'
import { zonesOf } from './zones.ts'

const CIDR = '172.31.0.0/16'
const SUBNET_PREFIX = 20

function insertDefaultVpc(tx: Writer, ec2: Ec2State): VpcRecord {
  const vpc = insertVpc(tx, ec2, { cidr: CIDR, tags: {}, dnsHostnames: true, isDefault: true })
  const { id } = insertInternetGateway(tx, ec2, {})
  attachGateway(tx, ec2, { id, vpcId: vpc.id })
  const main = ec2.routeTables.list().find(({ vpcId }) => vpcId === vpc.id)
  insertRoute(tx, ec2, { RouteTableId: main?.id, DestinationCidrBlock: '0.0.0.0/0', GatewayId: id })
  for (const zone of zonesOf(ec2.deps.region)) insertDefaultSubnet(tx, ec2, { vpc, zone: zone.name })
  return vpc
}

function insertDefaultSubnet(
  tx: Writer,
  ec2: Ec2State,
  { vpc, zone }: { vpc: VpcRecord; zone: string },
): SubnetRecord {
  const taken = ec2.subnets.list().filter(({ vpcId }) => vpcId === vpc.id)
  const range = parseCidr(vpc.cidr)
  const size = 2 ** (32 - SUBNET_PREFIX)
  for (let first = range.first; first < range.first + range.size; first += size) {
    const block = { first, prefixLength: SUBNET_PREFIX, size }
    if (taken.some(({ cidr }) => overlaps(parseCidr(cidr), block))) continue
    const cidr = formatCidr(block)
    return insertSubnet(tx, ec2, { vpcId: vpc.id, cidr, zone, tags: {}, mapPublicIp: true, isDefault: true })
  }
  throw new AwsError('InvalidSubnet.Range', `There is no room for another subnet in ${vpc.id}.`)
}

/**
 * Gives a new region the default VPC that it has in every account. Done once: one that somebody deletes stays deleted,
 * and one that is there already, by CreateDefaultVpc, stays as it is.
 */
export async function ensureDefaultVpc(ec2: Ec2State): Promise<void> {
  await ec2.deps.store.transact((tx) => {
    if (ec2.firstStarts.has(ec2.deps.region)) return
    ec2.firstStarts.putIn(tx, ec2.deps.region, { atMs: ec2.deps.clock.now() })
    if (!defaultVpc(ec2)) insertDefaultVpc(tx, ec2)
  })
}

/** CreateDefaultVpc. @throws AwsError DefaultVpcAlreadyExists */
export const createDefaultVpc = operation<Ec2State, CreateDefaultVpcRequest, CreateDefaultVpcResult>()({
  honours: [],
  handle: async (_input, ec2) => {
    return await ec2.deps.store.transact((tx) => {
      if (defaultVpc(ec2)) {
        throw new AwsError(
          'DefaultVpcAlreadyExists',
          'A Default VPC already exists for this account in this region.',
        )
      }
      return { Vpc: { ...describeVpc(ec2, insertDefaultVpc(tx, ec2)), State: 'pending' } }
    })
  },
})

/** CreateDefaultSubnet. @throws AwsError DefaultSubnetAlreadyExistsInAvailabilityZone, DefaultVpcDoesNotExist */
export const createDefaultSubnet = operation<
  Ec2State,
  CreateDefaultSubnetRequest,
  CreateDefaultSubnetResult
>()({
  honours: ['AvailabilityZone', 'AvailabilityZoneId'],
  handle: async (input, ec2) => {
    const zone = zonesOf(ec2.deps.region).find(
      ({ name, id }) => name === input.AvailabilityZone || id === input.AvailabilityZoneId,
    )
    if (!zone) throw invalidParameterValue(`Invalid availability zone: [${input.AvailabilityZone}]`)
    return await ec2.deps.store.transact((tx) => {
      const vpc = defaultVpc(ec2)
      if (!vpc) {
        throw new AwsError('DefaultVpcDoesNotExist', 'No default VPC exists for this account in this region.')
      }
      const [present] = defaultSubnets(ec2, zone.name)
      if (present) {
        throw new AwsError(
          'DefaultSubnetAlreadyExistsInAvailabilityZone',
          `'${present.id}' is already the default subnet in ${zone.name}.`,
        )
      }
      return { Subnet: describeSubnet(ec2, insertDefaultSubnet(tx, ec2, { vpc, zone: zone.name })) }
    })
  },
})
