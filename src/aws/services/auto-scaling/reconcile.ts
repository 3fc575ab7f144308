// Owns keeping a group at its desired size: launches, replacements, terminations, deletion.
import { timestamp } from '../../../base/clock.ts'
import type { Instance } from '@aws-sdk/client-ec2'

import { messageOf } from '../../../base/errors.ts'
import type { ReconcileResult } from '../../../reconcile/controller.ts'
import { fleetOf, isAlive, isStopped, launch, terminate } from './fleet.ts'
import { nextLaunch } from './mixed-instances.ts'
import { isSuspended } from './processes.ts'
import type { AutoScalingState, GroupRecord } from './state.ts'
import { keepTargets, takeOut } from './target-groups.ts'

/** How often target groups are asked for the health of instances. */
const HEALTH_MS = 10_000
/** A launch that failed is tried again after so long. */
const RETRY_MS = 10_000
/** How long a group at its size is left alone at most: timers do not hold a year. */
const LOOK_MS = 3_600_000
/** While one of them is suspended, an instance that was stopped is not replaced. */
const KEEPING = ['HealthCheck', 'ReplaceUnhealthy', 'Terminate'] as const

/** One pass over a group. */
export async function reconcileGroup(state: AutoScalingState, name: string): Promise<ReconcileResult | void> {
  const found = state.groups.get(name)
  if (!found) return
  const fleet = await fleetOf(state, name)
  const { group, unhealthy } = await keepTargets(state, found, fleet.filter(isAlive))
  const stopped = fleet.filter(isStopped)
  // One that the group may not replace stays its member.
  const stays = KEEPING.some((process) => isSuspended(group, process))
  const alive = fleet.filter((each) => isAlive(each) || (stays && isStopped(each)))
  if (group.isDeleting) {
    await terminate(state, idsOf(fleet.filter((each) => isAlive(each) || isStopped(each))))
    // What is shutting down wakes this again when it is gone.
    if (fleet.length === 0) await state.groups.delete(name)
    return
  }
  if (!stays) {
    await replace(
      state,
      group,
      idsOf(stopped),
      'an EC2 health check indicating it has been terminated or stopped',
    )
    const failed = alive.filter(
      (each) => unhealthy.includes(each.InstanceId ?? '') && isPastGrace(state, group, each),
    )
    if (failed.length > 0)
      return await replace(state, group, idsOf(failed), 'an ELB system health check failure')
  }
  if (alive.length > group.desired) await shrink(state, group, alive)
  if (alive.length < group.desired) return await grow(state, group, alive)
  if (alive.length === group.desired) return sooner(await retire(state, group, alive), looksAt(group))
}

/** A group that asks target groups about its instances looks there from time to time. */
function looksAt({ healthCheckType, targetGroups = {} }: GroupRecord): ReconcileResult | undefined {
  const isAsking = healthCheckType === 'ELB' && Object.keys(targetGroups).length > 0
  return isAsking ? { requeueAfterMs: HEALTH_MS } : undefined
}

function sooner(
  one: ReconcileResult | void,
  other: ReconcileResult | undefined,
): ReconcileResult | undefined {
  const times = [one?.requeueAfterMs, other?.requeueAfterMs].filter((ms) => ms !== undefined)
  return times.length > 0 ? { requeueAfterMs: Math.min(...times) } : undefined
}

function isPastGrace(
  state: AutoScalingState,
  { gracePeriodSeconds = 0 }: GroupRecord,
  instance: Instance,
): boolean {
  return (instance.LaunchTime?.getTime() ?? 0) + gracePeriodSeconds * 1000 <= state.deps.clock.now()
}

// One at a time, so that the group is never without: what goes wakes this again, which launches another one.
async function retire(
  state: AutoScalingState,
  group: GroupRecord,
  [oldest]: readonly Instance[],
): Promise<ReconcileResult | void> {
  const { name, maxLifetimeSeconds = 0, suspended = {} } = group
  if (maxLifetimeSeconds === 0 || !oldest || suspended['Terminate'] !== undefined) return
  const restMs = (oldest.LaunchTime?.getTime() ?? 0) + maxLifetimeSeconds * 1000 - state.deps.clock.now()
  if (restMs > 0) return { requeueAfterMs: Math.min(restMs, LOOK_MS) }
  const [id = ''] = idsOf([oldest])
  await takeOut(state, group, [id])
  const cause = `At ${iso(state)} an instance was taken out of service in response to the maximum instance lifetime.`
  await state.record(name, { description: `Terminating EC2 instance: ${id}`, cause, status: 'Successful' })
}

// The group is at its size again once what comes after this has launched another one.
async function replace(
  state: AutoScalingState,
  group: GroupRecord,
  ids: readonly string[],
  why: string,
): Promise<void> {
  for (const id of ids) {
    await takeOut(state, group, [id])
    const cause = `At ${iso(state)} an instance was taken out of service in response to ${why}.`
    const description = `Terminating EC2 instance: ${id}`
    await state.record(group.name, { description, cause, status: 'Successful' })
  }
}

function idsOf(instances: readonly Instance[]): string[] {
  return instances.flatMap(({ InstanceId }) => InstanceId ?? [])
}

async function grow(
  state: AutoScalingState,
  group: GroupRecord,
  alive: readonly Instance[],
): Promise<ReconcileResult | void> {
  if (isSuspended(group, 'Launch')) return
  // The record of a failure wakes this controller: that alone is no reason to try again.
  const [newest] = group.activities
  const restMs = newest?.status === 'Failed' ? newest.atMs + RETRY_MS - state.deps.clock.now() : 0
  if (restMs > 0) return { requeueAfterMs: restMs }
  const fleet = [...alive]
  for (let count = alive.length; count < group.desired; count++) {
    const taken = fleet.flatMap(({ SubnetId }) => SubnetId ?? [])
    const subnetId = emptiest(group.subnetIds, taken)
    const cause = `At ${iso(state)} an instance was started in response to a difference between desired and actual capacity, increasing the capacity from ${count} to ${count + 1}.`
    try {
      const made = await launch(state, group, { subnetId, ...nextLaunch(group, fleet) })
      fleet.push({ ...made, SubnetId: subnetId })
      const description = `Launching a new EC2 instance: ${made.InstanceId}`
      await state.record(group.name, { description, cause, status: 'Successful' })
    } catch (error) {
      const message = `${messageOf(error)} Launching EC2 instance failed.`
      const description = `Launching a new EC2 instance.  Status Reason: ${message}`
      await state.record(group.name, { description, cause, status: 'Failed', message })
      return { requeueAfterMs: RETRY_MS }
    }
  }
}

/** The subnet with the fewest instances; the first of equals. */
function emptiest(subnetIds: readonly string[], taken: readonly string[]): string {
  const count = (id: string): number => taken.filter((each) => each === id).length
  return subnetIds.toSorted((a, b) => count(a) - count(b))[0] ?? ''
}

// The default termination policy starts with the zone that has the most instances, then takes the oldest.
async function shrink(
  state: AutoScalingState,
  group: GroupRecord,
  alive: readonly Instance[],
): Promise<void> {
  if (isSuspended(group, 'Terminate')) return
  let rest = [...alive]
  while (rest.length > group.desired) {
    const zones = Map.groupBy(rest, ({ Placement }) => Placement?.AvailabilityZone)
    const [fullest = []] = [...zones.values()].toSorted((a, b) => b.length - a.length)
    const victim = fullest[0]
    const cause = `At ${iso(state)} an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from ${rest.length} to ${rest.length - 1}.`
    rest = rest.filter((each) => each !== victim)
    const ids = idsOf(victim ? [victim] : [])
    await takeOut(state, group, ids)
    const description = `Terminating EC2 instance: ${ids.join()}`
    await state.record(group.name, { description, cause, status: 'Successful' })
  }
}

function iso(state: AutoScalingState): string {
  return timestamp(state.deps.clock)
}
