// Owns the slow half of Fargate profiles: admit the role, become ACTIVE, notice what blocks launches, go.
import type { Pod } from '../../../../../generated/kubernetes.d.ts'
import { isNotFound } from '../../../../base/errors.ts'
import type { ReconcileResult } from '../../../../reconcile/controller.ts'
import { trustsFargate } from '../../../../rules/iam/service-trust.ts'
import type { KubernetesClient } from '../../../../kubernetes/client/client.ts'
import { pods } from '../../../../kubernetes/client/resources.ts'
import { readAwsAuth } from '../access/aws-auth.ts'
import { admitNodeRole } from '../access/bootstrap.ts'
import { isSamePrincipal } from '../access/principals.ts'
import { authenticationMode } from '../lookup.ts'
import { trustOf } from '../roles.ts'
import { type ClusterRecord, type Eks, type FargateProfileRecord, waitMs } from '../state.ts'

const NOT_IN_AUTH_CONFIG =
  'Pod execution role is not found in auth config or does not have all required permissions for launching fargate pods.'
const NOT_ASSUMABLE =
  'Failed to assume PodExecutionRole; Please make sure the role exists and trusts the eks-fargate-pods.amazonaws.com service principal'
/** How often an ACTIVE profile's role is looked at: neither IAM nor `aws-auth` tell when they change. */
const RECHECK_MS = 5_000
const POLL_MS = 250

/** One pass over a profile: moves it through its states and keeps what blocks it up to date. */
export async function reconcileProfile(eks: Eks, key: string): Promise<ReconcileResult | void> {
  const record = eks.tables.profiles.get(key)
  const cluster = record && eks.tables.clusters.get(record.profile.clusterName)
  if (!record || !cluster?.cluster.endpoint) return undefined
  switch (record.profile.status) {
    case 'CREATING':
      return await create(eks, { key, record, cluster })
    case 'ACTIVE':
      return await recheck(eks, { key, record, cluster })
    case 'DELETING':
      return await remove(eks, { key, record })
    default:
      return undefined
  }
}

interface Work {
  readonly key: string
  readonly record: FargateProfileRecord
  readonly cluster: ClusterRecord
}

async function create(eks: Eks, { key, record, cluster }: Work): Promise<ReconcileResult | void> {
  await admitNodeRole(eks, cluster, record.profile.podExecutionRoleArn, 'FARGATE_LINUX')
  const requeueAfterMs = waitMs(eks, record)
  if (requeueAfterMs > 0) return { requeueAfterMs }
  await eks.tables.profiles.update(key, (current) =>
    current.profile.status === 'CREATING'
      ? { ...current, profile: { ...current.profile, status: 'ACTIVE' } }
      : undefined,
  )
}

async function recheck(eks: Eks, { key, record, cluster }: Work): Promise<ReconcileResult> {
  const blocked = await blockOf(eks, record, cluster)
  if (blocked !== record.blocked) {
    await eks.tables.profiles.update(key, ({ blocked: _blocked, ...current }) =>
      current.profile.status === 'ACTIVE' ? { ...current, ...(blocked ? { blocked } : {}) } : undefined,
    )
  }
  return { requeueAfterMs: RECHECK_MS }
}

async function blockOf(
  eks: Eks,
  record: FargateProfileRecord,
  cluster: ClusterRecord,
): Promise<string | undefined> {
  const { podExecutionRoleArn, fargateProfileArn = '', clusterName } = record.profile
  const trust = await trustOf(eks, podExecutionRoleArn)
  if (trust === undefined || !trustsFargate(trust, fargateProfileArn)) return NOT_ASSUMABLE
  const mode = authenticationMode(cluster)
  const hasEntry = eks.tables.entries
    .list(`${clusterName}/`)
    .some(
      ({ entry }) =>
        entry.type === 'FARGATE_LINUX' && isSamePrincipal(entry.principalArn, podExecutionRoleArn),
    )
  if (mode !== 'CONFIG_MAP' && hasEntry) return undefined
  if (mode === 'API') return NOT_IN_AUTH_CONFIG
  const { roles } = await readAwsAuth(eks.ports.host.client(clusterName))
  const mapped = roles.find((role) => role.rolearn === podExecutionRoleArn)
  return mapped?.groups.includes('system:nodes') ? undefined : NOT_IN_AUTH_CONFIG
}

async function remove(eks: Eks, { key, record }: Omit<Work, 'cluster'>): Promise<ReconcileResult | void> {
  const { clusterName, fargateProfileName } = record.profile
  const client = eks.ports.host.client(clusterName)
  // Deleting a profile stops its pods; their owners make new ones, which go where profiles now lead.
  const { items } = await client.list<Pod>(pods, {
    labelSelector: `eks.amazonaws.com/fargate-profile=${fargateProfileName}`,
  })
  for (const pod of items.filter((item) => item.metadata.deletionTimestamp === undefined)) {
    await deletePod(client, pod)
  }
  const requeueAfterMs = Math.max(waitMs(eks, record), items.length > 0 ? POLL_MS : 0)
  if (requeueAfterMs > 0) return { requeueAfterMs }
  await eks.tables.profiles.delete(key)
}

async function deletePod(client: KubernetesClient, pod: Pod): Promise<void> {
  const { name, namespace } = pod.metadata
  try {
    await client.delete(pods, namespace === undefined ? { name } : { name, namespace })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
