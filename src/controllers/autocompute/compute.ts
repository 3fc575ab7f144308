// Owns what the control loops of EKS Auto Mode's compute share: informers, and what they know of claims and nodes.
import type { Node, Pod } from '../../../generated/kubernetes.d.ts'
import { timestamp } from '../../base/clock.ts'
import { deepEqual } from '../../base/json.ts'
import {
  isAutoClaim,
  nodeClaims,
  nodeClasses,
  nodePools,
  type NodeClaim,
  type NodeClaimCondition,
} from '../../kubernetes/client/auto-mode-resources.ts'
import type { KubernetesObject, Resource } from '../../kubernetes/client/client.ts'
import { nodes, pods } from '../../kubernetes/client/resources.ts'
import type { ControllerContext, Informer } from '../../reconcile/controller.ts'
import { filteredInformer } from '../../reconcile/filtered-informer.ts'
import { isAutoPool, type NodeClass, type NodePool } from '../../rules/auto-mode/node-pool.ts'
import { isConditionTrue, withCondition } from '../../rules/kubernetes/conditions.ts'
import { isPodTerminal } from '../../rules/scheduling/pod.ts'
import type { AutoMachines } from './ports.ts'

export const POOL_LABEL = 'karpenter.sh/nodepool'
export const TERMINATION = 'karpenter.sh/termination'
export const INSTANCE_TYPE = 'node.kubernetes.io/instance-type'
/** Who the events are from. */
export const FROM = 'eks-auto-mode/compute'
const BY_PROVIDER = 'auto-compute/provider'
const BY_NODE = 'auto-compute/node'

export interface ComputeOptions {
  readonly context: ControllerContext
  readonly machines: AutoMachines
  readonly region: string
  /** False while Auto Mode is turned off: what there is ends, and nothing new is started. */
  mayStart(): boolean
}

export interface Compute extends ComputeOptions {
  readonly pools: Informer<NodePool>
  readonly classes: Informer<NodeClass>
  readonly claims: Informer<NodeClaim>
  readonly nodes: Informer<Node>
  readonly pods: Informer<Pod>
}

/** The informers of one cluster; its definitions must be served. */
export function createCompute(options: ComputeOptions): Compute {
  const { context } = options
  const compute = {
    ...options,
    // Those of another class are Karpenter's, which may run beside.
    pools: filteredInformer(context.informer(nodePools), isAutoPool),
    classes: context.informer(nodeClasses),
    claims: filteredInformer(context.informer(nodeClaims), isAutoClaim),
    nodes: context.informer(nodes),
    pods: context.informer(pods),
  }
  compute.nodes.addIndex(BY_PROVIDER, ({ spec }) => (spec.providerID ? [spec.providerID] : []))
  compute.claims.addIndex(BY_PROVIDER, ({ status }) => (status?.providerID ? [status.providerID] : []))
  compute.pods.addIndex(BY_NODE, ({ spec }) => (spec.nodeName ? [spec.nodeName] : []))
  return compute
}

/** The node of a claim, once it has joined. */
export function nodeOfClaim({ nodes: all }: Compute, { status }: NodeClaim): Node | undefined {
  return status?.providerID === undefined ? undefined : all.byIndex(BY_PROVIDER, status.providerID)[0]
}

/** The claim behind a node; undefined for nodes that Auto Mode has not made. */
export function claimOfNode({ claims }: Compute, { spec }: Node): NodeClaim | undefined {
  return spec.providerID === undefined ? undefined : claims.byIndex(BY_PROVIDER, spec.providerID)[0]
}

/** Pods on a node that have not ended. */
export function podsOnNode({ pods: all }: Compute, nodeName: string): readonly Pod[] {
  return all.byIndex(BY_NODE, nodeName).filter((pod) => !isPodTerminal(pod))
}

export function isTrue({ status }: Pick<NodeClaim, 'status'>, type: string): boolean {
  return isConditionTrue(status?.conditions, type)
}

/** `i-…` of `aws:///us-east-1a/i-…` */
export function instanceIdOf({ status }: NodeClaim): string | undefined {
  return status?.providerID?.split('/').at(-1)
}

/** An object whose status has conditions. */
interface WithStatus extends KubernetesObject {
  readonly status?: Record<string, unknown> | NodeClaim['status']
}

export type Finding = Omit<NodeClaimCondition, 'lastTransitionTime'>

/** Writes a status when it says something new. @returns the object as it is now */
export async function writeStatus<T extends WithStatus>(
  { client, clock }: ControllerContext,
  resource: Resource<T>,
  object: T,
  change: { readonly findings: readonly Finding[]; readonly fields?: Record<string, unknown> },
): Promise<T> {
  const before = object.status ?? {}
  const now = timestamp(clock)
  const known = (before as { conditions?: readonly NodeClaimCondition[] }).conditions ?? []
  const conditions = change.findings.reduce<readonly NodeClaimCondition[]>(
    (list, finding) => withCondition(list, finding, now),
    known,
  )
  const status = { ...before, ...change.fields, conditions }
  return deepEqual(status, before) ? object : await client.updateStatus(resource, { ...object, status })
}

/** A condition that holds; its reason is its type, as Karpenter has it. */
export function holds(type: string): Finding {
  return { type, status: 'True', reason: type, message: '' }
}
