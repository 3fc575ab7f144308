// Owns the machines of EKS Auto Mode: EC2 instances and what they need, made with the rights of the cluster's role.
// Source: AWS's managed policy AmazonEKSComputePolicy (calls and tags), EKS user guide, "Create a Node Class for Amazon EKS".
import type {
  DescribeInstancesResult,
  DescribeSecurityGroupsResult,
  DescribeSubnetsResult,
  Filter,
  Reservation,
} from '@aws-sdk/client-ec2'

import type { AwsCaller } from '../aws/protocol/service.ts'
import { AwsError, isAwsCode } from '../base/errors.ts'
import type { AutoMachines, LaunchedMachine, MachineRequest } from '../controllers/autocompute/index.ts'
import { autoAllocatable, storageGiB } from '../rules/auto-mode/auto-node.ts'
import { autoModeTypes } from '../rules/auto-mode/instance-labels.ts'
import { type SelectorTerm } from '../rules/auto-mode/node-pool.ts'
import { CLASS_TAG, CLUSTER_TAG, instanceProfileName, POOL_TAG } from '../rules/auto-mode/tags.ts'
import { autoModeUserData } from '../rules/auto-mode/user-data.ts'
import { imageIdOf, imageRelease } from '../rules/nodes/machine-images.ts'

export interface AutoMachinesOptions {
  readonly clusterName: string
  /** `1.35`, as it is now. */
  readonly version: () => string
  /** The VPC of the cluster. */
  readonly vpcId: string
  /** With the rights of the cluster's role. */
  readonly asCluster: AwsCaller
  /** With those of EKS itself, which looks at what there is. */
  readonly asService: AwsCaller
}

/** Machines for one cluster. */
export function createAutoMachines(options: AutoMachinesOptions): AutoMachines {
  const { asService, clusterName, vpcId } = options
  const inVpc: Filter = { Name: 'vpc-id', Values: [vpcId] }
  return {
    launch: (request) => launch(options, request),
    async terminate(instanceId) {
      try {
        await asService.call('ec2', 'TerminateInstances', { InstanceIds: [instanceId] })
      } catch (error) {
        if (!isAwsCode(error, 'InvalidInstanceID.NotFound')) throw error
      }
    },
    async state(instanceId) {
      const { Reservations = [] } = await asService.call<DescribeInstancesResult>(
        'ec2',
        'DescribeInstances',
        {
          Filters: [{ Name: 'instance-id', Values: [instanceId] }],
        },
      )
      return Reservations[0]?.Instances?.[0]?.State?.Name
    },
    async subnets(terms) {
      const found = await selected(terms, async (filters) => {
        const input = { Filters: [inVpc, ...filters('subnet-id')] }
        return (await asService.call<DescribeSubnetsResult>('ec2', 'DescribeSubnets', input)).Subnets ?? []
      })
      return unique(
        found.map(({ SubnetId = '', AvailabilityZone = '', AvailabilityZoneId }) => ({
          id: SubnetId,
          zone: AvailabilityZone,
          ...(AvailabilityZoneId === undefined ? {} : { zoneID: AvailabilityZoneId }),
        })),
      )
    },
    async securityGroups(terms) {
      const found = await selected(terms, async (filters) => {
        const input = { Filters: [inVpc, ...filters('group-id', 'group-name')] }
        type Answer = DescribeSecurityGroupsResult
        return (await asService.call<Answer>('ec2', 'DescribeSecurityGroups', input)).SecurityGroups ?? []
      })
      return unique(found.map(({ GroupId = '', GroupName = '' }) => ({ id: GroupId, name: GroupName })))
    },
    instanceProfile: (roleName) => ensureProfile(asService, { clusterName, roleName }),
  }
}

async function launch(options: AutoMachinesOptions, request: MachineRequest): Promise<LaunchedMachine> {
  const { clusterName, asCluster } = options
  const version = options.version()
  const amiType = request.arch === 'arm64' ? 'BOTTLEROCKET_ARM_64' : 'BOTTLEROCKET_x86_64'
  const auto = autoModeTypes().find(({ type }) => type.name === request.instanceType)
  const { size, iops, throughput, kmsKeyID } = request.nodeClass.spec.ephemeralStorage ?? {}
  const imageId = imageIdOf(amiType, version, imageRelease(amiType, version))
  const { Instances = [] } = await asCluster.call<Reservation>('ec2', 'RunInstances', {
    ClientToken: request.token,
    MinCount: 1,
    MaxCount: 1,
    ImageId: imageId,
    InstanceType: request.instanceType,
    SubnetId: request.subnetId,
    SecurityGroupIds: [...request.securityGroupIds],
    IamInstanceProfile: { Name: instanceProfileName(clusterName, request.nodeClass.spec.role ?? '') },
    MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
    ...(request.capacityType === 'spot' ? { InstanceMarketOptions: { MarketType: 'spot' } } : {}),
    BlockDeviceMappings: [
      {
        DeviceName: '/dev/xvda',
        Ebs: {
          VolumeSize: storageGiB(size),
          VolumeType: 'gp3',
          Encrypted: true,
          ...(kmsKeyID === undefined ? {} : { KmsKeyId: kmsKeyID }),
          ...(iops === undefined ? {} : { Iops: iops }),
          ...(throughput === undefined ? {} : { Throughput: throughput }),
        },
      },
    ],
    UserData: autoModeUserData({
      clusterName,
      maxPods: auto ? autoAllocatable(auto.type).pods : 0,
      labels: { ...auto?.labels, ...request.labels },
      taints: request.taints,
    }),
    TagSpecifications: ['instance', 'volume', 'network-interface'].map((ResourceType) => ({
      ResourceType,
      Tags: tagsOf(clusterName, request),
    })),
  })
  const instanceId = Instances[0]?.InstanceId
  if (instanceId === undefined)
    throw new AwsError('InsufficientInstanceCapacity', 'EC2 has started no instance')
  return { instanceId, imageId }
}

function tagsOf(clusterName: string, { nodePool, nodeClass }: MachineRequest) {
  const tags = {
    ...nodeClass.spec.tags,
    [CLUSTER_TAG]: clusterName,
    [POOL_TAG]: nodePool,
    [CLASS_TAG]: nodeClass.metadata.name,
    [`kubernetes.io/cluster/${clusterName}`]: 'owned',
  }
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}

type Filters = (id: string, name?: string) => Filter[]

/** What any of the terms selects. */
async function selected<T>(
  terms: readonly SelectorTerm[],
  find: (filters: Filters) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const found = await Promise.all(
    terms.map(({ id, name, tags = {} }) =>
      find((idFilter, nameFilter) => [
        ...(id === undefined ? [] : [{ Name: idFilter, Values: [id] }]),
        ...(name === undefined || nameFilter === undefined ? [] : [{ Name: nameFilter, Values: [name] }]),
        ...Object.entries(tags).map(([key, value]): Filter => {
          return value === '*' ? { Name: 'tag-key', Values: [key] } : { Name: `tag:${key}`, Values: [value] }
        }),
      ]),
    ),
  )
  return found.flat()
}

function unique<T extends { readonly id: string }>(all: readonly T[]): readonly T[] {
  return [...new Map(all.map((each) => [each.id, each])).values()].toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

async function ensureProfile(
  caller: AwsCaller,
  { clusterName, roleName }: { readonly clusterName: string; readonly roleName: string },
): Promise<string> {
  const InstanceProfileName = instanceProfileName(clusterName, roleName)
  const Tags = [{ Key: CLUSTER_TAG, Value: clusterName }]
  // The role first: without it the profile would be of no use.
  await caller.call('iam', 'GetRole', { RoleName: roleName })
  await unlessThere(() => caller.call('iam', 'CreateInstanceProfile', { InstanceProfileName, Tags }))
  // A profile has one role: a second one, even the same, is refused.
  await unlessThere(() =>
    caller.call('iam', 'AddRoleToInstanceProfile', { InstanceProfileName, RoleName: roleName }),
  )
  return InstanceProfileName
}

async function unlessThere(make: () => Promise<unknown>): Promise<void> {
  try {
    await make()
  } catch (error) {
    const isThere = isAwsCode(
      error,
      'EntityAlreadyExists',
      'EntityAlreadyExistsException',
      'LimitExceeded',
      'LimitExceededException',
    )
    if (!isThere) throw error
  }
}
