// Owns what a request says a group is made of: the machines it launches, and where.
import type { CreateAutoScalingGroupType } from '@aws-sdk/client-auto-scaling'
import type { DescribeLaunchTemplateVersionsResult, DescribeSubnetsResult } from '@aws-sdk/client-ec2'

import { isRefusal } from '../../../base/errors.ts'
import { needConfiguration } from './launch-configurations.ts'
import { readMixed } from './mixed-instances.ts'
import { validationError, type AutoScalingState, type GroupRecord } from './state.ts'

/** The refusal of a request that names no machines, or several kinds of them. */
export const ONE_OF =
  'Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.'

/** A launch template (with a mixed instances policy or without) or a launch configuration. */
export type Machines = Pick<GroupRecord, 'template' | 'mixed' | 'configuration'>

/**
 * What the request names.
 * @returns undefined when it names nothing
 * @throws AwsError ValidationError
 */
export async function machinesOf(
  state: AutoScalingState,
  input: Pick<
    CreateAutoScalingGroupType,
    'LaunchTemplate' | 'MixedInstancesPolicy' | 'LaunchConfigurationName'
  >,
): Promise<Machines | undefined> {
  const { LaunchTemplate, MixedInstancesPolicy: policy, LaunchConfigurationName: configuration } = input
  const named = [LaunchTemplate, policy, configuration].filter((each) => each !== undefined)
  if (named.length > 1) throw validationError(ONE_OF)
  if (configuration !== undefined) {
    return { configuration: needConfiguration(state, configuration).name }
  }
  const given = LaunchTemplate ?? policy?.LaunchTemplate?.LaunchTemplateSpecification
  if (!given) return undefined
  const template = await resolveTemplate(state, given)
  return policy ? { template, mixed: readMixed(policy) } : { template }
}

/**
 * The template with both its id and its name, whichever was given.
 * @throws AwsError ValidationError when there is none (the words around EC2's: ryanmurakami/hbfl#58)
 */
async function resolveTemplate(
  state: AutoScalingState,
  given: NonNullable<CreateAutoScalingGroupType['LaunchTemplate']>,
): Promise<NonNullable<GroupRecord['template']>> {
  const { LaunchTemplateId, LaunchTemplateName, Version: version } = given
  if ((LaunchTemplateId === undefined) === (LaunchTemplateName === undefined)) {
    throw validationError('Valid requests must contain either launchTemplateId or LaunchTemplateName')
  }
  try {
    const answer = await state.deps.caller.call<DescribeLaunchTemplateVersionsResult>(
      'ec2',
      'DescribeLaunchTemplateVersions',
      { LaunchTemplateId, LaunchTemplateName, Versions: [version ?? '$Default'] },
    )
    const found = answer.LaunchTemplateVersions?.[0]
    const names = { id: found?.LaunchTemplateId ?? '', name: found?.LaunchTemplateName ?? '' }
    // The default version is not shown where none was given.
    return { ...names, ...(version === undefined ? {} : { version }) }
  } catch (error) {
    if (!isRefusal(error)) throw error
    throw validationError(`You must use a valid fully-formed launch template. ${error.message}`)
  }
}

export type Place = Pick<GroupRecord, 'subnetIds' | 'zones' | 'byZones'>

/**
 * The subnets that a request names, or the default ones of the zones that it names.
 * @returns undefined when it names neither
 * @throws AwsError ValidationError
 */
export async function placeOf(
  state: AutoScalingState,
  input: Pick<CreateAutoScalingGroupType, 'VPCZoneIdentifier' | 'AvailabilityZones'>,
): Promise<Place | undefined> {
  const { VPCZoneIdentifier: identifier, AvailabilityZones: zones } = input
  const describe = async (filter: object): Promise<NonNullable<DescribeSubnetsResult['Subnets']>> => {
    const { Subnets = [] } = await state.deps.caller.call<DescribeSubnetsResult>(
      'ec2',
      'DescribeSubnets',
      filter,
    )
    return Subnets
  }
  if (identifier) {
    const subnetIds = identifier.split(',').map((id) => id.trim())
    const found = await describe({ SubnetIds: subnetIds })
    const theirs = [...new Set(found.flatMap(({ AvailabilityZone }) => AvailabilityZone ?? []))]
    if (zones?.length && theirs.toSorted().join() !== zones.toSorted().join()) {
      throw validationError(
        'The availability zones of the specified subnets and the Auto Scaling group do not match',
      )
    }
    return { subnetIds, zones: theirs, byZones: false }
  }
  if (!zones?.length) return undefined
  const subnets = await describe({
    Filters: [
      { Name: 'default-for-az', Values: ['true'] },
      { Name: 'availability-zone', Values: zones },
    ],
  })
  const missing = zones.find((zone) => !subnets.some(({ AvailabilityZone }) => AvailabilityZone === zone))
  if (missing !== undefined) {
    throw validationError(
      `No default subnet for availability zone: '${missing}'. Unable to launch instances.`,
    )
  }
  return { subnetIds: subnets.flatMap(({ SubnetId }) => SubnetId ?? []), zones: [...zones], byZones: true }
}
