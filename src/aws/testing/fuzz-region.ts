// Owns the region that the fuzzer of the AWS API asks: every service, a few resources, and no reconciler, so that
// nothing goes on behind a request.
import { createCloudFormation } from '../services/cloudformation/index.ts'
import { createEks } from '../services/eks/index.ts'
import { testVersions } from '../services/eks/testing/eks-test-region.ts'
import { createElb } from '../services/elb/index.ts'
import { createElbv2 } from '../services/elbv2/index.ts'
import { FakeClient } from '../../kubernetes/client/testing/fake-client.ts'
import { createTestRegion, type TestRegion } from './test-region.ts'
import { idlePlane } from './whole-region.ts'

export interface FuzzRegion extends TestRegion {
  /** Names, ids and ARNs of what there is, by the names of members that take them. */
  readonly known: readonly (readonly [member: RegExp, value: string])[]
}

const ROLE = 'arn:aws:iam::111122223333:role/first'
const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: ['eks.amazonaws.com', 'ec2.amazonaws.com', 'eks-fargate-pods.amazonaws.com'] },
      Action: 'sts:AssumeRole',
    },
  ],
})

/** Builds the region. */
export async function createFuzzRegion(): Promise<FuzzRegion> {
  const region = await createTestRegion()
  const { deps } = region
  // No reconciler runs, so that no cluster is ever made; what looks into one finds it empty.
  const cluster = new FakeClient({ clock: deps.clock })
  const host = { client: () => cluster } as never
  const eks = createEks(deps, { host, versions: testVersions, credentials: region.iam, issuers: '' })
  const ports = { plane: idlePlane, ingress: region.ec2.ingress, certificates: region.acm }
  const balancers = [createElb(deps, ports), createElbv2(deps, ports)].map(({ service }) => service)
  region.services.push(eks.service, ...balancers, createCloudFormation(deps).service)
  const subnets = ['a', 'b'].map((letter) => ({
    id: `subnet-0000000000000000${letter}`,
    zone: `${deps.region}${letter}`,
    public: false,
  }))
  const { vpcId } = await region.ec2.prepareNetwork({ subnets })
  const subnetIds = subnets.map(({ id }) => id)
  const call = (service: string, operation: string, input: object): Promise<unknown> =>
    deps.caller.call(service, operation, input)
  await call('iam', 'CreateRole', { RoleName: 'first', AssumeRolePolicyDocument: TRUST })
  await call('logs', 'CreateLogGroup', { logGroupName: 'first' })
  await call('logs', 'CreateLogStream', { logGroupName: 'first', logStreamName: 'first' })
  await call('ec2', 'CreateLaunchTemplate', {
    LaunchTemplateName: 'first',
    LaunchTemplateData: { ImageId: 'ami-1', InstanceType: 't3.large' },
  })
  await call('eks', 'CreateCluster', {
    name: 'first',
    roleArn: ROLE,
    resourcesVpcConfig: { subnetIds },
    accessConfig: { authenticationMode: 'API' },
  })
  await eks.tables.clusters.update('first', (record) => ({
    ...record,
    cluster: { ...record.cluster, status: 'ACTIVE' },
  }))
  const known: FuzzRegion['known'] = [
    [/Role.*Arn|roleArn|nodeRole|principalArn/, ROLE],
    [/subnet/i, subnetIds[0] ?? ''],
    [/VPCZoneIdentifier/, subnetIds.join(',')],
    [/VpcId/, vpcId],
    [/[nN]ames?$/, 'first'],
    [/[nN]ame$/, 'other'],
    [/addonName/, 'coredns'],
    [/InstanceType/, 't3.large'],
    [/Cidr/, '10.77.0.0/16'],
    [/Cidr/, '192.168.200.0/24'],
    [/IpProtocol/, 'tcp'],
    [/^Protocol/, 'TCP'],
    [/^Type$/, 'network'],
    [/TargetType/, 'ip'],
    [/VersionId/, 'v1'],
    [/PolicyArn/, 'arn:aws:iam::aws:policy/AmazonEKSClusterPolicy'],
    [/policyArn/, 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy'],
    [/resourceArn/, `arn:aws:eks:${deps.region}:111122223333:cluster/first`],
    [/resourceArn/, `arn:aws:logs:${deps.region}:111122223333:log-group:first`],
    [/^version$/, '1.34'],
  ]
  return { ...region, known }
}
