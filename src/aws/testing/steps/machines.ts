// Owns the steps of EC2's instances and of Auto Scaling.
import { copies } from './copies.ts'
import { step, type Step } from './step.ts'

const TEMPLATE = { LaunchTemplateName: 'first' }
const ASG = { AutoScalingGroupName: 'first' }
const LC = { LaunchConfigurationName: 'first' }
const asgTag = {
  Key: 'k',
  Value: 'v',
  PropagateAtLaunch: true,
  ResourceId: 'first',
  ResourceType: 'auto-scaling-group',
}

/** Launches and ends instances, alone and in a group. */
export const machines: readonly Step[] = [
  step('ec2', 'CreateLaunchTemplate', {
    ...TEMPLATE,
    LaunchTemplateData: { ImageId: 'ami-1', InstanceType: 't3.large' },
  }),
  step('ec2', 'DescribeLaunchTemplates'),
  step('ec2', 'CreateLaunchTemplateVersion', {
    ...TEMPLATE,
    LaunchTemplateData: { InstanceType: 't3.xlarge' },
  }),
  step('ec2', 'DescribeLaunchTemplateVersions', { ...TEMPLATE }),
  step('ec2', 'ModifyLaunchTemplate', { ...TEMPLATE, DefaultVersion: '1' }),
  step(
    'ec2',
    'RunInstances',
    ({ subnet }) => ({ MinCount: 1, MaxCount: 1, SubnetId: subnet, LaunchTemplate: TEMPLATE }),
    { instance: 'Instances.0.InstanceId' },
  ),
  step(
    'ec2',
    'CreateFleet',
    ({ subnet }) => ({
      Type: 'instant',
      ClientToken: 'fleet',
      TargetCapacitySpecification: { TotalTargetCapacity: 1 },
      LaunchTemplateConfigs: [
        {
          LaunchTemplateSpecification: { ...TEMPLATE, Version: '$Latest' },
          Overrides: [{ InstanceType: 't3.large', SubnetId: subnet }],
        },
      ],
    }),
    { fleet: 'FleetId' },
  ),
  step('ec2', 'DescribeSpotPriceHistory', { InstanceTypes: ['m5.large'] }),
  step('ec2', 'DescribeFleets', ({ fleet }) => ({ FleetIds: [fleet] })),
  step('ec2', 'DeleteFleets', ({ fleet }) => ({ FleetIds: [fleet], TerminateInstances: true })),
  step('ec2', 'DescribeInstances', ({ instance }) => ({ InstanceIds: [instance] })),
  step('ec2', 'DescribeInstanceStatus', { IncludeAllInstances: true }),
  step('iam', 'CreateInstanceProfile', { InstanceProfileName: 'attached' }),
  step(
    'ec2',
    'AssociateIamInstanceProfile',
    ({ instance }) => ({ InstanceId: instance, IamInstanceProfile: { Name: 'attached' } }),
    { profile: 'IamInstanceProfileAssociation.AssociationId' },
  ),
  step('ec2', 'DescribeIamInstanceProfileAssociations', ({ profile }) => ({ AssociationIds: [profile] })),
  step('ec2', 'ReplaceIamInstanceProfileAssociation', ({ profile }) => ({
    AssociationId: profile,
    IamInstanceProfile: { Name: 'attached' },
  })),
  step('ec2', 'DisassociateIamInstanceProfile', ({ profile }) => ({ AssociationId: profile })),
  step('ec2', 'ModifyInstanceAttribute', ({ instance }) => ({
    InstanceId: instance,
    SourceDestCheck: { Value: false },
  })),
  step('ec2', 'DescribeInstanceAttribute', ({ instance }) => ({
    InstanceId: instance,
    Attribute: 'sourceDestCheck',
  })),
  ...['MonitorInstances', 'UnmonitorInstances'].map((operation) =>
    step('ec2', operation, ({ instance }) => ({ InstanceIds: [instance] })),
  ),
  step('ec2', 'RebootInstances', ({ instance }) => ({ InstanceIds: [instance] })),
  step('ec2', 'DescribeVolumes'),
  step('ec2', 'EnableEbsEncryptionByDefault'),
  step('ec2', 'GetEbsEncryptionByDefault'),
  step('ec2', 'GetEbsDefaultKmsKeyId'),
  step('ec2', 'DisableEbsEncryptionByDefault'),
  step(
    'ec2',
    'CreateVolume',
    { AvailabilityZone: 'ap-southeast-1a', Size: 1, ClientToken: 'volume' },
    { volume: 'VolumeId' },
  ),
  step('ec2', 'ModifyVolume', ({ volume }) => ({ VolumeId: volume, Size: 2 })),
  step('ec2', 'DescribeVolumesModifications'),
  step('ec2', 'AttachVolume', ({ volume, instance }) => ({
    VolumeId: volume,
    InstanceId: instance,
    Device: '/dev/sdf',
  })),
  step('ec2', 'DetachVolume', ({ volume }) => ({ VolumeId: volume })),
  ...copies,
  step('ec2', 'StopInstances', ({ instance }) => ({ InstanceIds: [instance] })),
  step('ec2', 'StartInstances', ({ instance }) => ({ InstanceIds: [instance] })),
  step('ec2', 'DeleteVolume', ({ volume }) => ({ VolumeId: volume })),
  step('ec2', 'TerminateInstances', ({ instance }) => ({ InstanceIds: [instance] })),
  step('autoscaling', 'CreateAutoScalingGroup', ({ subnet }) => ({
    ...ASG,
    MinSize: 0,
    MaxSize: 2,
    DesiredCapacity: 1,
    VPCZoneIdentifier: subnet,
    LaunchTemplate: TEMPLATE,
  })),
  step(
    'autoscaling',
    'DescribeAutoScalingGroups',
    {},
    { launched: 'AutoScalingGroups.0.Instances.0.InstanceId' },
  ),
  step('autoscaling', 'CreateLaunchConfiguration', {
    ...LC,
    ImageId: 'ami-1',
    InstanceType: 't3.large',
  }),
  step('autoscaling', 'DescribeLaunchConfigurations', {}),
  step('autoscaling', 'DeleteLaunchConfiguration', { ...LC }),
  step('autoscaling', 'DescribeAutoScalingInstances', {}),
  step('autoscaling', 'DescribeLifecycleHooks', { ...ASG }),
  step('autoscaling', 'EnableMetricsCollection', { ...ASG, Granularity: '1Minute' }),
  step('autoscaling', 'DisableMetricsCollection', { ...ASG }),
  step('autoscaling', 'SuspendProcesses', { ...ASG }),
  step('autoscaling', 'ResumeProcesses', { ...ASG }),
  step('autoscaling', 'CreateOrUpdateTags', { Tags: [asgTag] }),
  step('autoscaling', 'DescribeTags'),
  step('autoscaling', 'DeleteTags', { Tags: [asgTag] }),
  step('autoscaling', 'UpdateAutoScalingGroup', { ...ASG, HealthCheckGracePeriod: 60 }),
  step('autoscaling', 'DescribeScalingActivities', { ...ASG }),
  step('ec2', 'CreateVpc', { CidrBlock: '10.9.0.0/16' }, { targetsVpc: 'Vpc.VpcId' }),
  step(
    'elbv2',
    'CreateTargetGroup',
    ({ targetsVpc }) => ({ Name: 'scaled', Protocol: 'TCP', Port: 80, VpcId: targetsVpc }),
    { scaled: 'TargetGroups.0.TargetGroupArn' },
  ),
  step('autoscaling', 'AttachLoadBalancerTargetGroups', ({ scaled }) => ({
    ...ASG,
    TargetGroupARNs: [scaled],
  })),
  step('autoscaling', 'DescribeLoadBalancerTargetGroups', { ...ASG }),
  step('autoscaling', 'DetachLoadBalancerTargetGroups', ({ scaled }) => ({
    ...ASG,
    TargetGroupARNs: [scaled],
  })),
  step('autoscaling', 'AttachTrafficSources', ({ scaled }) => ({
    ...ASG,
    TrafficSources: [{ Identifier: scaled }],
  })),
  step('autoscaling', 'DescribeTrafficSources', { ...ASG }),
  step('autoscaling', 'DetachTrafficSources', ({ scaled }) => ({
    ...ASG,
    TrafficSources: [{ Identifier: scaled }],
  })),
  step('autoscaling', 'TerminateInstanceInAutoScalingGroup', ({ launched }) => ({
    InstanceId: launched,
    ShouldDecrementDesiredCapacity: true,
  })),
  step('autoscaling', 'SetDesiredCapacity', { ...ASG, DesiredCapacity: 0 }),
  step('autoscaling', 'DeleteAutoScalingGroup', { ...ASG, ForceDelete: true }),
  step('ec2', 'DeleteLaunchTemplate', { ...TEMPLATE }),
]
