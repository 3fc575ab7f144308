// Owns the slow half of node groups: machines made, nodes waited for, sizes and labels followed, everything removed.
import { AwsError } from '../../../../base/errors.ts'
import type { ReconcileResult } from '../../../../reconcile/controller.ts'
import { removeRoleFromAwsAuth } from '../access/aws-auth.ts'
import { admitNodeRole } from '../access/bootstrap.ts'
import { type ClusterRecord, type Eks, type NodegroupRecord, waitMs } from '../state.ts'
import { nodegroupShape } from './labels.ts'
import { type LaunchIssue, launchIssue, missingIpv6Issue, unknownTypeIssue } from './launch-issue.ts'
import { ensureMachines, findGroup, groupName, removeMachines, resizeGroup } from './machines.ts'
import { forgetNodes, isReady, nodesOf, relabel } from './nodes.ts'
import { giveUpRoll, rollMachines } from './roll.ts'

const POLL_MS = 100
/** How often a group that is built is looked at: Auto Scaling does not tell when launches fail. */
const WATCH_MS = 15_000
/** AWS gives nodes 30 minutes to join (troubleshooting, NodeCreationFailure); near they need moments. */
const JOIN_TIMEOUT_MS = 5 * 60_000

/** One pass over a node group: builds, follows or removes it. */
export async function reconcileNodegroup(eks: Eks, key: string): Promise<ReconcileResult | void> {
  const record = eks.tables.nodegroups.get(key)
  const cluster = record && eks.tables.clusters.get(record.nodegroup.clusterName)
  if (!record || !cluster?.cluster.endpoint) return undefined
  switch (record.nodegroup.status) {
    case 'CREATING':
      return await create(eks, { key, record, cluster })
    case 'UPDATING':
      return await update(eks, { key, record, cluster })
    case 'DELETING':
      return await remove(eks, { key, record, cluster })
    case 'ACTIVE':
    case 'DEGRADED':
      return await watch(eks, { key, record, cluster })
    default:
      return undefined
  }
}

interface Work {
  readonly key: string
  readonly record: NodegroupRecord
  readonly cluster: ClusterRecord
}

async function create(eks: Eks, work: Work): Promise<ReconcileResult | void> {
  const { key, record, cluster } = work
  const issue = unknownTypeIssue(record) ?? (await missingIpv6Issue(eks, cluster.cluster, record))
  if (issue) return await fail(eks, work, issue)
  try {
    await admitNodeRole(eks, cluster, record.nodegroup.nodeRole ?? '', 'EC2_LINUX')
    await ensureMachines(eks, cluster, record)
  } catch (error) {
    // A refusal by EC2, IAM or Auto Scaling will not go away by itself: the group fails with its words.
    if (!(error instanceof AwsError) || error.status >= 500) throw error
    const resourceIds = [groupName(record)]
    return await fail(eks, work, { code: 'AsgInstanceLaunchFailures', message: error.message, resourceIds })
  }
  const waiting = await waitForNodes(eks, work)
  if (waiting) return waiting
  await activate(eks, key, 'CREATING')
}

async function waitForNodes(eks: Eks, work: Work): Promise<ReconcileResult | undefined> {
  const { record } = work
  const { clusterName, nodegroupName, scalingConfig } = record.nodegroup
  const found = await nodesOf(eks.ports.host.client(clusterName), nodegroupName)
  const ready = found.filter(isReady).length
  const requeueAfterMs = waitMs(eks, record)
  if (ready >= (scalingConfig?.desiredSize ?? 0)) return requeueAfterMs > 0 ? { requeueAfterMs } : undefined
  const issue = await launchIssue(eks, record, record.modifiedAtMs)
  if (issue) {
    if (requeueAfterMs === 0) await fail(eks, work, issue)
    return { requeueAfterMs }
  }
  const spentMs = eks.deps.clock.now() - record.modifiedAtMs
  if (spentMs < Math.max(JOIN_TIMEOUT_MS, JOIN_TIMEOUT_MS * eks.deps.pace)) return { requeueAfterMs: POLL_MS }
  const group = await findGroup(eks, record)
  await fail(eks, work, {
    code: 'NodeCreationFailure',
    message: 'Instances failed to join the kubernetes cluster',
    resourceIds: (group?.Instances ?? []).map((instance) => instance.InstanceId ?? ''),
  })
  return {}
}

/** Ends a transition that cannot be: a new group has failed, one that was there is DEGRADED and its update failed. */
async function fail(eks: Eks, { key, record }: Work, issue: LaunchIssue): Promise<void> {
  const { status } = record.nodegroup
  // Pods that do not go are no fault of the group, which is as good as it was.
  const isEviction = issue.code === 'PodEvictionFailure'
  if (record.roll) {
    await giveUpRoll(eks, record)
    await resizeGroup(eks, record)
  }
  await endUpdate(eks, record, issue)
  await eks.tables.nodegroups.update(key, ({ updateId: _updateId, roll, ...current }) =>
    current.nodegroup.status === status
      ? {
          ...current,
          nodegroup: {
            ...current.nodegroup,
            ...roll?.before,
            ...(isEviction
              ? { status: 'ACTIVE' }
              : {
                  status: status === 'CREATING' ? 'CREATE_FAILED' : 'DEGRADED',
                  health: { issues: [issue] },
                }),
          },
        }
      : undefined,
  )
}

async function endUpdate(eks: Eks, record: NodegroupRecord, issue?: LaunchIssue): Promise<void> {
  if (!record.updateId) return
  const key = `${record.nodegroup.clusterName}/${record.updateId}`
  const errorCode =
    issue?.code === 'InsufficientFreeAddresses' || issue?.code === 'PodEvictionFailure'
      ? issue.code
      : 'NodeCreationFailure'
  await eks.tables.updates.update(key, (current) => ({
    ...current,
    update: issue
      ? {
          ...current.update,
          status: 'Failed',
          errors: [{ errorCode, errorMessage: issue.message, resourceIds: issue.resourceIds }],
        }
      : { ...current.update, status: 'Successful' },
  }))
}

/** A group that lacks instances because they cannot be launched is DEGRADED until they can. */
async function watch(eks: Eks, { key, record }: Work): Promise<ReconcileResult> {
  const group = await findGroup(eks, record)
  const isShort = group !== undefined && (group.Instances ?? []).length < (group.DesiredCapacity ?? 0)
  const issue = isShort ? await launchIssue(eks, record) : undefined
  const status = issue ? 'DEGRADED' : 'ACTIVE'
  if (status !== record.nodegroup.status) {
    const health = { issues: issue ? [issue] : [] }
    await eks.tables.nodegroups.update(key, (current) =>
      current.nodegroup.status === record.nodegroup.status
        ? { ...current, nodegroup: { ...current.nodegroup, status, health } }
        : undefined,
    )
  }
  return { requeueAfterMs: WATCH_MS }
}

async function activate(eks: Eks, key: string, from: 'CREATING' | 'UPDATING'): Promise<void> {
  await eks.tables.nodegroups.update(key, ({ updateId: _updateId, roll: _roll, ...current }) =>
    current.nodegroup.status === from
      ? { ...current, nodegroup: { ...current.nodegroup, status: 'ACTIVE' } }
      : undefined,
  )
}

async function update(eks: Eks, work: Work): Promise<ReconcileResult | void> {
  const { key, record } = work
  const { clusterName, nodegroupName, scalingConfig } = record.nodegroup
  if (record.roll) {
    const state = await rollMachines(eks, work)
    if (typeof state !== 'string') return await fail(eks, work, state)
    if (state === 'waiting') {
      const issue = await launchIssue(eks, record, record.modifiedAtMs)
      if (!issue || waitMs(eks, record) > 0) return { requeueAfterMs: POLL_MS }
      return await fail(eks, work, issue)
    }
  }
  const group = await findGroup(eks, record)
  const isSized =
    group?.DesiredCapacity === scalingConfig?.desiredSize &&
    group?.MinSize === scalingConfig?.minSize &&
    group?.MaxSize === scalingConfig?.maxSize
  if (group && !isSized) await resizeGroup(eks, record)
  const client = eks.ports.host.client(clusterName)
  const shape = nodegroupShape(eks.tables, clusterName, nodegroupName)
  const removed = Object.fromEntries((record.removedLabels ?? []).map((label) => [label, null]))
  for (const node of await nodesOf(client, nodegroupName)) {
    await relabel(client, node, { labels: { ...removed, ...shape?.labels }, taints: shape?.taints ?? [] })
  }
  const waiting = await waitForNodes(eks, work)
  if (waiting) return waiting
  await endUpdate(eks, record)
  await activate(eks, key, 'UPDATING')
}

async function remove(eks: Eks, { key, record }: Work): Promise<ReconcileResult | void> {
  const { clusterName, nodegroupName } = record.nodegroup
  const isGone = await removeMachines(eks, record)
  const requeueAfterMs = isGone ? waitMs(eks, record) : POLL_MS
  if (requeueAfterMs > 0) return { requeueAfterMs }
  await forgetNodes(eks.ports.host.client(clusterName), nodegroupName)
  await releaseRole(eks, record)
  await eks.tables.nodegroups.delete(key)
}

// EKS takes back what it has let the role in by, with the last group and profile that use it (user guide, "Delete a
// managed node group").
async function releaseRole(eks: Eks, record: NodegroupRecord): Promise<void> {
  const { clusterName, nodeRole = '', nodegroupName } = record.nodegroup
  const prefix = `${clusterName}/`
  const isShared =
    eks.tables.nodegroups
      .list(prefix)
      .some(
        ({ nodegroup }) => nodegroup.nodeRole === nodeRole && nodegroup.nodegroupName !== nodegroupName,
      ) || eks.tables.profiles.list(prefix).some(({ profile }) => profile.podExecutionRoleArn === nodeRole)
  if (isShared) return
  await eks.tables.entries.delete(`${clusterName}/${nodeRole}`)
  await removeRoleFromAwsAuth(eks.ports.host.client(clusterName), nodeRole)
}
