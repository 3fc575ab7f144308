// Every waiter of the AWS SDK whose operation is served ends for a resource that is brought to its state.
import { expect, test } from 'vitest'

import { deployments } from '../kubernetes/client/resources.ts'
import type { TargetGroupPlan } from '../network/load-balancer.ts'
import type { EksTestRegion } from './services/eks/testing/eks-test-region.ts'
import { maker, type Make } from './testing/crowd/crowd.ts'
import { sdkPackages, type SdkPackage } from './testing/sdk-clients.ts'
import { createWholeRegion, idlePlane } from './testing/whole-region.ts'
import { REGION } from './testing/test-region.ts'

interface Settings {
  readonly client: object
  readonly maxWaitTime: number
  readonly minDelay: number
  readonly maxDelay: number
  readonly abortSignal?: AbortSignal
}
type Wait = (settings: Settings, input: object) => Promise<{ readonly state: string }>

interface Waiter {
  /** `eks ClusterActive`. */
  readonly name: string
  readonly wait: Wait
  readonly pack: SdkPackage
}

/** What is there before, and ids of what has been made. */
interface Stage {
  readonly region: EksTestRegion
  readonly make: Make
  readonly subnets: readonly string[]
  readonly publicSubnet: string
  readonly vpc: string
  readonly made: Record<string, string>
}

/** In seconds. */
const PACE = { maxWaitTime: 25, minDelay: 0.02, maxDelay: 0.2 }

const SERVICES = ['eks', 'ec2', 'eks-fargate-pods', 'pods.eks'].map((name) => `${name}.amazonaws.com`)
const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: SERVICES }, Action: 'sts:AssumeRole' }],
})
const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'eks:ListClusters', Resource: '*' }],
})
const ROLE = 'arn:aws:iam::111122223333:role/first'
const CLUSTER = { clusterName: 'first' }
const PROFILE = { ...CLUSTER, fargateProfileName: 'first' }
const NODEGROUP = { ...CLUSTER, nodegroupName: 'first' }
const ADDON = { ...CLUSTER, addonName: 'coredns' }
const GROUP = { AutoScalingGroupName: 'first' }
const STACK = { StackName: 'first' }
const Bucket = 'waited-for'
const OBJECT = { Bucket, Key: 'a' }
const TEMPLATE = { LaunchTemplateName: 'first' }

function template(roles?: readonly string[]): string {
  const Logs = { Type: 'AWS::Logs::LogGroup' }
  const Profile = { Type: 'AWS::IAM::InstanceProfile', Properties: { Roles: roles } }
  return JSON.stringify({ Resources: roles ? { Logs, Profile } : { Logs } })
}

type Bring = (stage: Stage) => Promise<object> | object

/** Makes something, and remembers it. */
function makes(
  [service, operation]: readonly [string, string],
  input: (stage: Stage) => object,
  remember: readonly [name: string, path: string],
  asks: (id: string) => object,
): Bring {
  return async (stage) => {
    const id = await stage.make(service, operation, input(stage), remember[1])
    stage.made[remember[0]] = id
    return asks(id)
  }
}

/** Asks for something after a call. */
function after(
  service: string,
  operation: string,
  input: (stage: Stage) => object,
  asks?: (stage: Stage) => object,
): Bring {
  return async (stage) => {
    await stage.make(service, operation, input(stage))
    return (asks ?? input)(stage)
  }
}

const instance = ({ made }: Stage): object => ({ InstanceIds: [made['instance']] })
const volume = ({ made }: Stage): object => ({ VolumeIds: [made['volume']] })
const balancer = ({ made }: Stage): object => ({ LoadBalancerArns: [made['balancer']] })
const targets = ({ made }: Stage): object => ({
  TargetGroupArn: made['group'],
  Targets: [{ Id: '10.0.0.9', Port: 80 }],
})

const identity: Readonly<Record<string, Bring>> = {
  'iam RoleExists': after(
    'iam',
    'CreateRole',
    () => ({ RoleName: 'first', AssumeRolePolicyDocument: TRUST }),
    () => ({ RoleName: 'first' }),
  ),
  'iam UserExists': after('iam', 'CreateUser', () => ({ UserName: 'first' })),
  'iam PolicyExists': makes(
    ['iam', 'CreatePolicy'],
    () => ({ PolicyName: 'first', PolicyDocument: POLICY }),
    ['policy', 'Policy.Arn'],
    (PolicyArn) => ({ PolicyArn }),
  ),
  'iam InstanceProfileExists': after('iam', 'CreateInstanceProfile', () => ({
    InstanceProfileName: 'first',
  })),
}

const networks: Readonly<Record<string, Bring>> = {
  'ec2 VpcExists': makes(
    ['ec2', 'CreateVpc'],
    () => ({ CidrBlock: '10.7.0.0/16' }),
    ['vpc', 'Vpc.VpcId'],
    (id) => ({ VpcIds: [id] }),
  ),
  'ec2 VpcAvailable': ({ made }) => ({ VpcIds: [made['vpc']] }),
  'ec2 SubnetAvailable': makes(
    ['ec2', 'CreateSubnet'],
    ({ made }) => ({ VpcId: made['vpc'], CidrBlock: '10.7.1.0/24' }),
    ['subnet', 'Subnet.SubnetId'],
    (id) => ({ SubnetIds: [id] }),
  ),
  'ec2 InternetGatewayExists': makes(
    ['ec2', 'CreateInternetGateway'],
    () => ({}),
    ['gateway', 'InternetGateway.InternetGatewayId'],
    (id) => ({ InternetGatewayIds: [id] }),
  ),
  'ec2 SecurityGroupExists': makes(
    ['ec2', 'CreateSecurityGroup'],
    ({ vpc }) => ({ GroupName: 'first', Description: 'd', VpcId: vpc }),
    ['securityGroup', 'GroupId'],
    (id) => ({ GroupIds: [id] }),
  ),
  'ec2 KeyPairExists': after(
    'ec2',
    'CreateKeyPair',
    () => ({ KeyName: 'first' }),
    () => ({ KeyNames: ['first'] }),
  ),
  'ec2 NetworkInterfaceAvailable': makes(
    ['ec2', 'CreateNetworkInterface'],
    ({ subnets }) => ({ SubnetId: subnets[0] }),
    ['interface', 'NetworkInterface.NetworkInterfaceId'],
    (id) => ({ NetworkInterfaceIds: [id] }),
  ),
  'ec2 NatGatewayAvailable': async ({ make, publicSubnet, made }) => {
    const AllocationId = await make('ec2', 'AllocateAddress', {}, 'AllocationId')
    const input = { SubnetId: publicSubnet, AllocationId }
    const nat = (made['nat'] = await make('ec2', 'CreateNatGateway', input, 'NatGateway.NatGatewayId'))
    return { NatGatewayIds: [nat] }
  },
  'ec2 NatGatewayDeleted': after(
    'ec2',
    'DeleteNatGateway',
    ({ made }) => ({ NatGatewayId: made['nat'] }),
    ({ made }) => ({ NatGatewayIds: [made['nat']] }),
  ),
}

const machines: Readonly<Record<string, Bring>> = {
  'ec2 InstanceExists': makes(
    ['ec2', 'RunInstances'],
    ({ subnets }) => ({
      MinCount: 1,
      MaxCount: 1,
      ImageId: 'ami-0123456789abcdef0',
      InstanceType: 't3.large',
      SubnetId: subnets[0],
    }),
    ['instance', 'Instances.0.InstanceId'],
    (id) => ({ InstanceIds: [id] }),
  ),
  'ec2 InstanceRunning': instance,
  'ec2 InstanceStatusOk': instance,
  'ec2 SystemStatusOk': instance,
  'ec2 VolumeAvailable': makes(
    ['ec2', 'CreateVolume'],
    () => ({ AvailabilityZone: `${REGION}a`, Size: 1 }),
    ['volume', 'VolumeId'],
    (id) => ({ VolumeIds: [id] }),
  ),
  'ec2 VolumeInUse': after(
    'ec2',
    'AttachVolume',
    ({ made }) => ({ VolumeId: made['volume'], InstanceId: made['instance'], Device: '/dev/sdf' }),
    volume,
  ),
  'ec2 SnapshotCompleted': makes(
    ['ec2', 'CreateSnapshot'],
    ({ made }) => ({ VolumeId: made['volume'] }),
    ['snapshot', 'SnapshotId'],
    (id) => ({ SnapshotIds: [id] }),
  ),
  'ec2 ImageExists': makes(
    ['ec2', 'CreateImage'],
    ({ made }) => ({ InstanceId: made['instance'], Name: 'first' }),
    ['image', 'ImageId'],
    (id) => ({ ImageIds: [id] }),
  ),
  'ec2 ImageAvailable': ({ made }) => ({ ImageIds: [made['image']] }),
  'ec2 InstanceStopped': after('ec2', 'StopInstances', instance),
  'ec2 InstanceTerminated': after('ec2', 'TerminateInstances', instance),
  'ec2 VolumeDeleted': after('ec2', 'DeleteVolume', ({ made }) => ({ VolumeId: made['volume'] }), volume),
  'autoscaling GroupExists': async ({ make, subnets }) => {
    const LaunchTemplateData = { ImageId: 'ami-0123456789abcdef0', InstanceType: 't3.large' }
    await make('ec2', 'CreateLaunchTemplate', { ...TEMPLATE, LaunchTemplateData })
    await make('autoscaling', 'CreateAutoScalingGroup', {
      ...GROUP,
      MinSize: 1,
      MaxSize: 1,
      VPCZoneIdentifier: subnets.join(','),
      LaunchTemplate: TEMPLATE,
    })
    return { AutoScalingGroupNames: ['first'] }
  },
  'autoscaling GroupInService': () => ({ AutoScalingGroupNames: ['first'] }),
  'autoscaling GroupNotExists': after(
    'autoscaling',
    'DeleteAutoScalingGroup',
    () => ({ ...GROUP, ForceDelete: true }),
    () => ({ AutoScalingGroupNames: ['first'] }),
  ),
}

const clusters: Readonly<Record<string, Bring>> = {
  'eks ClusterActive': after(
    'eks',
    'CreateCluster',
    ({ subnets }) => ({ name: 'first', roleArn: ROLE, resourcesVpcConfig: { subnetIds: subnets } }),
    () => ({ name: 'first' }),
  ),
  'eks CertificateAuthorityUpdateComplete': makes(
    ['eks', 'UpdateClusterConfig'],
    () => ({ name: 'first', upgradePolicy: { supportType: 'STANDARD' } }),
    ['update', 'update.id'],
    (updateId) => ({ name: 'first', updateId }),
  ),
  'eks AddonActive': async ({ make, region }) => {
    await make('eks', 'CreateAddon', ADDON)
    // Nothing runs in these clusters: what the add-on waits for is said to have come.
    const client = region.kubernetes('first')
    const key = { namespace: 'kube-system', name: 'coredns' }
    const made = await region.until(async () => await client.get(deployments, key).catch(() => undefined))
    const status = { observedGeneration: 1, availableReplicas: 2, updatedReplicas: 2 }
    await client.updateStatus(deployments, { ...made, status })
    return ADDON
  },
  'eks AddonDeleted': after('eks', 'DeleteAddon', () => ADDON),
  'eks FargateProfileActive': after(
    'eks',
    'CreateFargateProfile',
    ({ subnets }) => ({ ...PROFILE, podExecutionRoleArn: ROLE, subnets, selectors: [{ namespace: 'a' }] }),
    () => PROFILE,
  ),
  'eks FargateProfileDeleted': after('eks', 'DeleteFargateProfile', () => PROFILE),
  'eks NodegroupActive': after(
    'eks',
    'CreateNodegroup',
    ({ subnets }) => ({ ...NODEGROUP, nodeRole: ROLE, subnets }),
    () => NODEGROUP,
  ),
  'eks NodegroupDeleted': after('eks', 'DeleteNodegroup', () => NODEGROUP),
  'eks ClusterDeleted': after('eks', 'DeleteCluster', () => ({ name: 'first' })),
}

const IN_SERVICE = { LoadBalancerName: 'classic' }
const registered = ({ made }: Stage): object => ({
  ...IN_SERVICE,
  Instances: [{ InstanceId: made['registered'] }],
})

const balancers: Readonly<Record<string, Bring>> = {
  'elb AnyInstanceInService': async (stage) => {
    const { make, made, subnets } = stage
    const listener = { Protocol: 'TCP', LoadBalancerPort: 80, InstancePort: 31_080 }
    await make('elb', 'CreateLoadBalancer', {
      ...IN_SERVICE,
      Scheme: 'internal',
      Subnets: subnets,
      Listeners: [listener],
    })
    const run = { ImageId: 'ami-1', InstanceType: 't3.large', MinCount: 1, MaxCount: 1, SubnetId: subnets[0] }
    made['registered'] = await make('ec2', 'RunInstances', run, 'Instances.0.InstanceId')
    await make('elb', 'RegisterInstancesWithLoadBalancer', registered(stage))
    return IN_SERVICE
  },
  'elb InstanceInService': registered,
  'elb InstanceDeregistered': after('elb', 'DeregisterInstancesFromLoadBalancer', registered),
  'elbv2 LoadBalancerExists': makes(
    ['elbv2', 'CreateLoadBalancer'],
    ({ subnets }) => ({ Name: 'first', Type: 'network', Subnets: subnets }),
    ['balancer', 'LoadBalancers.0.LoadBalancerArn'],
    (arn) => ({ LoadBalancerArns: [arn] }),
  ),
  'elbv2 LoadBalancerAvailable': balancer,
  'elbv2 TargetInService': async (stage) => {
    const { make, made, vpc } = stage
    const input = { Name: 'first', Protocol: 'TCP', Port: 80, VpcId: vpc, TargetType: 'ip' }
    made['group'] = await make('elbv2', 'CreateTargetGroup', input, 'TargetGroups.0.TargetGroupArn')
    await make('elbv2', 'RegisterTargets', targets(stage))
    const DefaultActions = [{ Type: 'forward', TargetGroupArn: made['group'] }]
    await make('elbv2', 'CreateListener', {
      LoadBalancerArn: made['balancer'],
      Protocol: 'TCP',
      Port: 80,
      DefaultActions,
    })
    return { TargetGroupArn: made['group'] }
  },
  'elbv2 TargetDeregistered': after('elbv2', 'DeregisterTargets', targets),
  'elbv2 LoadBalancersDeleted': after(
    'elbv2',
    'DeleteLoadBalancer',
    ({ made }) => ({ LoadBalancerArn: made['balancer'] }),
    balancer,
  ),
}

const stacks: Readonly<Record<string, Bring>> = {
  'cloudformation StackExists': after(
    'cloudformation',
    'CreateStack',
    () => ({ ...STACK, TemplateBody: template() }),
    () => STACK,
  ),
  'cloudformation StackCreateComplete': () => STACK,
  'cloudformation ChangeSetCreateComplete': after(
    'cloudformation',
    'CreateChangeSet',
    () => ({ ...STACK, ChangeSetName: 'one', TemplateBody: template([]), Capabilities: ['CAPABILITY_IAM'] }),
    () => ({ ...STACK, ChangeSetName: 'one' }),
  ),
  'cloudformation StackUpdateComplete': after(
    'cloudformation',
    'ExecuteChangeSet',
    () => ({ ...STACK, ChangeSetName: 'one' }),
    () => STACK,
  ),
  'cloudformation StackRollbackComplete': after(
    'cloudformation',
    'UpdateStack',
    () => ({ ...STACK, TemplateBody: template(['nobody']), Capabilities: ['CAPABILITY_IAM'] }),
    () => STACK,
  ),
  'cloudformation StackDeleteComplete': after('cloudformation', 'DeleteStack', () => STACK),
}

const beside: Readonly<Record<string, Bring>> = {
  's3 BucketExists': after(
    's3',
    'CreateBucket',
    () => ({ Bucket, CreateBucketConfiguration: { LocationConstraint: REGION } }),
    () => ({ Bucket }),
  ),
  's3 ObjectExists': after(
    's3',
    'PutObject',
    () => ({ ...OBJECT, Body: Buffer.from('a') }),
    () => OBJECT,
  ),
  's3 ObjectNotExists': after('s3', 'DeleteObject', () => OBJECT),
  's3 BucketNotExists': after('s3', 'DeleteBucket', () => ({ Bucket })),
  'acm CertificateValidated': makes(
    ['acm', 'RequestCertificate'],
    () => ({ DomainName: 'www.example.com', ValidationMethod: 'DNS' }),
    ['certificate', 'CertificateArn'],
    (CertificateArn) => ({ CertificateArn }),
  ),
}

const STATES: Readonly<Record<string, Bring>> = {
  ...identity,
  ...networks,
  ...machines,
  ...balancers,
  ...clusters,
  ...stacks,
  ...beside,
}

/** Waiters of what `ChangeSetType: IMPORT`, which is refused, would begin. */
const NEVER_BEGUN = ['cloudformation StackImportComplete']

function waitersOf(pack: SdkPackage): Waiter[] {
  return Object.entries(pack.exports).flatMap(([name, wait]) =>
    name.startsWith('waitUntil')
      ? [{ name: `${pack.service} ${name.slice('waitUntil'.length)}`, wait: wait as Wait, pack }]
      : [],
  )
}

/** True when the operation that a waiter asks is served. */
async function isServed({ wait, pack }: Waiter): Promise<boolean> {
  const asked = new AbortController()
  let operation = ''
  const client = {
    send: (command: object) => {
      operation = command.constructor.name.replace(/Command$/, '')
      asked.abort()
      return Promise.reject(new RangeError('nobody answers'))
    },
  }
  await wait({ client, ...PACE, abortSignal: asked.signal }, {}).catch(() => undefined)
  return pack.operations.includes(operation)
}

async function servedWaiters(): Promise<Map<string, Waiter>> {
  const all = (await sdkPackages()).flatMap(waitersOf)
  const served = await Promise.all(all.map(async (waiter) => ((await isServed(waiter)) ? [waiter] : [])))
  return new Map(served.flat().map((waiter) => [waiter.name, waiter]))
}

async function createStage(): Promise<[stage: Stage, settings: object]> {
  const groups = new Map<string, TargetGroupPlan>()
  const region = await createWholeRegion({
    ...idlePlane,
    applyTargetGroup: (plan) => void groups.set(plan.arn, plan),
    targetHealth: (arn) =>
      groups.get(arn)?.targets.map(({ ip, port }) => ({ ip, port, state: 'healthy' })) ?? [],
  })
  const { subnetIds: subnets, publicSubnetId: publicSubnet, vpcId: vpc } = region
  const settings = { ...region.client(await region.listen()), forcePathStyle: true }
  return [{ region, make: maker(region), subnets, publicSubnet, vpc, made: {} }, settings]
}

test('each ends', { timeout: 120_000 }, async () => {
  const waiters = await servedWaiters()
  expect([...Object.keys(STATES), ...NEVER_BEGUN].toSorted()).toEqual([...waiters.keys()].toSorted())
  const [stage, settings] = await createStage()
  const outcomes: string[] = []
  for (const [name, bring] of Object.entries(STATES)) {
    const waiter = waiters.get(name)
    if (!waiter) continue
    try {
      const input = await bring(stage)
      const client = new waiter.pack.Client(settings)
      const { state } = await waiter.wait({ client, ...PACE }, input)
      if (state !== 'SUCCESS') outcomes.push(`${name}: ${state}`)
    } catch (error) {
      outcomes.push(`${name}: ${String(error)}`)
    }
  }
  expect(outcomes).toEqual([])
})
