// Owns the installing of the load balancer controller: whether it is needed, whether it may act, and the wait for it.
import { isNotFound } from '../base/errors.ts'
import { deployments, serviceAccounts } from '../kubernetes/client/resources.ts'
import {
  CONTROLLER_NAME,
  CONTROLLER_NAMESPACE,
  controllerAccount,
  nodesMayManage,
} from '../rules/load-balancer/controller-role.ts'
import { applyManifests, type ApplyTarget, type ManifestObject } from './apply.ts'
import type { DeployedCluster } from './cluster.ts'
import type { DeployContext } from './context.ts'
import { controllerManifests } from './controller-manifests.ts'
import { loadBalancerServices } from './load-balancers.ts'
import type { StepResult } from './progress.ts'
import { rolledOut } from './rollout.ts'

const ROLLOUT_TIMEOUT_MS = 5 * 60_000

/** True when a manifest asks for a load balancer and the files don't bring the controller themselves. */
export function needsController(manifests: readonly ManifestObject[]): boolean {
  const brought = manifests.some(
    ({ object }) => object.kind === 'Deployment' && object.metadata.name === CONTROLLER_NAME,
  )
  return !brought && loadBalancerServices(manifests).length > 0
}

export interface InstallTarget extends ApplyTarget {
  readonly cluster: DeployedCluster
}

/** Installs the controller and waits for its rollout; skipped when nothing would let it act. */
export async function ensureController(
  context: DeployContext,
  target: InstallTarget,
  detail: (text: string) => void,
): Promise<StepResult> {
  const { iam, managedNodeGroups } = context.config
  const account = controllerAccount(iam?.serviceAccounts)
  if (!account && !nodesMayManage(managedNodeGroups)) {
    return { outcome: 'skipped', detail: 'no service account or node group may manage load balancers' }
  }
  if (await installedOtherwise(target)) return { outcome: 'unchanged', detail: 'installed already' }
  const namespace = account?.metadata.namespace ?? CONTROLLER_NAMESPACE
  const serviceAccount = account?.metadata.name ?? CONTROLLER_NAME
  if (!account) await ensurePlainAccount(target, namespace, serviceAccount)
  const manifests = controllerManifests({
    clusterName: context.config.metadata.name,
    region: context.config.metadata.region,
    vpcId: target.cluster.vpcId,
    namespace,
    serviceAccount,
  })
  const result = await applyManifests(target, manifests)
  const workload = manifests.find(({ object }) => object.kind === 'Deployment')
  if (workload) {
    await rolledOut(workload, {
      kubernetes: target.kubernetes,
      clock: context.clock,
      timeoutMs: ROLLOUT_TIMEOUT_MS,
      detail,
    })
  }
  return { outcome: result.outcome }
}

// Somebody's Helm release is not ours to apply over.
async function installedOtherwise({ kubernetes }: ApplyTarget): Promise<boolean> {
  try {
    const { metadata } = await kubernetes.get(deployments, {
      namespace: CONTROLLER_NAMESPACE,
      name: CONTROLLER_NAME,
    })
    return metadata.labels?.['app.kubernetes.io/managed-by'] === 'Helm'
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

async function ensurePlainAccount(
  { kubernetes }: ApplyTarget,
  namespace: string,
  name: string,
): Promise<void> {
  try {
    await kubernetes.get(serviceAccounts, { namespace, name })
  } catch (error) {
    if (!isNotFound(error)) throw error
    await kubernetes.create(serviceAccounts, { metadata: { name, namespace } })
  }
}
