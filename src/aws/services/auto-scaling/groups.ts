// Owns making, changing and removing groups.
import type {
  CreateAutoScalingGroupType,
  DeleteAutoScalingGroupType,
  SetDesiredCapacityType,
  UpdateAutoScalingGroupType,
} from '@aws-sdk/client-auto-scaling'
import type { DescribeLaunchTemplateVersionsResult, DescribeSubnetsResult } from '@aws-sdk/client-ec2'

import { AwsError } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import { fleetOf, isAlive } from './fleet.ts'
import { KEPT_OF_MIXED, MIXED, readMixed } from './mixed-instances.ts'
import { validationError, type AutoScalingState, type GroupRecord, type MixedInstances } from './state.ts'
import { readTags, TAGS } from './tags.ts'

const HONOURED = [
  'AutoScalingGroupName',
  'MinSize',
  'MaxSize',
  'DesiredCapacity',
  'LaunchTemplate.LaunchTemplateId',
  'LaunchTemplate.LaunchTemplateName',
  'LaunchTemplate.Version',
  ...MIXED,
  'VPCZoneIdentifier',
] as const
// Instances are healthy as soon as EC2 says that they run, there are no scaling policies that wait, and a group that
// shrinks takes the instance it would take without protection.
const KEPT = [
  'HealthCheckGracePeriod',
  'DefaultCooldown',
  'NewInstancesProtectedFromScaleIn',
  ...KEPT_OF_MIXED,
] as const

const ONE_OF =
  'Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.'

function checkSizes({
  minSize,
  maxSize,
  desired,
}: {
  minSize: number
  maxSize: number
  desired: number
}): void {
  if (minSize > maxSize) throw validationError('Max bound must be greater than or equal to min bound')
  if (desired < minSize) {
    throw validationError('Desired capacity must be greater than or equal to the minimum size.')
  }
  if (desired > maxSize)
    throw validationError('Desired capacity must be less than or equal to the maximum size.')
}

async function placement(
  state: AutoScalingState,
  identifier: string,
): Promise<Pick<GroupRecord, 'subnetIds' | 'zones'>> {
  const subnetIds = identifier.split(',').map((id) => id.trim())
  const answer = await state.deps.caller.call<DescribeSubnetsResult>('ec2', 'DescribeSubnets', {
    SubnetIds: subnetIds,
  })
  const zones = new Set((answer.Subnets ?? []).flatMap(({ AvailabilityZone }) => AvailabilityZone ?? []))
  return { subnetIds, zones: [...zones] }
}

/**
 * The template with both its id and its name, whichever was given.
 * @throws AwsError ValidationError when there is none (the words around EC2's: ryanmurakami/hbfl#58)
 */
async function resolveTemplate(
  state: AutoScalingState,
  given: NonNullable<CreateAutoScalingGroupType['LaunchTemplate']>,
): Promise<GroupRecord['template']> {
  const { LaunchTemplateId, LaunchTemplateName, Version: version = '$Default' } = given
  try {
    const answer = await state.deps.caller.call<DescribeLaunchTemplateVersionsResult>(
      'ec2',
      'DescribeLaunchTemplateVersions',
      { LaunchTemplateId, LaunchTemplateName, Versions: [version] },
    )
    const found = answer.LaunchTemplateVersions?.[0]
    return { id: found?.LaunchTemplateId ?? '', name: found?.LaunchTemplateName ?? '', version }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    throw validationError(`You must use a valid fully-formed launch template. ${error.message}`)
  }
}

interface Machines {
  /** undefined when the request names none. */
  readonly template: GroupRecord['template'] | undefined
  readonly mixed?: MixedInstances
}

async function machinesOf(
  state: AutoScalingState,
  {
    LaunchTemplate,
    MixedInstancesPolicy: policy,
  }: Pick<CreateAutoScalingGroupType, 'LaunchTemplate' | 'MixedInstancesPolicy'>,
): Promise<Machines> {
  if (LaunchTemplate && policy) throw validationError(ONE_OF)
  const given = LaunchTemplate ?? policy?.LaunchTemplate?.LaunchTemplateSpecification
  if (!given) return { template: undefined }
  const template = await resolveTemplate(state, given)
  return policy ? { template, mixed: readMixed(policy) } : { template }
}

function settingsOf(
  input: Pick<CreateAutoScalingGroupType, 'HealthCheckGracePeriod' | 'DefaultCooldown'>,
): Pick<GroupRecord, 'gracePeriodSeconds' | 'cooldownSeconds'> {
  const { HealthCheckGracePeriod: gracePeriodSeconds, DefaultCooldown: cooldownSeconds } = input
  return {
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(cooldownSeconds === undefined ? {} : { cooldownSeconds }),
  }
}

export const createAutoScalingGroup = operation<AutoScalingState, CreateAutoScalingGroupType, void>()({
  honours: [...HONOURED, ...TAGS],
  keeps: KEPT,
  handle: async (input, state) => {
    const { AutoScalingGroupName: name = '', MinSize: minSize = 0, MaxSize: maxSize = 0 } = input
    const desired = input.DesiredCapacity ?? minSize
    checkSizes({ minSize, maxSize, desired })
    const machines = await machinesOf(state, input)
    if (!machines.template) throw validationError(ONE_OF)
    if (!input.VPCZoneIdentifier) {
      throw validationError('At least one Availability Zone or VPC Subnet is required.')
    }
    const { accountId, clock, ids, region } = state.deps
    const group: GroupRecord = {
      name,
      arn: `arn:aws:autoscaling:${region}:${accountId}:autoScalingGroup:${ids.uuid()}:autoScalingGroupName/${name}`,
      createdAtMs: clock.now(),
      minSize,
      maxSize,
      desired,
      template: machines.template,
      ...(machines.mixed ? { mixed: machines.mixed } : {}),
      ...(await placement(state, input.VPCZoneIdentifier)),
      tags: readTags(input.Tags),
      protectNew: input.NewInstancesProtectedFromScaleIn ?? false,
      ...settingsOf(input),
      activities: [],
      isDeleting: false,
    }
    if (!(await state.groups.create(name, group))) {
      throw new AwsError(
        'AlreadyExists',
        'AutoScalingGroup by this name already exists - A group with the name already exists',
      )
    }
  },
})

export const updateAutoScalingGroup = operation<AutoScalingState, UpdateAutoScalingGroupType, void>()({
  honours: HONOURED,
  keeps: KEPT,
  handle: async (input, state) => {
    const group = state.group(input.AutoScalingGroupName)
    const machines = await machinesOf(state, input)
    const place = input.VPCZoneIdentifier ? await placement(state, input.VPCZoneIdentifier) : {}
    await state.groups.update(group.name, (current) => {
      const minSize = input.MinSize ?? current.minSize
      const maxSize = input.MaxSize ?? current.maxSize
      // Without a desired capacity the present one moves into the new bounds (API_UpdateAutoScalingGroup).
      const desired = input.DesiredCapacity ?? Math.min(Math.max(current.desired, minSize), maxSize)
      checkSizes({ minSize, maxSize, desired })
      // A group has a launch template or a policy: the one that is given takes the place of the other.
      const { mixed: present, ...rest } = current
      const mixed = machines.template ? machines.mixed : present
      return {
        ...rest,
        ...(mixed ? { mixed } : {}),
        ...place,
        minSize,
        maxSize,
        desired,
        template: machines.template ?? current.template,
        protectNew: input.NewInstancesProtectedFromScaleIn ?? current.protectNew,
        ...settingsOf(input),
      }
    })
  },
})

export const deleteAutoScalingGroup = operation<AutoScalingState, DeleteAutoScalingGroupType, void>()({
  honours: ['AutoScalingGroupName', 'ForceDelete'],
  handle: async (input, state) => {
    const group = state.group(input.AutoScalingGroupName)
    const fleet = await fleetOf(state, group.name)
    await state.groups.update(group.name, (current) => {
      if (!input.ForceDelete && (current.desired > 0 || fleet.some(isAlive))) {
        throw new AwsError(
          'ResourceInUse',
          'You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.',
        )
      }
      return { ...current, isDeleting: true }
    })
  },
})

export const setDesiredCapacity = operation<AutoScalingState, SetDesiredCapacityType, void>()({
  honours: ['AutoScalingGroupName', 'DesiredCapacity'],
  handle: async (input, state) => {
    const { name } = state.group(input.AutoScalingGroupName)
    const desired = input.DesiredCapacity ?? 0
    await state.groups.update(name, (group) => {
      const { minSize, maxSize } = group
      if (desired < minSize) {
        throw validationError(
          `New SetDesiredCapacity value ${desired} is below min value ${minSize} for the AutoScalingGroup.`,
        )
      }
      if (desired > maxSize) {
        throw validationError(
          `New SetDesiredCapacity value ${desired} is above max value ${maxSize} for the AutoScalingGroup.`,
        )
      }
      return { ...group, desired }
    })
  },
})
