// Owns the slow half of add-ons: install, watch over, remove.
import { isConflict, messageOf } from '../../../../base/errors.ts'
import type { ReconcileResult } from '../../../../reconcile/controller.ts'
import type { AddonRecord, ClusterRecord, Eks } from '../state.ts'
import { waitMs } from '../state.ts'
import { findAddon } from './catalog.ts'
import type { AddonDefinition } from './definition.ts'
import { findIssue } from './health.ts'
import { removeIdentities } from './identities.ts'
import { applyManifests, deleteManifests, installOf, parseValues } from './install.ts'

/** How long a new workload may take before the add-on is called DEGRADED. */
const GRACE_MS = 20_000
/** How often the workload is looked at: while it starts, while it is ill, while it is well. */
const POLL_MS = { starting: 250, degraded: 2_000, active: 15_000 }

/** One pass over an add-on: installs it, reports its health, or removes it. */
export async function reconcileAddon(eks: Eks, key: string): Promise<ReconcileResult | void> {
  const record = eks.tables.addons.get(key)
  const cluster = record && eks.tables.clusters.get(record.addon.clusterName)
  const definition = findAddon(record?.addon.addonName)
  if (!record || !cluster || !definition) return undefined
  if (cluster.cluster.status === 'DELETING') return undefined
  const addon = { key, record, cluster, definition }
  if (record.addon.status === 'DELETING') return await remove(eks, addon)
  if (!record.applied && !(await install(eks, addon))) return undefined
  return await observe(eks, addon)
}

interface AddonWork {
  readonly key: string
  readonly record: AddonRecord
  readonly cluster: ClusterRecord
  readonly definition: AddonDefinition
}

function manifests(eks: Eks, { record, cluster, definition }: AddonWork) {
  const values = parseValues(record.addon.configurationValues)
  return definition.manifests(installOf(eks, cluster, record.addon.addonVersion, values)).map((manifest) =>
    // EKS annotates the account that its workload runs as.
    manifest.kind === 'ServiceAccount' && record.addon.serviceAccountRoleArn
      ? {
          ...manifest,
          metadata: {
            ...manifest.metadata,
            annotations: { 'eks.amazonaws.com/role-arn': record.addon.serviceAccountRoleArn },
          },
        }
      : manifest,
  )
}

/** @returns whether the objects are in the cluster now */
async function install(eks: Eks, work: AddonWork): Promise<boolean> {
  const { key, record } = work
  try {
    await applyManifests(eks.ports.host.client(record.addon.clusterName), manifests(eks, work), {
      force: record.resolveConflicts === 'OVERWRITE',
    })
  } catch (error) {
    if (!isConflict(error)) throw error
    await fail(
      eks,
      work,
      `Conflicts found when trying to apply. Will not continue due to resolve conflicts mode. Conflicts: ${messageOf(error)}`,
    )
    return false
  }
  await eks.tables.addons.update(key, (current) =>
    current.addon.addonVersion === record.addon.addonVersion &&
    current.addon.configurationValues === record.addon.configurationValues
      ? { ...current, applied: true }
      : undefined,
  )
  return true
}

async function fail(eks: Eks, { key, record }: AddonWork, message: string): Promise<void> {
  await eks.tables.addons.update(key, (current) => ({
    ...current,
    applied: true,
    addon: {
      ...current.addon,
      status: current.addon.status === 'UPDATING' ? 'UPDATE_FAILED' : 'CREATE_FAILED',
      health: { issues: [{ code: 'ConfigurationConflict', message }] },
    },
  }))
  await finishUpdate(eks, record, { status: 'Failed', message })
}

async function finishUpdate(
  eks: Eks,
  record: AddonRecord,
  result: { status: 'Successful' | 'Failed'; message?: string },
): Promise<void> {
  if (!record.updateId) return
  await eks.tables.updates.update(`${record.addon.clusterName}/${record.updateId}`, (current) =>
    current.update.status === 'InProgress'
      ? {
          ...current,
          update: {
            ...current.update,
            status: result.status,
            errors: result.message
              ? [{ errorCode: 'ConfigurationConflict', errorMessage: result.message }]
              : [],
          },
        }
      : undefined,
  )
}

async function observe(eks: Eks, work: AddonWork): Promise<ReconcileResult | void> {
  const { key, record, definition } = work
  if (record.addon.status === 'CREATE_FAILED' || record.addon.status === 'UPDATE_FAILED') return undefined
  const requeueAfterMs = waitMs(eks, record)
  if (requeueAfterMs > 0) return { requeueAfterMs }
  const issue = await findIssue(eks.ports.host.client(record.addon.clusterName), definition)
  const isStarting = record.addon.status === 'CREATING' || record.addon.status === 'UPDATING'
  const ageMs = eks.deps.clock.now() - record.modifiedAtMs
  if (issue && isStarting && ageMs < GRACE_MS) return { requeueAfterMs: POLL_MS.starting }
  const status = issue ? 'DEGRADED' : 'ACTIVE'
  if (!issue) await finishUpdate(eks, record, { status: 'Successful' })
  if (record.addon.status !== status) {
    await eks.tables.addons.update(key, (current) =>
      current.addon.status === record.addon.status
        ? { ...current, addon: { ...current.addon, status, health: { issues: issue ? [issue] : [] } } }
        : undefined,
    )
  }
  return { requeueAfterMs: issue ? POLL_MS.degraded : POLL_MS.active }
}

async function remove(eks: Eks, work: AddonWork): Promise<ReconcileResult | void> {
  const requeueAfterMs = waitMs(eks, work.record)
  if (requeueAfterMs > 0) return { requeueAfterMs }
  if (!work.record.preserve) {
    await deleteManifests(eks.ports.host.client(work.record.addon.clusterName), manifests(eks, work))
  }
  await eks.deps.store.transact((tx) => {
    // With `preserve` the objects stay, and with them the rights of their pods.
    if (!work.record.preserve) removeIdentities(eks, tx, work.record.addon)
    eks.tables.addons.deleteIn(tx, work.key)
  })
}
