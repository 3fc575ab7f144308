// Owns the slow half of node groups: machines made, nodes waited for, sizes and labels followed, everything removed.
import { AwsError } from '../../../../base/errors.ts'
import type { Controller, ReconcileResult } from '../../../../controllers/framework/controller.ts'
import { tableSource } from '../../../../controllers/framework/table-source.ts'
import { admitNodeRole } from '../access/bootstrap.ts'
import { type ClusterRecord, type Eks, type NodegroupRecord, waitMs } from '../state.ts'
import { nodegroupShape } from './labels.ts'
import { ensureMachines, findGroup, removeMachines, resizeGroup } from './machines.ts'
import { forgetNodes, isReady, nodesOf, relabel } from './nodes.ts'
import { replaceOutdated } from './replace-machines.ts'

const POLL_MS = 100
/** AWS gives nodes 30 minutes to join (troubleshooting, NodeCreationFailure); near they need moments. */
const JOIN_TIMEOUT_MS = 5 * 60_000

/** Builds, follows and removes node groups. */
export function nodegroupController(eks: Eks): Controller {
  return {
    name: 'eks-nodegroup',
    sources: [tableSource(eks.tables.nodegroups)],
    concurrency: 4,
    reconcile: async (key) => {
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
        default:
          return undefined
      }
    },
  }
}

interface Work {
  readonly key: string
  readonly record: NodegroupRecord
  readonly cluster: ClusterRecord
}

async function create(eks: Eks, work: Work): Promise<ReconcileResult | void> {
  const { key, record, cluster } = work
  try {
    await admitNodeRole(eks, cluster, record.nodegroup.nodeRole ?? '', 'EC2_LINUX')
    await ensureMachines(eks, cluster, record)
  } catch (error) {
    // A refusal by EC2, IAM or Auto Scaling will not go away by itself: the group fails with its words.
    if (!(error instanceof AwsError) || error.status >= 500) throw error
    return await fail(eks, key, { code: 'AsgInstanceLaunchFailures', message: error.message })
  }
  const waiting = await waitForNodes(eks, work)
  if (waiting) return waiting
  await activate(eks, key, 'CREATING')
}

async function waitForNodes(eks: Eks, { key, record }: Work): Promise<ReconcileResult | undefined> {
  const { clusterName, nodegroupName, scalingConfig } = record.nodegroup
  const found = await nodesOf(eks.ports.host.client(clusterName), nodegroupName)
  const ready = found.filter(isReady).length
  const requeueAfterMs = waitMs(eks, record)
  if (ready >= (scalingConfig?.desiredSize ?? 0)) return requeueAfterMs > 0 ? { requeueAfterMs } : undefined
  const spentMs = eks.deps.clock.now() - record.modifiedAtMs
  if (spentMs < Math.max(JOIN_TIMEOUT_MS, JOIN_TIMEOUT_MS * eks.deps.pace)) return { requeueAfterMs: POLL_MS }
  const group = await findGroup(eks, record)
  await fail(eks, key, {
    code: 'NodeCreationFailure',
    message: 'Instances failed to join the kubernetes cluster',
    resourceIds: (group?.Instances ?? []).map((instance) => instance.InstanceId ?? ''),
  })
  return {}
}

async function fail(
  eks: Eks,
  key: string,
  issue: {
    code: 'AsgInstanceLaunchFailures' | 'NodeCreationFailure'
    message: string
    resourceIds?: string[]
  },
): Promise<void> {
  await eks.tables.nodegroups.update(key, (current) =>
    current.nodegroup.status === 'CREATING'
      ? {
          ...current,
          nodegroup: { ...current.nodegroup, status: 'CREATE_FAILED', health: { issues: [issue] } },
        }
      : undefined,
  )
}

async function activate(eks: Eks, key: string, from: 'CREATING' | 'UPDATING'): Promise<void> {
  await eks.tables.nodegroups.update(key, ({ updateId: _updateId, ...current }) =>
    current.nodegroup.status === from
      ? { ...current, nodegroup: { ...current.nodegroup, status: 'ACTIVE' } }
      : undefined,
  )
}

async function update(eks: Eks, work: Work): Promise<ReconcileResult | void> {
  const { key, record } = work
  const { clusterName, nodegroupName, scalingConfig } = record.nodegroup
  const group = await findGroup(eks, record)
  const isSized =
    group?.DesiredCapacity === scalingConfig?.desiredSize &&
    group?.MinSize === scalingConfig?.minSize &&
    group?.MaxSize === scalingConfig?.maxSize
  if (group && !isSized) await resizeGroup(eks, record)
  if (!(await replaceOutdated(eks, record))) return { requeueAfterMs: POLL_MS }
  const client = eks.ports.host.client(clusterName)
  const shape = nodegroupShape(eks.tables, clusterName, nodegroupName)
  const removed = Object.fromEntries((record.removedLabels ?? []).map((label) => [label, null]))
  for (const node of await nodesOf(client, nodegroupName)) {
    await relabel(client, node, { labels: { ...removed, ...shape?.labels }, taints: shape?.taints ?? [] })
  }
  const waiting = await waitForNodes(eks, work)
  if (waiting) return waiting
  if (record.updateId) {
    await eks.tables.updates.update(`${clusterName}/${record.updateId}`, (current) => ({
      ...current,
      update: { ...current.update, status: 'Successful' },
    }))
  }
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

// EKS takes the access entry back with the last group that uses the role; `aws-auth` it leaves alone.
async function releaseRole(eks: Eks, record: NodegroupRecord): Promise<void> {
  const { clusterName, nodeRole, nodegroupName } = record.nodegroup
  const isShared = eks.tables.nodegroups
    .list(`${clusterName}/`)
    .some(({ nodegroup }) => nodegroup.nodeRole === nodeRole && nodegroup.nodegroupName !== nodegroupName)
  if (!isShared) await eks.tables.entries.delete(`${clusterName}/${nodeRole}`)
}
