// Owns one scheduling decision: filter, score, or say why not. Pure.
// Source: kubernetes pkg/scheduler/schedule_one.go.
import type { LabelSelector, Pod } from '../../../generated/kubernetes.d.ts'
import type { ClaimCheck } from './claims.ts'
import { namedNodes } from './node-affinity.ts'
import { nodeFilter } from './filters.ts'
import type { Rejection } from './filters.ts'
import { fitMessage, NEWEST, NO_NODES, unschedulableMessage } from './message.ts'
import { planPreemption } from './preemption.ts'
import type { RequestCache } from './requests.ts'
import { bestNode } from './score.ts'
import type { NodeInfo, Snapshot } from './snapshot.ts'

/** Where the pod goes; or why it goes nowhere, and which pods are to make room for it. */
export type Placement =
  | {
      readonly nodeName: string
    }
  | {
      readonly message: string
      readonly preempt?: { readonly nodeName: string; readonly victims: readonly Pod[] }
    }

// Nodes that required matchFields rule out are never filtered one by one (PreFilterResult of NodeAffinity).
const NOT_NAMED: Rejection = {
  reasons: ["node(s) didn't satisfy plugin(s) [NodeAffinity]"],
  isUnresolvable: true,
}

/** Decides on one pod. `belongsWith` selects the pods that it should be spread from. */
export function placePod(
  pod: Pod,
  snapshot: Snapshot,
  {
    requests,
    belongsWith,
    claims,
  }: { requests: RequestCache; belongsWith: LabelSelector | undefined; claims: ClaimCheck },
): Placement {
  const { nodes } = snapshot
  if (nodes.length === 0) return { message: NO_NODES }
  if (claims.nowhere !== undefined) return nowhere({ pod, snapshot, requests }, claims.nowhere)
  const names = namedNodes(pod.spec)
  const filter = nodeFilter(pod, requests.of(pod), snapshot)
  const rejections = new Map<NodeInfo, Rejection>()
  const fitting: NodeInfo[] = []
  for (const info of nodes) {
    const rejected =
      names && !names.has(info.node.metadata.name) ? NOT_NAMED : withClaims(filter(info), claims, info)
    if (rejected) rejections.set(info, rejected)
    else fitting.push(info)
  }
  const best = bestNode(pod, fitting, { snapshot, requests, belongsWith })
  if (best) return { nodeName: best.node.metadata.name }
  const fit = fitMessage(nodes.length, rejections.values(), snapshot.minor)
  const preemption = planPreemption({ pod, snapshot, rejections, requests, limits: claims.limits })
  if ('message' in preemption)
    return { message: unschedulableMessage(fit, preemption.message, snapshot.minor) }
  const { node, victims } = preemption
  return { message: fit, preempt: { nodeName: node.node.metadata.name, victims } }
}

// A node that the claims rule out is no better for being emptied.
function withClaims(
  rejected: Rejection | undefined,
  claims: ClaimCheck,
  info: NodeInfo,
): Rejection | undefined {
  if (rejected?.isUnresolvable) return rejected
  const reason = claims.rejects(info.node)
  if (reason !== undefined) return { reasons: [reason], isUnresolvable: true }
  return rejected ?? claims.limits(info)
}

// What PreFilter finds is true of all nodes: it is said once, and no victim would help.
function nowhere(
  attempt: { readonly pod: Pod; readonly snapshot: Snapshot; readonly requests: RequestCache },
  reason: string,
): Placement {
  const { snapshot } = attempt
  const { nodes } = snapshot
  const rejections = new Map(nodes.map((info) => [info, { reasons: [reason], isUnresolvable: true }]))
  const preemption = planPreemption({ ...attempt, rejections })
  const fit = `0/${nodes.length} nodes are available: ${reason}.`
  // What 1.34 and later ask in place of preemption has nothing to say then.
  if ((snapshot.minor ?? NEWEST) >= 34) return { message: `${fit} not found` }
  return {
    message: unschedulableMessage(
      fit,
      'message' in preemption ? preemption.message : undefined,
      snapshot.minor,
    ),
  }
}
