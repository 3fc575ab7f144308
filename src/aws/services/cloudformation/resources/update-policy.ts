// Owns what the update policy of an Auto Scaling group says, and the batches in which it replaces the group's instances.
// Source: CloudFormation's template reference, "UpdatePolicy attribute".
import { AwsError } from '../../../../base/errors.ts'
import { deepEqual } from '../../../../base/json.ts'
import { durationMs, groupVerdict, numberOf, type Signal } from '../template/signals.ts'
import { isTemplateObject, type TemplateObject, textOf } from '../template/template.ts'
import { PROPERTY_VALIDATION } from './plan-change.ts'

/** The members of an update policy that are honored. */
export const GROUP_UPDATE_POLICY: Readonly<Record<string, readonly string[]>> = {
  AutoScalingReplacingUpdate: ['WillReplace'],
  AutoScalingRollingUpdate: [
    'MaxBatchSize',
    'MinActiveInstancesPercent',
    'MinInstancesInService',
    'MinSuccessfulInstancesPercent',
    'PauseTime',
    'SuspendProcesses',
    'WaitOnResourceSignals',
  ],
  AutoScalingScheduledAction: ['IgnoreUnmodifiedGroupSizeProperties'],
}

// "when you … change the group's AWS::AutoScaling::LaunchConfiguration, … VPCZoneIdentifier property, … LaunchTemplate".
const OF_INSTANCES = [
  'LaunchConfigurationName',
  'LaunchTemplate',
  'MixedInstancesPolicy',
  'VPCZoneIdentifier',
]

function changesInstances(before: TemplateObject, after: TemplateObject): boolean {
  return OF_INSTANCES.some((name) => !deepEqual(before[name], after[name]))
}

function membersOf(policy: TemplateObject, name: string): TemplateObject | undefined {
  const value = policy[name]
  return isTemplateObject(value) ? value : undefined
}

function isTrue(policy: TemplateObject, name: string, member: string): boolean {
  return textOf(membersOf(policy, name)?.[member]) === 'true'
}

/** Whether a change of the group's instances is made by a new group beside the old one. */
export function isReplacing(policy: TemplateObject, before: TemplateObject, after: TemplateObject): boolean {
  return isTrue(policy, 'AutoScalingReplacingUpdate', 'WillReplace') && changesInstances(before, after)
}

const SIZES = ['MinSize', 'MaxSize', 'DesiredCapacity']

/** The sizes that an update leaves as the group has them by now: a scheduled action may have set them. */
export function keptSizes(
  policy: TemplateObject,
  before: TemplateObject,
  after: TemplateObject,
): readonly string[] {
  return isTrue(policy, 'AutoScalingScheduledAction', 'IgnoreUnmodifiedGroupSizeProperties')
    ? SIZES.filter((name) => deepEqual(before[name], after[name]))
    : []
}

/** How instances are replaced a batch at a time. */
export interface Rolling {
  readonly batchSize: number
  readonly minInService: number
  readonly minPercent: number
  /** How long a batch is waited for: for its signals, or for nothing that can be seen. */
  readonly pauseMs: number
  readonly waitsForSignals: boolean
  /** Processes of the group that are held up meanwhile. */
  readonly suspends: readonly string[]
}

const FIVE_MINUTES_MS = 300_000

/** How a change replaces the group's instances; undefined where it leaves them. @throws AwsError ValidationError */
export function rollingOf(
  policy: TemplateObject,
  before: TemplateObject,
  after: TemplateObject,
): Rolling | undefined {
  const given = membersOf(policy, 'AutoScalingRollingUpdate')
  if (!given || !changesInstances(before, after)) return undefined
  const waitsForSignals = textOf(given['WaitOnResourceSignals']) === 'true'
  const suspends = given['SuspendProcesses']
  const minInService = numberOf(given['MinInstancesInService'], 0)
  if (minInService > 0 && minInService >= numberOf(after['MaxSize'], 0)) {
    throw new AwsError(
      PROPERTY_VALIDATION,
      "MinInstancesInService must be less than the autoscaling group's MaxSize",
    )
  }
  return {
    batchSize: Math.max(1, numberOf(given['MaxBatchSize'], 1)),
    minInService,
    minPercent: numberOf(given['MinSuccessfulInstancesPercent'], 100),
    pauseMs: durationMs(given['PauseTime'], waitsForSignals ? FIVE_MINUTES_MS : 0),
    waitsForSignals,
    suspends: Array.isArray(suspends) ? suspends.map(textOf) : [],
  }
}

/** An instance of the group that is not on its way out. */
export interface Member {
  readonly id: string
  readonly isInService: boolean
  /** Epoch milliseconds. */
  readonly launchedAtMs: number
}

/** A group in the middle of it. */
export interface Scene {
  readonly rolling: Rolling
  /** Those that were there before. */
  readonly old: readonly string[]
  readonly members: readonly Member[]
  /** What the group is to have in the end, has now, and may have. */
  readonly desired: number
  readonly current: number
  readonly maxSize: number
  readonly signals: readonly Signal[]
  readonly nowMs: number
  /** What the policy's pauses are multiplied by where nothing is waited for. */
  readonly pace: number
}

export type Move =
  | { readonly kind: 'wait' | 'done' }
  | { readonly kind: 'resize'; readonly desired: number }
  | { readonly kind: 'terminate'; readonly ids: readonly string[] }

/** What is next. @throws AwsError when too many of the new instances have failed */
export function nextMove(scene: Scene): Move {
  const { rolling, members, old, desired, current, maxSize } = scene
  const left = members.filter(({ id }) => old.includes(id))
  const fresh = members.filter(({ id }) => !old.includes(id))
  if (!areUp(scene, fresh) || members.length < current) return { kind: 'wait' }
  if (left.length === 0) {
    return current === desired ? { kind: 'done' } : { kind: 'resize', desired }
  }
  const batch = Math.min(rolling.batchSize, left.length)
  // Where the minimum leaves no room, CloudFormation has the group a batch larger for the time.
  const room = Math.min(maxSize, Math.max(desired, rolling.minInService + batch))
  if (current < room) return { kind: 'resize', desired: room }
  const inService = members.filter(({ isInService }) => isInService).length
  const ids = left.slice(0, Math.min(batch, Math.max(0, inService - rolling.minInService)))
  return ids.length === 0 ? { kind: 'wait' } : { kind: 'terminate', ids: ids.map(({ id }) => id) }
}

/** Whether all new instances have come up, or enough have that the others may fail. */
function areUp({ rolling, old, signals, nowMs, pace }: Scene, fresh: readonly Member[]): boolean {
  if (!rolling.waitsForSignals) {
    return fresh.every(
      ({ isInService, launchedAtMs }) => isInService && nowMs - launchedAtMs >= rolling.pauseMs * pace,
    )
  }
  const told = fresh.flatMap(({ id, launchedAtMs }): Signal[] => {
    const signal = signals.find(({ uniqueId }) => uniqueId === id)
    if (signal) return [signal]
    return nowMs - launchedAtMs >= rolling.pauseMs ? [{ uniqueId: id, isSuccess: false }] : []
  })
  // The whole group is what the percentage is of; those that are still to come may all succeed.
  const awaited = { count: old.length, timeoutMs: Number.POSITIVE_INFINITY, minPercent: rolling.minPercent }
  const verdict = groupVerdict(awaited, told, 0)
  if (verdict.state === 'failed') throw new AwsError(PROPERTY_VALIDATION, verdict.reason)
  return told.length === fresh.length
}
