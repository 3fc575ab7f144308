// Owns launch configurations: what a group launches that has no launch template. They are never changed.
import type {
  CreateLaunchConfigurationType,
  LaunchConfiguration,
  LaunchConfigurationNamesType,
  LaunchConfigurationNameType,
  LaunchConfigurationsType,
} from '@aws-sdk/client-auto-scaling'

import { AwsError } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import { page, PAGES } from './paging.ts'
import { validationError, type AutoScalingState, type ConfigurationRecord } from './state.ts'

const BLOCK = 'BlockDeviceMappings[]'

/** @throws AwsError AlreadyExists, ValidationError */
export const createLaunchConfiguration = operation<AutoScalingState, CreateLaunchConfigurationType, void>()({
  honours: [
    'LaunchConfigurationName',
    'ImageId',
    'InstanceType',
    'SecurityGroups',
    'UserData',
    'IamInstanceProfile',
    'SpotPrice',
    `${BLOCK}.DeviceName`,
    `${BLOCK}.Ebs.VolumeSize`,
    `${BLOCK}.Ebs.VolumeType`,
    `${BLOCK}.Ebs.Iops`,
    `${BLOCK}.Ebs.Throughput`,
    `${BLOCK}.Ebs.Encrypted`,
    `${BLOCK}.Ebs.DeleteOnTermination`,
  ],
  // Nobody logs in, nothing is measured, machines are not bought; disks of the machine itself and copies are not there.
  keeps: [
    'KeyName',
    'InstanceMonitoring.Enabled',
    'EbsOptimized',
    'AssociatePublicIpAddress',
    'PlacementTenancy',
    'MetadataOptions.HttpTokens',
    'MetadataOptions.HttpPutResponseHopLimit',
    `${BLOCK}.VirtualName`,
    `${BLOCK}.NoDevice`,
    `${BLOCK}.Ebs.SnapshotId`,
  ],
  handle: async (input, state) => {
    const { LaunchConfigurationName: name = '', ...settings } = input
    for (const member of ['ImageId', 'InstanceType'] as const) {
      if (!settings[member]) {
        throw validationError(
          `Valid requests must contain either the InstanceID parameter or both the ImageId and InstanceType parameters.`,
        )
      }
    }
    const { accountId, clock, ids, region } = state.deps
    const record: ConfigurationRecord = {
      name,
      arn: `arn:aws:autoscaling:${region}:${accountId}:launchConfiguration:${ids.uuid()}:launchConfigurationName/${name}`,
      createdAtMs: clock.now(),
      settings,
    }
    if (await state.configurations.create(name, record)) return
    throw new AwsError(
      'AlreadyExists',
      `Launch Configuration by this name already exists - A launch configuration already exists with the name ${name}`,
    )
  },
})

function show({ name, arn, createdAtMs, settings }: ConfigurationRecord): LaunchConfiguration {
  return {
    KeyName: '',
    KernelId: '',
    RamdiskId: '',
    UserData: '',
    ClassicLinkVPCSecurityGroups: [],
    SecurityGroups: [],
    BlockDeviceMappings: [],
    EbsOptimized: false,
    // "The default value is true (enabled)."
    InstanceMonitoring: { Enabled: true },
    ...settings,
    LaunchConfigurationName: name,
    LaunchConfigurationARN: arn,
    CreatedTime: new Date(createdAtMs),
  } as LaunchConfiguration
}

export const describeLaunchConfigurations = operation<
  AutoScalingState,
  LaunchConfigurationNamesType,
  LaunchConfigurationsType
>()({
  honours: ['LaunchConfigurationNames', ...PAGES],
  handle: (input, state) => {
    const names = input.LaunchConfigurationNames ?? []
    const wanted = state.configurations
      .list()
      .filter(({ name }) => names.length === 0 || names.includes(name))
    const { items, token } = page(wanted, input)
    return { LaunchConfigurations: items.map(show), NextToken: token }
  },
})

/** @throws AwsError ResourceInUse, ValidationError */
export const deleteLaunchConfiguration = operation<AutoScalingState, LaunchConfigurationNameType, void>()({
  honours: ['LaunchConfigurationName'],
  handle: async ({ LaunchConfigurationName: name = '' }, state) => {
    await state.deps.store.transact((tx) => {
      needConfiguration(state, name)
      const user = state.groups.list().find(({ configuration }) => configuration === name)
      if (user) {
        throw new AwsError(
          'ResourceInUse',
          `Cannot delete launch configuration ${name} because it is attached to AutoScalingGroup ${user.name}`,
        )
      }
      state.configurations.deleteIn(tx, name)
    })
  },
})

/** @throws AwsError ValidationError when there is none of that name */
export function needConfiguration(state: AutoScalingState, name: string): ConfigurationRecord {
  const record = state.configurations.get(name)
  if (!record) throw validationError(`Launch configuration name not found - ${name}`)
  return record
}

/** The members of RunInstances that a configuration stands for. */
export function launchOf({ settings }: ConfigurationRecord): object {
  const profile = settings.IamInstanceProfile
  return {
    ImageId: settings.ImageId,
    InstanceType: settings.InstanceType,
    KeyName: settings.KeyName,
    UserData: settings.UserData,
    MetadataOptions: settings.MetadataOptions,
    ...(profile
      ? { IamInstanceProfile: profile.startsWith('arn:') ? { Arn: profile } : { Name: profile } }
      : {}),
    ...(settings.SecurityGroups?.length ? { SecurityGroupIds: settings.SecurityGroups } : {}),
    ...(settings.SpotPrice ? { InstanceMarketOptions: { MarketType: 'spot' } } : {}),
    BlockDeviceMappings: settings.BlockDeviceMappings?.flatMap(({ DeviceName, Ebs }) => {
      if (!Ebs) return []
      const { SnapshotId: _copied, ...volume } = Ebs
      return [{ DeviceName, Ebs: volume }]
    }),
  }
}
