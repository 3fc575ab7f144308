// Owns the resource type AWS::AutoScaling::LaunchConfiguration: never changed, a new one takes its place.
import type { LaunchConfigurationsType } from '@aws-sdk/client-auto-scaling'

import { isAwsCode } from '../../../../base/errors.ts'
import type { TemplateObject } from '../template/template.ts'
import { isMadeSince } from './find-made.ts'
import { generatedName } from './generated-name.ts'
import { membersOf, type Members, sameNames, textAt } from './members.ts'
import { type ResourceContext, type ResourceType, READY } from './resource-type.ts'

const SETTINGS: Members = {
  ...sameNames(
    'ImageId',
    'InstanceType',
    'KeyName',
    'SecurityGroups',
    'UserData',
    'IamInstanceProfile',
    'SpotPrice',
    'AssociatePublicIpAddress',
    'EbsOptimized',
    'PlacementTenancy',
    'BlockDeviceMappings',
    'MetadataOptions.HttpTokens',
    'MetadataOptions.HttpPutResponseHopLimit',
  ),
  InstanceMonitoring: 'InstanceMonitoring.Enabled',
}

function nameOf(properties: TemplateObject, context: ResourceContext): string {
  return textAt(properties, 'LaunchConfigurationName') ?? generatedName(context, 255)
}

export const launchConfiguration: ResourceType = {
  name: 'AWS::AutoScaling::LaunchConfiguration',
  customName: 'LaunchConfigurationName',
  create: {
    operations: ['autoscaling:CreateLaunchConfiguration'],
    on: ['LaunchConfigurationName', ...Object.keys(SETTINGS)],
    run: async (properties, context) => {
      const LaunchConfigurationName = nameOf(properties, context)
      await context.call('autoscaling', 'CreateLaunchConfiguration', {
        ...membersOf(SETTINGS, properties),
        LaunchConfigurationName,
      })
      return LaunchConfigurationName
    },
    find: async (properties, context) => {
      const name = nameOf(properties, context)
      const created = async (): Promise<Date | undefined> => {
        const { LaunchConfigurations = [] } = await context.call<LaunchConfigurationsType>(
          'autoscaling',
          'DescribeLaunchConfigurations',
          { LaunchConfigurationNames: [name] },
        )
        return LaunchConfigurations[0]?.CreatedTime
      }
      return (await isMadeSince(context, created, [])) ? name : undefined
    },
  },
  update: [],
  attributes: [],
  read: () => Promise.resolve(READY),
  remove: async (LaunchConfigurationName, context) => {
    try {
      await context.call('autoscaling', 'DeleteLaunchConfiguration', { LaunchConfigurationName })
    } catch (error) {
      // A group that goes too still has it.
      if (isAwsCode(error, 'ResourceInUse')) return false
      if (!isAwsCode(error, 'ValidationError')) throw error
    }
    return true
  },
}
