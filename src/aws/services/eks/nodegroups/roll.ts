// Owns giving a group other machines: more of them first, then the old ones drained and removed, a few at a time.
// Source: EKS user guide, "Understand each phase of node updates".
import type {
  DescribeInstancesResult,
  DescribeLaunchTemplateVersionsResult,
  Instance,
} from '@aws-sdk/client-ec2'

import type { Node } from '../../../../../generated/kubernetes.d.ts'
import { deepEqual } from '../../../../base/json.ts'
import type { KubernetesClient } from '../../../../kubernetes/client/client.ts'
import type { ClusterRecord, Eks, NodegroupRecord, Roll } from '../state.ts'
import { cordon, drain, uncordon } from '../../../../kubernetes/client/drain.ts'
import { imageId } from './labels.ts'
import type { LaunchIssue } from './launch-issue.ts'
import { findGroup, groupName, resourceName, templateData } from './machines.ts'
import { isReady, nodesOf } from './nodes.ts'

/** AWS gives the pods of a node 15 minutes to go; near, one is enough for budgets, whatever the pace. */
const DRAIN_MS = 15 * 60_000
const FAST_DRAIN_MS = 60_000

export type RollState = 'waiting' | 'done' | LaunchIssue

interface Machine {
  readonly id: string
  readonly isOld: boolean
  readonly node: Node | undefined
}

interface RollWork {
  readonly eks: Eks
  readonly key: string
  readonly record: NodegroupRecord
  readonly roll: Roll
  readonly client: KubernetesClient
}

/** Goes one step on. @returns `done` when no old machine is left, or why the update fails */
export async function rollMachines(
  eks: Eks,
  of: { readonly key: string; readonly record: NodegroupRecord; readonly cluster: ClusterRecord },
): Promise<RollState> {
  const { key, record, cluster } = of
  const { roll } = record
  if (!roll) return 'done'
  const client = eks.ports.host.client(record.nodegroup.clusterName)
  const work: RollWork = { eks, key, record, roll, client }
  await ensureTemplate(eks, cluster, record)
  const machines = await machinesOf(work)
  if (!machines) return 'waiting'
  const old = machines.filter(({ isOld }) => isOld)
  if (old.length === 0) return 'done'
  const wanted = record.nodegroup.scalingConfig?.desiredSize ?? 0
  const surge = Math.min(surgeOf(record), old.length)
  const isRaised = await raise(work, wanted + surge)
  const fresh = machines.filter(({ isOld, node }) => !isOld && node && isReady(node))
  if (!isRaised || fresh.length + old.length < wanted + surge) return 'waiting'
  for (const { node } of old) if (node) await cordon(client, node)
  return await removeBatch(work, old, surge)
}

/** What a failed update leaves: the group as it was, its old machines in use again. */
export async function giveUpRoll(eks: Eks, record: NodegroupRecord): Promise<void> {
  const client = eks.ports.host.client(record.nodegroup.clusterName)
  for (const node of await nodesOf(client, record.nodegroup.nodegroupName)) await uncordon(client, node)
}

// "max(2 × the zones of the group, maxUnavailable)" more; here never more than there are machines to replace, which
// the same number of removals makes good again.
function surgeOf({ nodegroup }: NodegroupRecord): number {
  if (nodegroup.updateConfig?.updateStrategy === 'MINIMAL') return 0
  return Math.max(2 * (nodegroup.subnets?.length ?? 1), unavailable(nodegroup))
}

/** How many machines may be missing at a time. */
function unavailable({ updateConfig, scalingConfig }: NodegroupRecord['nodegroup']): number {
  const { maxUnavailable, maxUnavailablePercentage } = updateConfig ?? {}
  if (maxUnavailablePercentage === undefined) return maxUnavailable ?? 1
  return Math.max(1, Math.floor(((scalingConfig?.desiredSize ?? 0) * maxUnavailablePercentage) / 100))
}

/** Gives the Auto Scaling group a size. @returns whether it has had it before */
async function raise({ eks, record }: RollWork, size: number): Promise<boolean> {
  const group = await findGroup(eks, record)
  if (!group || group.DesiredCapacity === size) return group !== undefined
  await eks.deps.caller.call('autoscaling', 'UpdateAutoScalingGroup', {
    AutoScalingGroupName: groupName(record),
    MaxSize: Math.max(size, record.nodegroup.scalingConfig?.maxSize ?? 0),
    DesiredCapacity: size,
  })
  return false
}

async function removeBatch(work: RollWork, old: readonly Machine[], surge: number): Promise<RollState> {
  const { eks, record, roll, client } = work
  const batch = old.slice(0, unavailable(record.nodegroup))
  const drains = await begin(work, batch)
  const limitMs = Math.max(FAST_DRAIN_MS, DRAIN_MS * eks.deps.pace)
  for (const { id, node } of batch) {
    const tookMs = eks.deps.clock.now() - (drains[id] ?? 0)
    const isLate = tookMs >= limitMs
    const force = isLate && roll.force
    const state = node ? await drain(client, node.metadata.name, { force }) : 'done'
    // Pods that are ending have their own time for it, which no pace shortens.
    const isFailed = isLate && !roll.force && (state === 'blocked' || tookMs >= DRAIN_MS)
    if (!node || state === 'done') await terminate(work, id, surge >= old.length)
    else if (isFailed) return evictionFailure(record, node)
  }
  return 'waiting'
}

function evictionFailure({ nodegroup }: NodegroupRecord, node: Node): LaunchIssue {
  return {
    code: 'PodEvictionFailure',
    message: `Reached max retries while trying to evict pods from nodes in node group ${nodegroup.nodegroupName}`,
    resourceIds: [node.metadata.name],
  }
}

async function begin({ eks, key, roll }: RollWork, batch: readonly Machine[]): Promise<Roll['drains']> {
  const now = eks.deps.clock.now()
  const drains = Object.fromEntries(batch.map(({ id }) => [id, roll.drains[id] ?? now]))
  if (deepEqual(drains, roll.drains)) return drains
  await eks.tables.nodegroups.update(key, (current) =>
    current.roll ? { ...current, roll: { ...current.roll, drains } } : undefined,
  )
  return drains
}

async function terminate({ eks }: RollWork, InstanceId: string, isExtra: boolean): Promise<void> {
  await eks.deps.caller.call('autoscaling', 'TerminateInstanceInAutoScalingGroup', {
    InstanceId,
    ShouldDecrementDesiredCapacity: isExtra,
  })
}

/** The running machines of the group with their nodes; undefined while one is still starting or going. */
async function machinesOf({ eks, record, roll, client }: RollWork): Promise<readonly Machine[] | undefined> {
  const group = await findGroup(eks, record)
  const InstanceIds = (group?.Instances ?? []).map((instance) => instance.InstanceId ?? '')
  if (InstanceIds.length < (group?.DesiredCapacity ?? 0)) return undefined
  if (InstanceIds.length === 0) return []
  const { Reservations = [] } = await eks.deps.caller.call<DescribeInstancesResult>(
    'ec2',
    'DescribeInstances',
    { InstanceIds },
  )
  const instances = Reservations.flatMap((reservation) => reservation.Instances ?? [])
  if (instances.some((instance) => instance.State?.Name !== 'running')) return undefined
  const nodes = await nodesOf(client, record.nodegroup.nodegroupName)
  return instances
    .map((instance) => ({
      id: instance.InstanceId ?? '',
      isOld: isOutdated(record, roll, instance),
      node: nodes.find(({ metadata }) => metadata.name === instance.PrivateDnsName),
    }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

// A group with an image of the caller's own has it in the template; every other one runs the image of its release.
function isOutdated(record: NodegroupRecord, roll: Roll, { ImageId, LaunchTime }: Instance): boolean {
  if (roll.all && Number(LaunchTime ?? 0) < record.modifiedAtMs) return true
  return ImageId !== imageId(record)
}

async function ensureTemplate(eks: Eks, cluster: ClusterRecord, record: NodegroupRecord): Promise<void> {
  const LaunchTemplateName = resourceName(record)
  const { LaunchTemplateVersions = [] } = await eks.deps.caller.call<DescribeLaunchTemplateVersionsResult>(
    'ec2',
    'DescribeLaunchTemplateVersions',
    { LaunchTemplateName, Versions: ['$Latest'] },
  )
  const wanted = await templateData(eks, cluster, record)
  if (deepEqual(LaunchTemplateVersions[0]?.LaunchTemplateData, wanted)) return
  await eks.deps.caller.call('ec2', 'CreateLaunchTemplateVersion', {
    LaunchTemplateName,
    LaunchTemplateData: wanted,
  })
}
