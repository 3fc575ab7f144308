// Owns the installing of the load balancer controller: who brings it, and the wait for it.
import type { ClusterConfig } from '../config/cluster-config.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { deployments, serviceAccounts } from '../kubernetes/client/resources.ts'
import { isObject } from '../base/json.ts'
import { customKindOf } from '../rules/kubernetes/custom-kinds.ts'
import { parseGroupVersion } from '../rules/kubernetes/resource-names.ts'
import { flavorOf, GATEWAY_GROUP } from '../rules/load-balancer/gateway/api.ts'
import {
  CONTROLLER_NAME,
  CONTROLLER_NAMESPACE,
  controllerAccount,
  nodesMayManage,
} from '../rules/load-balancer/controller-role.ts'
import {
  applyManifests,
  createOnce,
  find,
  managerOf,
  objectMark,
  type ApplyTarget,
  type SourcedObject,
} from './apply.ts'
import type { DeployContext } from './context.ts'
import { servingCertificate } from './controller-certificate.ts'
import { controllerManifests } from './controller-manifests.ts'
import { balancedIngresses } from './ingresses.ts'
import { loadBalancerServices } from './load-balancers.ts'
import { isOurs } from './ownership.ts'
import type { StepResult } from './progress.ts'
import { rolledOut } from './rollout.ts'
import type { DeployedCluster } from './up-result.ts'

const ROLLOUT_TIMEOUT_MS = 5 * 60_000

/** Where a cluster's load balancer controller comes from; undefined when nothing brings one. */
export type ControllerSource = 'files' | 'up' | undefined

/**
 * Who installs the controller: the files where they bring it, else `up` where something may manage load balancers and
 * the config asks for that: by an account for it, or, where the nodes may, by a Service,
 * an Ingress or a GatewayClass.
 */
export function controllerSource(
  { iam, managedNodeGroups = [], nodeGroups = [] }: ClusterConfig,
  manifests: readonly SourcedObject[],
): ControllerSource {
  const isBrought = manifests.some(
    ({ object }) => object.kind === 'Deployment' && object.metadata.name === CONTROLLER_NAME,
  )
  if (isBrought) return 'files'
  if (controllerAccount(iam?.serviceAccounts)) return 'up'
  const isWanted =
    loadBalancerServices(manifests).length > 0 ||
    balancedIngresses(manifests).length > 0 ||
    manifests.some(({ object }) => isOwnClass(object))
  return isWanted && nodesMayManage([...managedNodeGroups, ...nodeGroups]) ? 'up' : undefined
}

export interface InstallTarget extends ApplyTarget {
  readonly cluster: DeployedCluster
}

/** The definitions of the Gateway API among the files, which have to be there when the controller starts. */
export function gatewayDefinitionsIn(manifests: readonly SourcedObject[]): readonly SourcedObject[] {
  return manifests.filter(({ object }) => customKindOf(object)?.group === GATEWAY_GROUP)
}

/** Installs the controller and waits for its rollout, unless somebody else has installed it. */
export async function ensureController(
  context: DeployContext,
  target: InstallTarget & { readonly gatewayDefinitions?: readonly SourcedObject[] },
  detail: (text: string) => void,
): Promise<StepResult> {
  const account = controllerAccount(context.config.iam?.serviceAccounts)
  const namespace = account?.metadata.namespace ?? CONTROLLER_NAMESPACE
  const serviceAccount = account?.metadata.name ?? CONTROLLER_NAME
  const maker = await installedOtherwise(target, namespace)
  if (maker !== undefined) return { outcome: 'unchanged', detail: `made by ${maker}, left as it is` }
  if (!account) {
    const metadata = { name: serviceAccount, namespace, annotations: objectMark(target.project) }
    await createOnce(target.kubernetes, serviceAccounts, { metadata })
  }
  const { gatewayDefinitions = [] } = target
  await applyManifests(target, gatewayDefinitions)
  const manifests = controllerManifests({
    gatewayKinds: gatewayDefinitions.map(({ object }) => object.metadata.name).toSorted(),
    clusterName: context.config.metadata.name,
    region: context.config.metadata.region,
    vpcId: target.cluster.vpcId,
    namespace,
    serviceAccount,
    certificate: await servingCertificate(target.kubernetes, namespace, context),
  })
  const result = await applyManifests(target, manifests)
  const workload = manifests.find(({ object }) => object.kind === 'Deployment')
  if (workload) {
    await rolledOut(workload, {
      kubernetes: target.kubernetes,
      clock: context.clock,
      pace: context.pace,
      timeoutMs: ROLLOUT_TIMEOUT_MS,
      detail,
    })
  }
  return { outcome: result.outcome }
}

// One that somebody else has installed, with Helm say, is not ours to apply over.
async function installedOtherwise(
  { kubernetes, project }: ApplyTarget,
  namespace: string,
): Promise<string | undefined> {
  const present = await find(kubernetes, deployments, { namespace, name: CONTROLLER_NAME })
  return present && !isOurs(present.metadata.annotations, project) ? managerOf(present) : undefined
}

/** True when the cluster has the controller where its installation guide puts it, whoever brought it. */
export async function controllerInstalled(kubernetes: KubernetesClient): Promise<boolean> {
  const key = { namespace: CONTROLLER_NAMESPACE, name: CONTROLLER_NAME }
  return (await find(kubernetes, deployments, key)) !== undefined
}

// A manifest is not validated yet: spec may be anything.
function isOwnClass({ kind, apiVersion, ...object }: SourcedObject['object']): boolean {
  if (kind !== 'GatewayClass' || parseGroupVersion(apiVersion).group !== GATEWAY_GROUP) return false
  const spec: unknown = Reflect.get(object, 'spec')
  return isObject(spec) && flavorOf(String(spec['controllerName'])) !== undefined
}
