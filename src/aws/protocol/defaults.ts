// Owns the documented defaults of input members: who sends one asks for nothing, so it need not be emulated.
// Source: the member's description in the API reference of its service ("Default: …", "If you don't specify …").

/** Stands for the name of the region that is asked. */
const THE_REGION = 'the region'

/** By `service.Shape`, then by member. */
const DEFAULTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'autoscaling.AutoScalingGroupNamesType': { IncludeInstances: true },
  'autoscaling.CreateAutoScalingGroupType': {
    DeletionProtection: 'none',
    DesiredCapacityType: 'units',
    HealthCheckType: 'EC2',
    TerminationPolicies: ['Default'],
  },
  'autoscaling.InstanceMetadataOptions': { HttpEndpoint: 'enabled' },
  'autoscaling.UpdateAutoScalingGroupType': {
    DeletionProtection: 'none',
    DesiredCapacityType: 'units',
    HealthCheckType: 'EC2',
    TerminationPolicies: ['Default'],
  },
  'cloudformation.CreateChangeSetInput': { OnStackFailure: 'ROLLBACK' },
  'cloudformation.DeleteStackInput': { DeletionMode: 'STANDARD' },
  'cloudformation.DeploymentConfig': { Mode: 'STANDARD' },
  'cloudformation.GetTemplateInput': { TemplateStage: 'Processed' },
  'cloudformation.GetTemplateSummaryInput': { CallAs: 'SELF' },
  // Terraform gives an address back with the border group that it was shown.
  'ec2.AllocateAddressRequest': { Domain: 'vpc', NetworkBorderGroup: THE_REGION },
  'ec2.AssociateVpcCidrBlockRequest': { Ipv6CidrBlockNetworkBorderGroup: THE_REGION },
  'ec2.AttachVolumeRequest': { EbsCardIndex: 0 },
  'ec2.CreateImageRequest': { SnapshotLocation: 'regional' },
  'ec2.CreateKeyPairRequest': { KeyFormat: 'pem' },
  'ec2.CreateNatGatewayRequest': { AvailabilityMode: 'zonal', ConnectivityType: 'public' },
  'ec2.CreateNetworkInterfaceRequest': { InterfaceType: 'interface' },
  'ec2.CreateSnapshotRequest': { Location: 'regional' },
  'ec2.CreateSnapshotsRequest': { Location: 'regional' },
  'ec2.CreateVpcEndpointRequest': { ServiceRegion: THE_REGION },
  'ec2.CreateVpcRequest': { InstanceTenancy: 'default', Ipv6CidrBlockNetworkBorderGroup: THE_REGION },
  'ec2.EbsBlockDevice': { EbsCardIndex: 0 },
  'ec2.InstanceMetadataOptionsRequest': {
    HttpEndpoint: 'enabled',
    HttpProtocolIpv6: 'disabled',
    InstanceMetadataTags: 'disabled',
  },
  'ec2.InstanceNetworkInterfaceSpecification': { InterfaceType: 'interface', NetworkCardIndex: 0 },
  'ec2.LaunchTemplateEbsBlockDeviceRequest': { EbsCardIndex: 0 },
  'ec2.LaunchTemplateInstanceMetadataOptionsRequest': {
    HttpEndpoint: 'enabled',
    HttpProtocolIpv6: 'disabled',
    InstanceMetadataTags: 'disabled',
  },
  'ec2.LaunchTemplateInstanceNetworkInterfaceSpecificationRequest': {
    InterfaceType: 'interface',
    NetworkCardIndex: 0,
  },
  'ec2.LaunchTemplatePlacementRequest': { Tenancy: 'default' },
  'ec2.Placement': { Tenancy: 'default' },
  'ec2.ReleaseAddressRequest': { NetworkBorderGroup: THE_REGION },
  'ec2.RequestLaunchTemplateData': { InstanceInitiatedShutdownBehavior: 'stop' },
  'ec2.RunInstancesRequest': { InstanceInitiatedShutdownBehavior: 'stop' },
  'ec2.TargetCapacitySpecificationRequest': { TargetCapacityUnitType: 'units' },
  'eks.CreateAccessConfigRequest': { bootstrapClusterCreatorAdminPermissions: true },
  'eks.ControlPlaneScalingConfig': { tier: 'standard' },
  'eks.CreateClusterRequest': { bootstrapSelfManagedAddons: true },
  'eks.KubernetesNetworkConfigRequest': { ipFamily: 'ipv4' },
  'eks.ListClustersRequest': { include: [] },
  'eks.NodegroupUpdateConfig': { updateStrategy: 'DEFAULT' },
  'eks.VpcConfigRequest': { endpointPublicAccess: true },
  'elbv2.CreateLoadBalancerInput': { EnablePrefixForIpv6SourceNat: 'off' },
  'elbv2.CreateTargetGroupInput': { HealthCheckEnabled: true },
  'elbv2.ModifyTargetGroupInput': { HealthCheckEnabled: true },
  'elbv2.SetSecurityGroupsInput': { EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: 'on' },
  'elbv2.SetSubnetsInput': { EnablePrefixForIpv6SourceNat: 'off' },
  'iam.ListAttachedRolePoliciesRequest': { PathPrefix: '/' },
  'iam.ListEntitiesForPolicyRequest': { PathPrefix: '/' },
  // Terraform, Ansible and CDK send them all.
  'kms.CreateKeyRequest': {
    CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
    KeySpec: 'SYMMETRIC_DEFAULT',
    KeyUsage: 'ENCRYPT_DECRYPT',
    Origin: 'AWS_KMS',
  },
  'logs.CreateLogGroupRequest': { logGroupClass: 'STANDARD' },
  's3.CopyObjectRequest': { TaggingDirective: 'COPY' },
}

/** A member of a structure of a service. */
export interface MemberPlace {
  readonly service: string
  readonly shape: string
  readonly member: string
}

/** The documented default of a member; `false` for a boolean of which the documentation says nothing else. */
export function documentedDefault({ service, shape, member }: MemberPlace, region = THE_REGION): unknown {
  const key = `${service}.${shape}`
  const row = Object.hasOwn(DEFAULTS, key) ? DEFAULTS[key] : undefined
  const standard = row && Object.hasOwn(row, member) ? row[member] : false
  return standard === THE_REGION ? region : standard
}

/** Every entry, for the check that the schemas have such members. */
export function documentedDefaults(): readonly MemberPlace[] {
  return Object.entries(DEFAULTS).flatMap(([key, row]) => {
    const [service = '', shape = ''] = key.split('.')
    return Object.keys(row).map((member) => ({ service, shape, member }))
  })
}
