// Owns which targets a target group should have: pods behind a Service port, or the nodes of the cluster; pure.
import type { EndpointSlice, Node, Pod } from '../../../generated/kubernetes.d.ts'
import type { TargetDescription } from './elbv2-shapes.ts'
import { COMPUTE_TYPE } from '../../rules/fargate/match.ts'
import type { TargetGroupModel } from '../../rules/load-balancer/target-group.ts'
import { matchesLabelSelector } from '../../rules/scheduling/label-selector.ts'

/** A target, with the pod behind it when there is one. */
export interface WantedTarget extends TargetDescription {
  readonly pod?: Pod
}

/** A node that cannot be a target; the text is that of the real controller. */
export class TargetError extends Error {
  override readonly name = 'TargetError'
}

/**
 * Pods behind a port (pkg/backend/endpoint_resolver.go): ready ones, and those that only wait for a readiness gate,
 * so that they can be registered and become ready.
 */
export function podTargets(
  model: TargetGroupModel,
  slices: readonly EndpointSlice[],
  podOf: (key: string) => Pod | undefined,
): WantedTarget[] {
  const found = new Map<string, WantedTarget>()
  const wanted = model.family === 'ipv6' ? 'IPv6' : 'IPv4'
  for (const { endpoints, ports, addressType } of slices) {
    const port = ports?.find(({ name }) => (name ?? '') === (model.servicePort.name ?? ''))?.port
    if (port === undefined || addressType !== wanted) continue
    for (const { addresses, conditions, targetRef } of endpoints ?? []) {
      const pod = targetRef?.kind === 'Pod' ? podOf(`${targetRef.namespace}/${targetRef.name}`) : undefined
      if (!pod || pod.metadata.uid !== targetRef?.uid || conditions?.terminating) continue
      const isUsable = conditions?.ready !== false || areContainersReady(pod)
      if (!isUsable || pod.metadata.deletionTimestamp) continue
      for (const Id of addresses) found.set(`${Id}:${port}`, { Id, Port: port, pod })
    }
  }
  return [...found.values()]
}

function areContainersReady({ status }: Pod): boolean {
  return (
    status?.conditions?.some(({ type, status: is }) => type === 'ContainersReady' && is === 'True') ?? false
  )
}

// pkg/backend/endpoint_utils.go: nodes that traffic may enter through. Fargate nodes never are.
const EXCLUDING_LABELS = [
  'node-role.kubernetes.io/master',
  'node.kubernetes.io/exclude-from-external-load-balancers',
  'alpha.service-controller.kubernetes.io/exclude-balancer',
]
const EXCLUDING_TAINTS = ['ToBeDeletedByClusterAutoscaler', 'karpenter.sh/disrupted']

/** @throws TargetError when a node is no EC2 instance and does not say that it is on Fargate. */
export function nodeTargets(model: TargetGroupModel, nodes: readonly Node[]): WantedTarget[] {
  return nodes
    .filter((node) => isTrafficNode(node, model))
    .map((node) => ({ Id: instanceIdOf(node), Port: model.port }))
}

function isTrafficNode({ metadata, spec, status }: Node, model: TargetGroupModel): boolean {
  const { labels = {} } = metadata
  const { nodeLabels, nodeSelector } = model
  if (nodeSelector && !matchesLabelSelector(nodeSelector, labels)) return false
  const isFargate = labels[COMPUTE_TYPE] === 'fargate'
  if (!nodeSelector && (isFargate || EXCLUDING_LABELS.some((label) => label in labels))) return false
  if (spec.taints?.some(({ key }) => EXCLUDING_TAINTS.includes(key))) return false
  if (!Object.entries(nodeLabels).every(([key, value]) => labels[key] === value)) return false
  return status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false
}

function instanceIdOf({ metadata, spec }: Node): string {
  const id = spec.providerID?.split('/').at(-1) ?? ''
  if (/^i-[0-9a-f]+$/.test(id)) return id
  throw new TargetError(`providerID ${spec.providerID} is invalid for EC2 instances, node: ${metadata.name}`)
}
