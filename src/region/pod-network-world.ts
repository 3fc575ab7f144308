// Owns what the real pods of a region find in their VPCs, put together from the region's services.
import type { AwsCaller } from '../aws/protocol/service.ts'
import type { Ec2, InstanceRecord, InterfaceRecord } from '../aws/services/ec2/index.ts'
import { zoneId } from '../aws/services/ec2/zones.ts'
import type { StsService } from '../aws/services/sts/index.ts'
import type { Clock } from '../base/clock.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import type { Vpcs } from '../network/dialer.ts'
import type { Edge } from '../network/edge/edge.ts'
import type { VpcNetworks } from '../network/vpc/vpc-networks.ts'
import type { GroupKeepers } from './group-keeper.ts'
import { roleOfProfile, type Session } from './instance-credentials.ts'
import {
  InstanceMetadata,
  type MetadataAnswer,
  type MetadataInstance,
  type MetadataRole,
} from './instance-metadata.ts'
import { answerPodIdentity, type AskingPod } from './pod-identity-agent.ts'
import type { PodNetworkWorld } from './pod-network.ts'
import type { OpenAws } from './pod-session.ts'
import type { Uplinks } from './uplinks.ts'
import { createVpcResolver } from './vpc-resolver.ts'
import { createVpcServices, type PodRequest } from './vpc-services.ts'

export interface PodNetworkWorldOptions {
  readonly networks: VpcNetworks
  readonly vpcs: Vpcs
  readonly ec2: Pick<Ec2, 'instances' | 'interfaces'>
  readonly caller: AwsCaller
  readonly sts: Pick<StsService, 'instanceSession'>
  readonly aws: OpenAws
  readonly nodeSession: (node: { readonly vpcId: string; readonly nodeName: string }) => Promise<Session>
  /** The pod that has an address in a VPC, of whatever cluster. */
  podAt(vpcId: string, ip: string): AskingPod | undefined
  /** Base URL of the AWS endpoint. */
  readonly endpoint: string
  readonly uplinks: Uplinks | undefined
  readonly groups: GroupKeepers
  readonly edge: Edge
  readonly region: string
  readonly accountId: string
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
}

/** Everything that clusters open their pods' networks with. */
export function createPodNetworkWorld(options: PodNetworkWorldOptions): PodNetworkWorld {
  const { networks, vpcs, edge, uplinks, groups, region, ids, endpoint, log } = options
  const metadata = new InstanceMetadata({ ...options, role: (instance) => roleOf(options, instance) })
  const resolver = createVpcResolver({ region, ids })
  return {
    networks,
    vpcs,
    uplinks,
    groups,
    services: createVpcServices({
      endpoint,
      edge,
      log,
      resolver,
      metadata: (request) => answerMetadata(options, metadata, request),
      podIdentity: (request) => answerPodIdentity(request, options),
    }),
  }
}

async function answerMetadata(
  { ec2, caller, region }: PodNetworkWorldOptions,
  metadata: InstanceMetadata,
  request: PodRequest,
): Promise<MetadataAnswer | undefined> {
  const { vpcId, from } = request
  const found = ec2.interfaces
    .list()
    .find((each) => each.vpcId === vpcId && [each.primaryIp, ...each.secondaryIps].includes(from))
  const instance = ec2.instances.get(found?.attachment?.instanceId ?? '')
  // Fargate has no metadata service of instances.
  if (!found || !instance) return undefined
  const described = await describe(caller, { instance, region, found })
  return await metadata.answer({ ...request, isPod: from !== instance.privateIp }, described)
}

interface Described {
  readonly instance: InstanceRecord
  readonly found: InterfaceRecord
  readonly region: string
}

async function describe(
  caller: AwsCaller,
  { instance, found, region }: Described,
): Promise<MetadataInstance> {
  type Blocks = readonly { readonly CidrBlock?: string }[]
  const { vpcId, subnetId, groupIds: securityGroupIds } = instance
  const [{ Vpcs = [] }, { Subnets = [] }] = await Promise.all([
    caller.call<{ readonly Vpcs?: Blocks }>('ec2', 'DescribeVpcs', { VpcIds: [vpcId] }),
    caller.call<{ readonly Subnets?: Blocks }>('ec2', 'DescribeSubnets', { SubnetIds: [subnetId] }),
  ])
  return {
    ...instance,
    zoneId: zoneId(region, instance.zone) ?? '',
    macAddress: found.macAddress,
    secondaryIps: found.secondaryIps,
    securityGroupIds,
    vpcCidr: Vpcs[0]?.CidrBlock ?? '',
    subnetCidr: Subnets[0]?.CidrBlock ?? '',
  }
}

async function roleOf(
  { caller, sts }: PodNetworkWorldOptions,
  { id, profileArn = '' }: MetadataInstance,
): Promise<MetadataRole | undefined> {
  const roleArn = await roleOfProfile(caller, profileArn.split('/').at(-1) ?? '')
  if (roleArn === undefined) return undefined
  const keys = await sts.instanceSession(roleArn, id)
  return {
    name: roleArn.split('/').at(-1) ?? '',
    keys: {
      accessKeyId: keys.AccessKeyId ?? '',
      secretAccessKey: keys.SecretAccessKey ?? '',
      sessionToken: keys.SessionToken ?? '',
    },
    expiration: keys.Expiration ?? new Date(0),
  }
}
