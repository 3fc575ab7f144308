// Owns the slow half of clusters: whatever the record says, make the world agree with it.
import { isAwsCode, messageOf } from '../../../../base/errors.ts'
import type { ReconcileResult } from '../../../../reconcile/controller.ts'
import { serviceCidrOf } from '../../../../rules/eks/cluster-network.ts'
import { installSelfManaged } from '../addons/self-managed.ts'
import { installStorageClass } from '../addons/storage-class.ts'
import { isAutoMode } from '../auto-mode/config.ts'
import { reconcileAutoMode } from '../auto-mode/install.ts'
import { endAutoMode } from '../auto-mode/machines.ts'
import { bootstrapCreator } from '../access/bootstrap.ts'
import { type ClusterRecord, type Eks, waitMs } from '../state.ts'
import { ensureInterfaces, ensureSecurityGroup, removeNetwork } from './network.ts'

// Until definitions are served, or nodes are gone.
const AUTO_MODE_RETRY_MS = 200

/** One pass over a cluster: builds, keeps, updates or removes it. */
export async function reconcileCluster(eks: Eks, name: string): Promise<ReconcileResult | void> {
  const record = eks.tables.clusters.get(name)
  if (!record) return undefined
  switch (record.cluster.status) {
    case 'CREATING':
      return await create(eks, record)
    case 'UPDATING':
      return await update(eks, record)
    case 'DELETING':
      return await remove(eks, record)
    case 'ACTIVE':
      // After a restart of the region the control plane has to run again, maybe on another port.
      return await serve(eks, record)
    default:
      return undefined
  }
}

async function create(eks: Eks, record: ClusterRecord): Promise<ReconcileResult | void> {
  const { name } = record.cluster
  await ensureLogGroup(eks, record)
  const groupId = await ensureSecurityGroup(eks, record)
  await ensureInterfaces(eks, record, groupId)
  await serve(eks, record, groupId)
  await bootstrapCreator(eks, record)
  await installStorageClass(eks, record)
  if (record.bootstrapAddons) await installSelfManaged(eks, record)
  const current = eks.tables.clusters.get(name) ?? record
  if (!(await reconcileAutoMode(eks, current))) return { requeueAfterMs: AUTO_MODE_RETRY_MS }
  const requeueAfterMs = waitMs(eks, record)
  if (requeueAfterMs > 0) return { requeueAfterMs }
  await eks.tables.clusters.update(name, (current) =>
    current.cluster.status === 'CREATING'
      ? { ...current, bootstrapped: true, cluster: { ...current.cluster, status: 'ACTIVE' } }
      : undefined,
  )
}

/** Has the control plane running and its address in the record. */
async function serve(eks: Eks, record: ClusterRecord, groupId?: string): Promise<void> {
  const { cluster } = record
  const { endpoint, certificateAuthorityData } = await eks.ports.host.ensure({
    name: cluster.name,
    arn: cluster.arn,
    version: cluster.version ?? '',
    serviceCidr: serviceCidrOf(cluster.kubernetesNetworkConfig ?? {}),
    oidcIssuer: cluster.identity?.oidc?.issuer ?? '',
  })
  await eks.tables.clusters.update(cluster.name, (current) => {
    const clusterSecurityGroupId = groupId ?? current.cluster.resourcesVpcConfig?.clusterSecurityGroupId
    const isSame =
      current.cluster.endpoint === endpoint &&
      current.cluster.certificateAuthority?.data === certificateAuthorityData &&
      current.cluster.resourcesVpcConfig?.clusterSecurityGroupId === clusterSecurityGroupId
    if (isSame) return undefined
    return {
      ...current,
      cluster: {
        ...current.cluster,
        endpoint,
        certificateAuthority: { data: certificateAuthorityData },
        resourcesVpcConfig: { ...current.cluster.resourcesVpcConfig, clusterSecurityGroupId },
      },
    }
  })
}

async function update(eks: Eks, record: ClusterRecord): Promise<ReconcileResult | void> {
  const { name } = record.cluster
  const key = `${name}/${record.updateId}`
  const change = eks.tables.updates.get(key)?.change ?? {}
  const desired: ClusterRecord = { ...record, cluster: { ...record.cluster, ...change } }
  const requeueAfterMs = waitMs(eks, record)
  if (requeueAfterMs > 0) {
    // The API serves what it was until the update ends.
    await serve(eks, record)
    return { requeueAfterMs }
  }
  await ensureLogGroup(eks, desired)
  await serve(eks, desired)
  if (!(await reconcileAutoMode(eks, desired))) return { requeueAfterMs: AUTO_MODE_RETRY_MS }
  await eks.tables.clusters.update(name, ({ updateId, ...current }) =>
    updateId === record.updateId
      ? { ...current, cluster: { ...current.cluster, ...change, status: 'ACTIVE' } }
      : undefined,
  )
  await eks.tables.updates.update(key, (current) => ({
    ...current,
    update: { ...current.update, status: 'Successful' },
  }))
}

async function remove(eks: Eks, record: ClusterRecord): Promise<ReconcileResult | void> {
  const { name } = record.cluster
  const requeueAfterMs = waitMs(eks, record)
  if (requeueAfterMs > 0) return { requeueAfterMs }
  await eks.ports.host.remove(name)
  if (isAutoMode(record.cluster)) await endAutoMode(eks, name)
  try {
    await removeNetwork(eks, record)
  } catch (error) {
    // The VPC may have gone first; then there is nothing left to remove.
    if (!isAwsCode(error, 'InvalidVpcID.NotFound')) throw error
    eks.deps.log.info('the network of a deleted cluster had gone', {
      cluster: name,
      reason: messageOf(error),
    })
  }
  const { addons, entries, associations, identityProviders, updates } = eks.tables
  for (const table of [addons, entries, associations, identityProviders, updates]) {
    for (const row of table.rows(`${name}/`)) await table.delete(row.key)
  }
  await eks.tables.insights.delete(name)
  await eks.tables.clusters.delete(name)
}

/** Control plane logs go to a group that EKS makes; deleting the cluster leaves it, as on AWS. */
async function ensureLogGroup(eks: Eks, record: ClusterRecord): Promise<void> {
  if (!record.cluster.logging?.clusterLogging?.some((setup) => setup.enabled)) return
  try {
    await eks.deps.caller.call('logs', 'CreateLogGroup', {
      logGroupName: `/aws/eks/${record.cluster.name}/cluster`,
    })
  } catch (error) {
    if (!isAwsCode(error, 'ResourceAlreadyExistsException')) throw error
  }
}
