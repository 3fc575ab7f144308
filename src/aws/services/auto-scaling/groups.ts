// Owns making, changing and removing groups.
import type {
  CreateAutoScalingGroupType,
  DeleteAutoScalingGroupType,
  SetDesiredCapacityType,
  UpdateAutoScalingGroupType,
} from '@aws-sdk/client-auto-scaling'

import { AwsError } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import { notEmulatedError } from '../../protocol/violation.ts'
import { fleetOf, isAlive } from './fleet.ts'
import { machinesOf, ONE_OF, placeOf } from './machines-of.ts'
import { KEPT_OF_MIXED, MIXED } from './mixed-instances.ts'
import { validationError, type AutoScalingState, type GroupRecord } from './state.ts'
import { readTags, TAGS } from './tags.ts'
import { checkTargetGroups, withTargetGroups } from './target-groups.ts'
import { targetGroupArns } from './traffic-sources.ts'

const HONOURED = [
  'AutoScalingGroupName',
  'MinSize',
  'MaxSize',
  'DesiredCapacity',
  'LaunchTemplate.LaunchTemplateId',
  'LaunchTemplate.LaunchTemplateName',
  'LaunchTemplate.Version',
  ...MIXED,
  'LaunchConfigurationName',
  'VPCZoneIdentifier',
  'AvailabilityZones',
  'MaxInstanceLifetime',
  'HealthCheckType',
  'HealthCheckGracePeriod',
] as const
/** Given at the making of a group alone; later there are operations of their own. */
const FIRST = ['TargetGroupARNs', 'TrafficSources[].Identifier', 'TrafficSources[].Type'] as const
// There are no scaling policies that wait, and a group that shrinks takes the instance it would take without protection.
const KEPT = ['DefaultCooldown', 'NewInstancesProtectedFromScaleIn', ...KEPT_OF_MIXED] as const

const DAY_SECONDS = 86_400

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

function settingsOf(
  input: Pick<
    CreateAutoScalingGroupType,
    | 'HealthCheckType'
    | 'HealthCheckGracePeriod'
    | 'DefaultCooldown'
    | 'MaxInstanceLifetime'
    | 'CapacityRebalance'
  >,
): Pick<
  GroupRecord,
  'healthCheckType' | 'gracePeriodSeconds' | 'cooldownSeconds' | 'maxLifetimeSeconds' | 'capacityRebalance'
> {
  const { HealthCheckGracePeriod: gracePeriodSeconds, DefaultCooldown: cooldownSeconds } = input
  const { MaxInstanceLifetime: maxLifetimeSeconds } = input
  if (maxLifetimeSeconds && maxLifetimeSeconds < DAY_SECONDS)
    throw validationError(
      'Max instance lifetime value must be 0 or between 86400 seconds and 31536000 seconds',
    )
  const healthCheckType = healthCheckTypeOf(input.HealthCheckType)
  return {
    ...(healthCheckType === undefined ? {} : { healthCheckType }),
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(cooldownSeconds === undefined ? {} : { cooldownSeconds }),
    // 0 takes it away (API_UpdateAutoScalingGroup).
    ...(maxLifetimeSeconds === undefined ? {} : { maxLifetimeSeconds }),
    ...(input.CapacityRebalance === undefined ? {} : { capacityRebalance: input.CapacityRebalance }),
  }
}

// Several are joined by commas; what EC2 finds counts always (API_CreateAutoScalingGroup).
function healthCheckTypeOf(text: string | undefined): GroupRecord['healthCheckType'] {
  if (!text) return undefined
  const types = text.split(',').map((type) => type.trim())
  for (const type of types) {
    if (type === 'EBS' || type === 'VPC_LATTICE')
      throw notEmulatedError('query', `A health check of the type ${type}`)
    if (type !== 'EC2' && type !== 'ELB') throw validationError(`Invalid health check type ${type}`)
  }
  return types.includes('ELB') ? 'ELB' : 'EC2'
}

export const createAutoScalingGroup = operation<AutoScalingState, CreateAutoScalingGroupType, void>()({
  honours: [...HONOURED, ...FIRST, ...TAGS],
  keeps: KEPT,
  handle: async (input, state) => {
    const { AutoScalingGroupName: name = '', MinSize: minSize = 0, MaxSize: maxSize = 0 } = input
    const desired = input.DesiredCapacity ?? minSize
    checkSizes({ minSize, maxSize, desired })
    const machines = await machinesOf(state, input)
    if (!machines) throw validationError(ONE_OF)
    const place = await placeOf(state, input)
    if (!place) throw validationError('At least one Availability Zone or VPC Subnet is required.')
    const targets = [...(input.TargetGroupARNs ?? []), ...targetGroupArns(input.TrafficSources ?? [])]
    await checkTargetGroups(state, targets)
    const { accountId, clock, ids, region } = state.deps
    const group: GroupRecord = {
      name,
      arn: `arn:aws:autoscaling:${region}:${accountId}:autoScalingGroup:${ids.uuid()}:autoScalingGroupName/${name}`,
      createdAtMs: clock.now(),
      minSize,
      maxSize,
      desired,
      ...machines,
      ...place,
      tags: readTags(input.Tags),
      protectNew: input.NewInstancesProtectedFromScaleIn ?? false,
      ...settingsOf(input),
      activities: [],
      isDeleting: false,
    }
    if (!(await state.groups.create(name, withTargetGroups(group, targets, 'inService')))) {
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
    const place = await placeOf(state, input)
    await state.groups.update(group.name, (current) => {
      const minSize = input.MinSize ?? current.minSize
      const maxSize = input.MaxSize ?? current.maxSize
      // Without a desired capacity the present one moves into the new bounds (API_UpdateAutoScalingGroup).
      const desired = input.DesiredCapacity ?? Math.min(Math.max(current.desired, minSize), maxSize)
      checkSizes({ minSize, maxSize, desired })
      // A group has a launch template, a policy or a configuration: the one that is given takes the place of the other.
      const { template, mixed, configuration, ...rest } = current
      return {
        ...rest,
        ...(machines ?? {
          ...(template ? { template } : {}),
          ...(mixed ? { mixed } : {}),
          ...(configuration === undefined ? {} : { configuration }),
        }),
        ...place,
        minSize,
        maxSize,
        desired,
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
