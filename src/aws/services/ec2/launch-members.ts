// Owns what launches and launch templates honour of an instance's settings, and what they keep without effect.

/** Of the devices of launches and images. */
export const DEVICES = [
  'BlockDeviceMappings[].DeviceName',
  'BlockDeviceMappings[].Ebs.SnapshotId',
  'BlockDeviceMappings[].Ebs.VolumeSize',
  'BlockDeviceMappings[].Ebs.VolumeType',
  'BlockDeviceMappings[].Ebs.Iops',
  'BlockDeviceMappings[].Ebs.Throughput',
  'BlockDeviceMappings[].Ebs.Encrypted',
  'BlockDeviceMappings[].Ebs.DeleteOnTermination',
] as const

/** Of RunInstances. */
export const LAUNCH = [
  'ImageId',
  'InstanceType',
  'MinCount',
  'MaxCount',
  'SubnetId',
  'SecurityGroupIds',
  'PrivateIpAddress',
  'ClientToken',
  'UserData',
  'InstanceMarketOptions.MarketType',
  'LaunchTemplate.LaunchTemplateId',
  'LaunchTemplate.LaunchTemplateName',
  'LaunchTemplate.Version',
  'IamInstanceProfile.Arn',
  'IamInstanceProfile.Name',
  ...DEVICES,
  'NetworkInterfaces[].DeviceIndex',
  'NetworkInterfaces[].SubnetId',
  'NetworkInterfaces[].Groups',
  'NetworkInterfaces[].Description',
  'NetworkInterfaces[].PrivateIpAddress',
  'NetworkInterfaces[].DeleteOnTermination',
  'NetworkInterfaces[].AssociatePublicIpAddress',
  'SecurityGroups',
  'Placement.AvailabilityZone',
  'BlockDeviceMappings[].NoDevice',
  'DisableApiTermination',
  'DisableApiStop',
] as const

/** Nobody logs in, and the metadata service answers every instance alike. */
export const KEPT_OF_LAUNCHES = [
  'KeyName',
  'MetadataOptions.HttpTokens',
  'MetadataOptions.HttpPutResponseHopLimit',
  'Monitoring.Enabled',
  'EbsOptimized',
  'InstanceInitiatedShutdownBehavior',
  'Placement.GroupName',
  'Placement.Tenancy',
  'CreditSpecification.CpuCredits',
  // There are no reservations to prefer.
  'CapacityReservationSpecification.CapacityReservationPreference',
  'BlockDeviceMappings[].VirtualName',
  'BlockDeviceMappings[].Ebs.KmsKeyId',
  'NetworkInterfaces[].NetworkCardIndex',
] as const

/** Of CreateLaunchTemplate and CreateLaunchTemplateVersion. */
export const TEMPLATE_DATA = [
  'LaunchTemplateData.ImageId',
  'LaunchTemplateData.InstanceType',
  'LaunchTemplateData.UserData',
  'LaunchTemplateData.InstanceMarketOptions.MarketType',
  'LaunchTemplateData.SecurityGroupIds',
  'LaunchTemplateData.IamInstanceProfile.Arn',
  'LaunchTemplateData.IamInstanceProfile.Name',
  'LaunchTemplateData.BlockDeviceMappings[].DeviceName',
  'LaunchTemplateData.BlockDeviceMappings[].Ebs.SnapshotId',
  'LaunchTemplateData.BlockDeviceMappings[].Ebs.VolumeSize',
  'LaunchTemplateData.BlockDeviceMappings[].Ebs.VolumeType',
  'LaunchTemplateData.BlockDeviceMappings[].Ebs.Iops',
  'LaunchTemplateData.BlockDeviceMappings[].Ebs.Throughput',
  'LaunchTemplateData.BlockDeviceMappings[].Ebs.Encrypted',
  'LaunchTemplateData.BlockDeviceMappings[].Ebs.DeleteOnTermination',
  'LaunchTemplateData.NetworkInterfaces[].DeviceIndex',
  'LaunchTemplateData.NetworkInterfaces[].SubnetId',
  'LaunchTemplateData.NetworkInterfaces[].Groups',
  'LaunchTemplateData.NetworkInterfaces[].Description',
  'LaunchTemplateData.NetworkInterfaces[].PrivateIpAddress',
  'LaunchTemplateData.NetworkInterfaces[].DeleteOnTermination',
  'LaunchTemplateData.NetworkInterfaces[].AssociatePublicIpAddress',
  'LaunchTemplateData.SecurityGroups',
  'LaunchTemplateData.Placement.AvailabilityZone',
  'LaunchTemplateData.BlockDeviceMappings[].NoDevice',
  'LaunchTemplateData.DisableApiTermination',
  'LaunchTemplateData.DisableApiStop',
  'LaunchTemplateData.TagSpecifications[].ResourceType',
  'LaunchTemplateData.TagSpecifications[].Tags[].Key',
  'LaunchTemplateData.TagSpecifications[].Tags[].Value',
] as const

/** Shown by DescribeLaunchTemplateVersions; an instance is no other for them. */
export const KEPT_OF_TEMPLATES = [
  'LaunchTemplateData.KeyName',
  'LaunchTemplateData.EbsOptimized',
  'LaunchTemplateData.Placement.GroupName',
  'LaunchTemplateData.Monitoring.Enabled',
  'LaunchTemplateData.MetadataOptions.HttpTokens',
  'LaunchTemplateData.MetadataOptions.HttpPutResponseHopLimit',
  'LaunchTemplateData.BlockDeviceMappings[].Ebs.KmsKeyId',
  'LaunchTemplateData.CreditSpecification.CpuCredits',
  'LaunchTemplateData.NetworkInterfaces[].NetworkCardIndex',
  'LaunchTemplateData.InstanceInitiatedShutdownBehavior',
  'LaunchTemplateData.Placement.Tenancy',
  'LaunchTemplateData.CapacityReservationSpecification.CapacityReservationPreference',
  'LaunchTemplateData.BlockDeviceMappings[].VirtualName',
] as const
