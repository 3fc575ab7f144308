// Owns the filters of the default scheduler, in its order, with its reasons.
// Source: kubernetes pkg/scheduler/framework/plugins.
import type { Pod } from '../../../generated/kubernetes.d.ts'
import { matchesNodeAffinity } from './node-affinity.ts'
import { toleratesTaint, untoleratedTaint } from './taint.ts'
import { podAffinityCheck } from './affinity.ts'
import { hostPorts, portsClash } from './requests.ts'
import type { Amounts } from './requests.ts'
import type { NodeInfo, Snapshot } from './snapshot.ts'
import { spreadCheck } from './spread.ts'

/** Why a node is out. */
export interface Rejection {
  readonly reasons: readonly string[]
  /** True when removing pods from the node would not help. */
  readonly isUnresolvable: boolean
}

/** Tells of one node why it is out; undefined when the pod fits. */
export type NodeFilter = (info: NodeInfo) => Rejection | undefined

const UNSCHEDULABLE_TAINT = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' } as const

/** The filter of one pod over the nodes of one snapshot: the first of the plug-ins that objects decides. */
export function nodeFilter(pod: Pod, requests: Amounts, snapshot: Snapshot): NodeFilter {
  const spread = spreadCheck(pod, snapshot)
  const affinity = podAffinityCheck(pod, snapshot)
  const plugins: NodeFilter[] = [
    (info) => unschedulable(pod, info),
    (info) => taints(pod, info),
    (info) => nodeAffinity(pod, info),
    (info) => ports(pod, info),
    (info) => resources(requests, info),
    ({ node }) => rejection(spread(node)),
    ({ node }) => rejection(affinity(node)),
  ]
  return (info) => {
    for (const plugin of plugins) {
      const rejected = plugin(info)
      if (rejected) return rejected
    }
    return undefined
  }
}

function rejection(
  found: { readonly reason: string; readonly isUnresolvable: boolean } | undefined,
): Rejection | undefined {
  return found && { reasons: [found.reason], isUnresolvable: found.isUnresolvable }
}

function unschedulable(pod: Pod, { node }: NodeInfo): Rejection | undefined {
  if (!node.spec.unschedulable) return undefined
  if ((pod.spec.tolerations ?? []).some((t) => toleratesTaint(t, UNSCHEDULABLE_TAINT))) return undefined
  return { reasons: ['node(s) were unschedulable'], isUnresolvable: true }
}

function taints(pod: Pod, { node }: NodeInfo): Rejection | undefined {
  const taint = untoleratedTaint(node.spec.taints, pod.spec.tolerations)
  if (!taint) return undefined
  return {
    reasons: [`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`],
    isUnresolvable: true,
  }
}

function nodeAffinity(pod: Pod, { node }: NodeInfo): Rejection | undefined {
  if (matchesNodeAffinity(pod.spec, node)) return undefined
  return { reasons: ["node(s) didn't match Pod's node affinity/selector"], isUnresolvable: true }
}

function ports(pod: Pod, { pods }: NodeInfo): Rejection | undefined {
  const wanted = hostPorts(pod)
  if (wanted.length === 0) return undefined
  const taken = pods.flatMap(hostPorts)
  if (!wanted.some((port) => taken.some((other) => portsClash(port, other)))) return undefined
  return {
    reasons: ["node(s) didn't have free ports for the requested pod ports"],
    isUnresolvable: false,
  }
}

function resources(requests: Amounts, { pods, allocatable, requested }: NodeInfo): Rejection | undefined {
  const reasons: string[] = []
  let isUnresolvable = false
  if (pods.length + 1 > (allocatable.get('pods') ?? 0)) reasons.push('Too many pods')
  for (const [name, amount] of inOrder(requests)) {
    if (amount === 0) continue
    const room = allocatable.get(name) ?? 0
    if (amount <= room - (requested.get(name) ?? 0)) continue
    reasons.push(`Insufficient ${name}`)
    if (amount > room) isUnresolvable = true
  }
  return reasons.length > 0 ? { reasons, isUnresolvable } : undefined
}

const FIRST = ['cpu', 'memory', 'ephemeral-storage']

function inOrder(requests: Amounts): [string, number][] {
  const rank = (name: string): number => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length)
  return [...requests].toSorted(([a], [b]) => rank(a) - rank(b))
}
