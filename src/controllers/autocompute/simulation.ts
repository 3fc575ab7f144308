// Owns asking what nodes pods would take: now, with all that is on its way, and without a node that may go.
import type { DaemonSet, Node, Pod } from '../../../generated/kubernetes.d.ts'
import { type NodeClaim, nodeClaims } from '../../kubernetes/client/auto-mode-resources.ts'
import { daemonSets, namespaces } from '../../kubernetes/client/resources.ts'
import type { Informer } from '../../reconcile/controller.ts'
import { autoModeTypes } from '../../rules/auto-mode/instance-labels.ts'
import type { NodePool } from '../../rules/auto-mode/node-pool.ts'
import { provision, type NewNode, type PoolOffer, type Provision } from '../../rules/auto-mode/provision.ts'
import { isConditionTrue } from '../../rules/kubernetes/conditions.ts'
import { COMPUTE_TYPE } from '../../rules/fargate/match.ts'
import { checkClaims } from '../../rules/scheduling/claims.ts'
import { RequestCache } from '../../rules/scheduling/requests.ts'
import { takeSnapshot, type Snapshot } from '../../rules/scheduling/snapshot.ts'
import { belongsOn, daemonPod } from '../daemonset/placement.ts'
import { ClusterStorage } from '../scheduler/cluster-storage.ts'
import { claimFor, comingNode, instanceTypeOf, poolOf } from './claim.ts'
import { claimOfNode, type Compute, isTrue } from './compute.ts'

/** What decisions about nodes are made of. */
export interface ProvisionerParts {
  readonly compute: Compute
  readonly daemonSets: Informer<DaemonSet>
  readonly storage: ClusterStorage
  readonly requests: RequestCache
  /** Claims that have been created and not yet been seen. */
  readonly created: Map<string, NodeClaim>
}

/** One for all that decide: each sees the claims that another has just made. */
export function createProvisionerParts(compute: Compute): ProvisionerParts {
  const { context } = compute
  context.informer(namespaces)
  return {
    compute,
    daemonSets: context.informer(daemonSets),
    storage: new ClusterStorage(context),
    requests: new RequestCache(),
    created: new Map(),
  }
}

/** What becomes of pods. @param without the name of a claim whose node is taken to be gone */
export function simulate(
  parts: ProvisionerParts,
  { pods, without }: { readonly pods: readonly Pod[]; readonly without?: string },
): Provision {
  const { compute, requests, storage } = parts
  const checks = new Map(pods.map((pod) => [pod, checkClaims(pod, storage)]))
  return provision({
    region: compute.region,
    pods: pods.filter((pod) => checks.get(pod)?.nowhere === undefined),
    offers: offersOf(parts),
    snapshot: snapshotOf(parts, without),
    requests,
    daemons: (node) => daemonsOn(parts, node),
    rejectsVolumes: (pod, node) => checks.get(pod)?.rejects(node),
  })
}

/** Creates the claim of a node. @returns undefined when its pool has gone since, or nothing may be started */
export async function startNode(
  { compute, created }: ProvisionerParts,
  node: NewNode,
): Promise<NodeClaim | undefined> {
  const pool = compute.pools.get(node.pool)
  if (!pool || !compute.mayStart()) return undefined
  const claim = await compute.context.client.create(nodeClaims, claimFor(node, pool))
  created.set(claim.metadata.name, claim)
  return claim
}

/** Pools that are ready, with their zones and what their nodes hold. */
function offersOf(parts: ProvisionerParts): PoolOffer[] {
  const { compute } = parts
  const claims = currentClaims(parts)
  return compute.pools.list().flatMap((pool) => {
    const nodeClass = compute.classes.get(pool.spec.template.spec.nodeClassRef.name)
    if (!nodeClass || pool.metadata.deletionTimestamp || !isReadyPool(pool)) return []
    const { subnets = [] } = (nodeClass.status ?? {}) as { subnets?: readonly { readonly zone: string }[] }
    return [
      {
        pool,
        zones: subnets.map(({ zone }) => zone),
        storage: nodeClass.spec.ephemeralStorage?.size,
        used: usedBy(claims.filter((claim) => poolOf(claim) === pool.metadata.name)),
      },
    ]
  })
}

function isReadyPool({ status }: NodePool): boolean {
  const { conditions = [] } = (status ?? {}) as { conditions?: readonly { type: string; status: string }[] }
  return isConditionTrue(conditions, 'Ready')
}

/** Cores (in thousandths), bytes and nodes of claims. */
export function usedBy(claims: readonly NodeClaim[]): Map<string, number> {
  const used = new Map([
    ['cpu', 0],
    ['memory', 0],
    ['nodes', claims.length],
  ])
  for (const claim of claims) {
    const name = instanceTypeOf(claim)
    const type = autoModeTypes().find((auto) => auto.type.name === name)?.type
    used.set('cpu', (used.get('cpu') ?? 0) + (type?.vcpu ?? 0) * 1000)
    used.set('memory', (used.get('memory') ?? 0) + (type?.memoryMiB ?? 0) * 1024 ** 2)
  }
  return used
}

/** Every claim that is not on its way out, those included that the informer has not shown yet. */
function currentClaims({ compute, created }: ProvisionerParts): NodeClaim[] {
  const all = compute.claims.list()
  for (const { metadata } of all) created.delete(metadata.name)
  return [...all, ...created.values()].filter(({ metadata }) => !metadata.deletionTimestamp)
}

/** Nodes as they will be: those of claims that have not come up yet without what keeps pods away until then. */
function snapshotOf(parts: ProvisionerParts, without: string | undefined): Snapshot {
  const { compute, requests } = parts
  const { region, classes, context } = compute
  const coming = currentClaims(parts).filter(
    (claim) => !isTrue(claim, 'Initialized') && claim.metadata.name !== without,
  )
  const present = compute.nodes.list().filter((node) => isStaying(compute, node, without))
  const virtual = coming.flatMap((claim) => {
    return comingNode(claim, region, classes.get(claim.spec.nodeClassRef.name)) ?? []
  })
  return takeSnapshot(
    {
      nodes: [...present, ...virtual],
      pods: compute.pods.list(),
      namespaces: context.informer(namespaces).list(),
      placed: new Map(),
    },
    requests,
  )
}

function isStaying(compute: Compute, node: Node, without: string | undefined): boolean {
  if (node.metadata.deletionTimestamp) return false
  if (node.metadata.labels?.[COMPUTE_TYPE] !== 'auto') return true
  const claim = claimOfNode(compute, node)
  if (!claim || claim.metadata.deletionTimestamp || claim.metadata.name === without) return false
  return isTrue(claim, 'Initialized')
}

function daemonsOn({ daemonSets: sets }: ProvisionerParts, node: Node): Pod[] {
  const at = { apiVersion: 'v1', kind: 'Pod' } as const
  return sets.list().flatMap((set) => {
    if (!belongsOn(set, node).run) return []
    const draft = daemonPod(set, node.metadata.name, '')
    const metadata = {
      ...draft.metadata,
      name: set.metadata.name,
      uid: `${set.metadata.uid}/${node.metadata.name}`,
    }
    return [{ ...at, spec: draft.spec, metadata } as unknown as Pod]
  })
}
