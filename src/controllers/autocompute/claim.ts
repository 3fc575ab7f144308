// Owns node claims as Auto Mode writes them: from a decision to an object, and back to what its node will be.
import type { Node, Taint } from '../../../generated/kubernetes.d.ts'
import { formatBytes, formatCpu } from '../../base/quantity.ts'
import type { Amounts } from '../../rules/scheduling/requests.ts'
import { autoNode, type CapacityType } from '../../rules/auto-mode/auto-node.ts'
import { autoModeTypes } from '../../rules/auto-mode/instance-labels.ts'
import type { NodeClass, NodePool } from '../../rules/auto-mode/node-pool.ts'
import type { NewNode } from '../../rules/auto-mode/provision.ts'
import type { NodeClaim } from '../../kubernetes/client/auto-mode-resources.ts'
import type { Draft } from '../../kubernetes/client/client.ts'
import { INSTANCE_TYPE, POOL_LABEL, TERMINATION } from './compute.ts'

const ZONE = 'topology.kubernetes.io/zone'
const CAPACITY = 'karpenter.sh/capacity-type'
const NODE_CLASS = 'eks.amazonaws.com/nodeclass'
// Karpenter's own: as many are offered to EC2 at once.
const MOST_TYPES = 60
// "The system automatically applies a default 24-hour termination grace period to the associated NodeClaim."
const GRACE = '24h0m0s'

/** The claim that is created for a node. */
export function claimFor(node: NewNode, pool: NodePool): Draft<NodeClaim> {
  const { spec, metadata } = pool.spec.template
  const types = node.types.slice(0, MOST_TYPES).map(({ type }) => type.name)
  const own = Object.entries(node.labels).map(([key, value]) => requirement(key, value))
  return {
    metadata: {
      generateName: `${node.pool}-`,
      labels: {
        ...node.labels,
        [POOL_LABEL]: node.pool,
        [NODE_CLASS]: spec.nodeClassRef.name,
        [CAPACITY]: node.capacityType,
        [ZONE]: node.zone,
      },
      annotations: { ...metadata?.annotations },
      finalizers: [TERMINATION],
      ownerReferences: [ownedBy(pool)],
    },
    spec: {
      nodeClassRef: spec.nodeClassRef,
      requirements: [
        requirement(POOL_LABEL, node.pool),
        requirement(CAPACITY, node.capacityType),
        requirement(ZONE, node.zone),
        { key: INSTANCE_TYPE, operator: 'In', values: types },
        ...own,
      ],
      resources: { requests: { ...formatAmounts(node.requested), pods: String(node.pods.length) } },
      ...(spec.taints ? { taints: spec.taints } : {}),
      ...(spec.startupTaints ? { startupTaints: spec.startupTaints } : {}),
      expireAfter: spec.expireAfter ?? '720h',
      terminationGracePeriod: spec.terminationGracePeriod ?? GRACE,
    },
  }
}

function ownedBy({ apiVersion, kind, metadata: { name, uid } }: NodePool) {
  return { apiVersion, kind, name, uid, blockOwnerDeletion: true }
}

function formatAmounts(amounts: Amounts): Record<string, string> {
  const format = (name: string, amount: number): string => {
    if (name === 'cpu') return formatCpu(amount)
    return name === 'memory' ? formatBytes(amount) : String(amount)
  }
  return Object.fromEntries([...amounts].map(([name, amount]) => [name, format(name, amount)]))
}

function requirement(key: string, value: string) {
  return { key, operator: 'In' as const, values: [value] }
}

/** The type that is launched: the first that the claim names, which is the cheapest. */
export function instanceTypeOf({ spec }: NodeClaim): string | undefined {
  return spec.requirements.find(({ key }) => key === INSTANCE_TYPE)?.values?.[0]
}

export function zoneOf({ metadata }: NodeClaim): string {
  return metadata.labels?.[ZONE] ?? ''
}

export function capacityTypeOf({ metadata }: NodeClaim): CapacityType {
  return metadata.labels?.[CAPACITY] === 'spot' ? 'spot' : 'on-demand'
}

export function poolOf({ metadata }: NodeClaim): string {
  return metadata.labels?.[POOL_LABEL] ?? ''
}

/** Labels that the pool gives, beside those of the machine. */
export function ownLabelsOf({ metadata }: NodeClaim): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata.labels ?? {}).filter(([key]) => key !== INSTANCE_TYPE))
}

/** The node that a claim will be, for decisions before it has joined; undefined for a type that is not known. */
export function comingNode(
  claim: NodeClaim,
  region: string,
  nodeClass: NodeClass | undefined,
): Node | undefined {
  const name = instanceTypeOf(claim)
  const auto = autoModeTypes().find(({ type }) => type.name === name)
  if (!auto) return undefined
  const taints: readonly Taint[] = claim.spec.taints ?? []
  return autoNode(
    {
      pool: poolOf(claim),
      auto,
      region,
      zone: zoneOf(claim),
      capacityType: capacityTypeOf(claim),
      labels: ownLabelsOf(claim),
      taints,
      storage: nodeClass?.spec.ephemeralStorage?.size,
    },
    claim.metadata.name,
  )
}
