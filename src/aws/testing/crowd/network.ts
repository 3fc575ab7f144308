// Owns the crowd of EC2 and Auto Scaling.
import { each, tags, type Around, type Questions } from './crowd.ts'

const TEMPLATE = { LaunchTemplateName: 'crowd-1' }
const LAUNCH = { ImageId: 'ami-1', InstanceType: 't3.large' }
// An account begins with five of each.
const QUOTAS = [
  { ServiceCode: 'vpc', QuotaCode: 'L-F678F1CE' },
  { ServiceCode: 'vpc', QuotaCode: 'L-A4707A72' },
  { ServiceCode: 'vpc', QuotaCode: 'L-FE5A380F' },
  { ServiceCode: 'ec2', QuotaCode: 'L-0263D0A3' },
]
const PERMISSIONS = each.map((index) => ({
  IpProtocol: 'tcp',
  FromPort: index,
  ToPort: index,
  IpRanges: [{ CidrIp: '10.0.0.0/8' }],
}))

/** @returns what asks for the rules of its group and for what its prefix list has. */
async function crowdOfNetworks({ make, region }: Around): Promise<Questions> {
  const ec2 = (operation: string, input: object, path?: string) => make('ec2', operation, input, path)
  const [subnet = ''] = region.subnetIds
  const PrefixListId = await ec2(
    'CreateManagedPrefixList',
    {
      PrefixListName: 'crowd',
      AddressFamily: 'IPv4',
      MaxEntries: each.length,
      Entries: each.map((index) => ({ Cidr: `10.${index}.0.0/16` })),
    },
    'PrefixList.PrefixListId',
  )
  const naming = [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, PrefixListIds: [{ PrefixListId }] }]
  for (const QuotaCode of QUOTAS)
    await make('service-quotas', 'RequestServiceQuotaIncrease', { ...QuotaCode, DesiredValue: 50 })
  for (const index of each) {
    const vpc = await ec2('CreateVpc', { CidrBlock: `10.${index}.0.0/16` }, 'Vpc.VpcId')
    await ec2('CreateTags', { Resources: [vpc], Tags: tags })
    await ec2('CreateSubnet', { VpcId: vpc, CidrBlock: `10.${index}.1.0/24` })
    await ec2('CreateRouteTable', { VpcId: vpc })
    await ec2('CreateEgressOnlyInternetGateway', { VpcId: vpc })
    await ec2('CreateVpcEndpoint', { VpcId: vpc, ServiceName: `com.amazonaws.${region.deps.region}.s3` })
    await ec2('CreateInternetGateway', {})
    await ec2('CreateDhcpOptions', {
      DhcpConfigurations: [{ Key: 'domain-name', Values: [`${index}.example`] }],
    })
    await ec2('CreateNetworkInterface', { SubnetId: subnet })
    const address = await ec2('AllocateAddress', {}, 'AllocationId')
    await ec2('CreateNatGateway', { SubnetId: region.publicSubnetId, AllocationId: address })
    const GroupId = await ec2(
      'CreateSecurityGroup',
      { GroupName: `crowd-${index}`, Description: 'd', VpcId: region.vpcId },
      'GroupId',
    )
    await ec2('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: naming })
  }
  const group = await ec2(
    'CreateSecurityGroup',
    { GroupName: 'crowd', Description: 'd', VpcId: region.vpcId },
    'GroupId',
  )
  await ec2('AuthorizeSecurityGroupIngress', { GroupId: group, IpPermissions: PERMISSIONS })
  return {
    DescribeSecurityGroupRules: { Filters: [{ Name: 'group-id', Values: [group] }] },
    GetManagedPrefixListAssociations: { PrefixListId },
    GetManagedPrefixListEntries: { PrefixListId },
  }
}

/** @returns its fleets, which are listed by their ids alone. */
async function crowdOfMachines({ make, region }: Around): Promise<string[]> {
  const ec2 = (operation: string, input: object, path?: string) => make('ec2', operation, input, path)
  const [subnet = ''] = region.subnetIds
  const fleets: string[] = []
  for (const index of each) {
    const LaunchTemplateName = `crowd-${index}`
    await ec2('CreateLaunchTemplate', { LaunchTemplateName, LaunchTemplateData: LAUNCH })
    await ec2('CreateLaunchTemplateVersion', {
      ...TEMPLATE,
      LaunchTemplateData: { InstanceType: 't3.xlarge' },
    })
    await make('iam', 'CreateInstanceProfile', { InstanceProfileName: `machine-${index}` })
    const instance = await ec2(
      'RunInstances',
      { MinCount: 1, MaxCount: 1, SubnetId: subnet, LaunchTemplate: { ...TEMPLATE, Version: '1' } },
      'Instances.0.InstanceId',
    )
    await ec2('AssociateIamInstanceProfile', {
      InstanceId: instance,
      IamInstanceProfile: { Name: `machine-${index}` },
    })
    const volume = await ec2(
      'CreateVolume',
      { AvailabilityZone: `${region.deps.region}a`, Size: index },
      'VolumeId',
    )
    await ec2('CreateSnapshot', { VolumeId: volume })
    await ec2('ModifyVolume', { VolumeId: volume, Size: index + 1 })
    const fleet = {
      Type: 'instant',
      ClientToken: `crowd-${index}`,
      TargetCapacitySpecification: { TotalTargetCapacity: 1 },
      LaunchTemplateConfigs: [
        {
          LaunchTemplateSpecification: { ...TEMPLATE, Version: '1' },
          Overrides: [{ InstanceType: 't3.large', SubnetId: subnet }],
        },
      ],
    }
    fleets.push(await ec2('CreateFleet', fleet, 'FleetId'))
  }
  return fleets
}

// The group that has target groups.
const SCALED = { AutoScalingGroupName: 'crowd-1' }

/** What asks for the crowd of its target groups. */
export const scalingQuestions: Questions = {
  DescribeLoadBalancerTargetGroups: SCALED,
  DescribeTrafficSources: SCALED,
}

async function crowdOfGroups({ make, region }: Around): Promise<void> {
  const scaling = (operation: string, input: object) => make('autoscaling', operation, input)
  const [subnet = ''] = region.subnetIds
  for (const index of each) {
    const AutoScalingGroupName = `crowd-${index}`
    await scaling('CreateAutoScalingGroup', {
      AutoScalingGroupName,
      MinSize: 0,
      MaxSize: 2,
      DesiredCapacity: 1,
      VPCZoneIdentifier: subnet,
      LaunchTemplate: { ...TEMPLATE, Version: '1' },
      Tags: [{ Key: 'k', Value: 'v', ResourceId: AutoScalingGroupName, ResourceType: 'auto-scaling-group' }],
    })
    await scaling('CreateLaunchConfiguration', { LaunchConfigurationName: `crowd-${index}`, ...LAUNCH })
  }
  const balanced = { Protocol: 'HTTP', Port: 80, VpcId: region.vpcId, TargetType: 'instance' }
  const TargetGroupARNs = await Promise.all(
    each.map((index) =>
      make(
        'elbv2',
        'CreateTargetGroup',
        { Name: `scaled-${index}`, ...balanced },
        'TargetGroups.0.TargetGroupArn',
      ),
    ),
  )
  await scaling('AttachLoadBalancerTargetGroups', { ...SCALED, TargetGroupARNs })
  await region.until(async () => {
    const { AutoScalingInstances } = await region.call<{ AutoScalingInstances: object[] }>(
      'autoscaling',
      'DescribeAutoScalingInstances',
      {},
    )
    return AutoScalingInstances.length === each.length
  })
}

/** Makes it. @returns what asks for it */
export async function crowdOfEc2(around: Around): Promise<Questions> {
  const networks = await crowdOfNetworks(around)
  const fleets = await crowdOfMachines(around)
  await crowdOfGroups(around)
  return {
    ...networks,
    DescribeAddressesAttribute: { Attribute: 'domain-name' },
    DescribeFleets: { FleetIds: fleets },
    // Few of what there are hundreds of: each is a request of its own.
    DescribeImages: { Filters: [{ Name: 'name', Values: ['amazon-eks-node-al2023-x86_64-standard-1.3*'] }] },
    DescribeTags: { Filters: [{ Name: 'key', Values: ['k1'] }] },
    DescribeInstanceStatus: { IncludeAllInstances: true },
    DescribeInstanceTypes: { Filters: [{ Name: 'instance-type', Values: ['m5.*', 'c5.*'] }] },
    DescribeInstanceTypeOfferings: { Filters: [{ Name: 'instance-type', Values: ['m5.*', 'c5.*'] }] },
    DescribeLaunchTemplateVersions: TEMPLATE,
    DescribeSpotPriceHistory: { InstanceTypes: ['m5.large', 'c5.large'] },
  }
}
