// Owns what EKS Auto Mode puts into a cluster and takes out again: definitions, the built-in pools and their node class, the
// access of their nodes.
// Source: EKS user guide, "Enable or Disable Built-in NodePools", "Create a Node Class for Amazon EKS".
import { isNotFound } from '../../../../base/errors.ts'
import type { KubernetesClient, KubernetesObject, Resource } from '../../../../kubernetes/client/client.ts'
import {
  isAutoClaim,
  nodeClaims,
  nodeClasses,
  nodePools,
} from '../../../../kubernetes/client/auto-mode-resources.ts'
import { customResourceDefinitions } from '../../../../kubernetes/client/resources.ts'
import {
  BUILTIN_POOLS,
  builtinPool,
  DEFAULT_CLASS,
  defaultNodeClass,
} from '../../../../rules/auto-mode/node-pool.ts'
import { autoModeBalancing } from '../../../../rules/load-balancer/chart/definitions.ts'
import { isConditionTrue } from '../../../../rules/kubernetes/conditions.ts'
import { newEntry } from '../access/bootstrap.ts'
import { roleName } from '../lookup.ts'
import type { ClusterRecord, Eks } from '../state.ts'
import { isAutoMode } from './config.ts'
import { endAutoMode } from './machines.ts'
import { autoModeDefinitions } from './definitions.ts'

const NODE_POLICY = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy'
const FIELD_MANAGER = 'eks'

/**
 * Brings a cluster to what its settings say; may be repeated.
 * @returns false while something it has to wait for is under way
 */
export async function reconcileAutoMode(eks: Eks, { cluster }: ClusterRecord): Promise<boolean> {
  if (!cluster.computeConfig) return true
  const client = eks.ports.host.client(cluster.name)
  if (!isAutoMode(cluster)) {
    await turnOff(eks, cluster.name)
    if (!(await removeNodes(client))) return false
    await endAutoMode(eks, cluster.name)
    return true
  }
  await admitNodes(eks, cluster)
  if (!(await establish(client))) return false
  await installPools(client, cluster)
  return true
}

/** The access entry of the nodes of the built-in pools; those of another class are their owner's to admit. */
async function admitNodes(eks: Eks, { name, computeConfig }: ClusterRecord['cluster']): Promise<void> {
  const principalArn = computeConfig?.nodeRoleArn
  if (principalArn === undefined) return
  const entry = newEntry(eks, { clusterName: name, principalArn, type: 'EC2', kubernetesGroups: [] })
  const policy = {
    policyArn: NODE_POLICY,
    accessScope: { type: 'cluster' as const, namespaces: [] },
    associatedAtMs: eks.deps.clock.now(),
  }
  await eks.tables.entries.create(`${name}/${principalArn}`, { ...entry, policies: [policy] })
}

async function establish(client: KubernetesClient): Promise<boolean> {
  const applied = await Promise.all(
    [...autoModeDefinitions, ...autoModeBalancing].map((definition) =>
      apply(client, customResourceDefinitions, definition.metadata.name, definition),
    ),
  )
  return applied.every(({ status }) => isConditionTrue(status?.conditions, 'Established'))
}

async function installPools(client: KubernetesClient, cluster: ClusterRecord['cluster']): Promise<void> {
  const { computeConfig, resourcesVpcConfig: vpc } = cluster
  const wanted = computeConfig?.nodePools ?? []
  if (wanted.length > 0) {
    const nodeClass = defaultNodeClass({
      roleName: roleName(computeConfig?.nodeRoleArn ?? ''),
      subnetIds: vpc?.subnetIds ?? [],
      securityGroupId: vpc?.clusterSecurityGroupId ?? '',
    })
    await apply(client, nodeClasses, DEFAULT_CLASS, nodeClass)
  }
  for (const name of BUILTIN_POOLS) {
    if (wanted.includes(name)) await apply(client, nodePools, name, builtinPool(name))
    else await remove(client, nodePools, name)
  }
}

/** Auto Mode that is turned off ends its nodes. Pools that EKS did not make stay, and those of Karpenter altogether. */
async function removeNodes(client: KubernetesClient): Promise<boolean> {
  try {
    for (const name of BUILTIN_POOLS) await remove(client, nodePools, name)
    const claims = (await client.list(nodeClaims)).items.filter(isAutoClaim)
    for (const claim of claims) await remove(client, nodeClaims, claim.metadata.name)
    return claims.length === 0
  } catch (error) {
    // It was never on: nothing serves them.
    if (isNotFound(error)) return true
    throw error
  }
}

/** From now on nothing is started; what there is can end. */
async function turnOff(eks: Eks, name: string): Promise<void> {
  await eks.tables.clusters.update(name, (current) => {
    const { computeConfig } = current.cluster
    if (computeConfig?.enabled !== true) return undefined
    return {
      ...current,
      cluster: { ...current.cluster, computeConfig: { ...computeConfig, enabled: false } },
    }
  })
}

async function apply<T extends KubernetesObject>(
  client: KubernetesClient,
  resource: Resource<T>,
  name: string,
  object: object,
): Promise<T> {
  const options = { type: 'apply', fieldManager: FIELD_MANAGER, force: true } as const
  return await client.patch(resource, { name }, object, options)
}

async function remove(client: KubernetesClient, resource: Resource, name: string): Promise<void> {
  try {
    await client.delete(resource, { name })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
