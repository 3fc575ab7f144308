// Owns holding pods to NetworkPolicies, as the VPC CNI's controller and node agents do: what is allowed follows policies,
// pods and namespaces, for real pods as packet rules of their VPC, for stand-ins at the dialer.
import type { NetworkPolicy, Pod } from '../../generated/kubernetes.d.ts'
import { daemonSets, namespaces, networkPolicies, nodes, pods } from '../kubernetes/client/resources.ts'
import type { Vpcs } from '../network/dialer.ts'
import type { NftTable } from '../network/vpc/nft-table.ts'
import type { ControllerContext } from '../reconcile/controller.ts'
import { keepInStep } from '../reconcile/keep-in-step.ts'
import { AWS_NODE } from '../rules/eks/aws-node.ts'
import { enforcesNetworkPolicies } from '../rules/eks/network-policy.ts'
import { isFargateNodeName } from '../rules/fargate/node.ts'
import { policiesAllow } from '../rules/kubernetes/network-policy/allows.ts'
import {
  policyTable,
  type PolicyPod,
  type PolicyTable,
} from '../rules/kubernetes/network-policy/policy-table.ts'
import { isPodTerminal } from '../rules/scheduling/pod.ts'
import { policyRules } from './policy-rules.ts'

export interface PolicyKeeperOptions {
  readonly clusterName: string
  readonly cluster: ControllerContext
  readonly vpcs: Pick<Vpcs, 'restrict'>
  readonly vpcId: string
  /** What the API server and load balancers come from; without one nothing of theirs is held back. */
  readonly router: string | undefined
  /** Where pods are real. */
  readonly network?: { restrict(rules: NftTable): Promise<void> }
}

/** Starts it. @returns what ends it; the rules stay as they are */
export function startPolicyKeeper(options: PolicyKeeperOptions): () => Promise<void> {
  const { cluster, vpcs, vpcId, clusterName, router, network } = options
  let table: PolicyTable = policyTable({ policies: [], pods: [], namespaces: new Map() })
  let isRestricting = false
  const release = vpcs.restrict(vpcId, clusterName, (ip, port, protocol) => {
    return router === undefined || policiesAllow(table, { from: router, to: ip, protocol, port })
  })
  const inStep = keepInStep({
    ...cluster,
    what: 'the network policies',
    async sync() {
      const policies = policiesOf(cluster)
      // Most clusters have none, and then there is nothing to keep.
      if (policies.length === 0 && !isRestricting) return
      table = policyTable({ policies, pods: policyPods(cluster), namespaces: namespaceLabels(cluster) })
      await network?.restrict(policyRules({ table, pairs: nodePairs(cluster) }))
      isRestricting = policies.length > 0
    },
  })
  const ends = watch(cluster, () => inStep.wake())
  return async () => {
    for (const end of ends) end()
    release()
    await inStep.stop()
  }
}

function watch(cluster: ControllerContext, wake: () => void): (() => void)[] {
  return [
    cluster.informer(networkPolicies).onChange(wake),
    cluster.informer(pods).onChange(({ before, after }) => {
      if (!before || !after || viewOf(before) !== viewOf(after)) wake()
    }),
    cluster.informer(namespaces).onChange(({ before, after }) => {
      if (JSON.stringify(before?.metadata.labels) !== JSON.stringify(after?.metadata.labels)) wake()
    }),
    cluster.informer(daemonSets).onChange(({ before, after }) => {
      if (enforcesNetworkPolicies(before) !== enforcesNetworkPolicies(after)) wake()
    }),
  ]
}

/** The policies that are in force: none without the VPC CNI's own enforcement, as on EKS. */
function policiesOf(cluster: ControllerContext): readonly NetworkPolicy[] {
  const isOn = enforcesNetworkPolicies(cluster.informer(daemonSets).get(AWS_NODE))
  return isOn ? cluster.informer(networkPolicies).list() : []
}

function namespaceLabels(cluster: ControllerContext): Map<string, Readonly<Record<string, string>>> {
  const all = cluster.informer(namespaces).list()
  return new Map(all.map(({ metadata }) => [metadata.name, metadata.labels ?? {}]))
}

function policyPods(cluster: ControllerContext): PolicyPod[] {
  return cluster
    .informer(pods)
    .list()
    .flatMap((pod) => policyPod(pod) ?? [])
}

// A pod on its node's network has no address of its own, and one that has ended none any more.
function policyPod(pod: Pod): PolicyPod | undefined {
  const { metadata, spec, status } = pod
  const ip = status?.podIP
  if (ip === undefined || ip === '' || spec.hostNetwork || isPodTerminal(pod)) return undefined
  return {
    namespace: metadata.namespace ?? '',
    labels: metadata.labels ?? {},
    ip,
    namedPorts: [...(spec.initContainers ?? []), ...spec.containers].flatMap(({ ports = [] }) =>
      ports.flatMap(({ name, containerPort, protocol = 'TCP' }) =>
        // The API server lets no other protocol in.
        name ? [{ name, port: containerPort, protocol: protocol as 'TCP' | 'UDP' | 'SCTP' }] : [],
      ),
    ),
    // "Fargate: not supported" (EKS user guide, considerations of network policies).
    isBound: !isFargateNodeName(spec.nodeName ?? ''),
  }
}

// What a node sends to its own pods is let through, or probes would fail (aws-network-policy-agent).
function nodePairs(cluster: ControllerContext): string[] {
  const live = cluster.informer(nodes)
  return cluster
    .informer(pods)
    .list()
    .flatMap(({ spec, status }) => {
      const addresses = live.get(spec.nodeName ?? '')?.status?.addresses ?? []
      const own = addresses.find(({ type }) => type === 'InternalIP')?.address
      return own && status?.podIP && !spec.hostNetwork ? [`${own} . ${status.podIP}`] : []
    })
}

/** What policies look at of a pod. */
function viewOf({ metadata, spec, status }: Pod): string {
  return JSON.stringify([metadata.labels, spec.nodeName, status?.podIP, status?.phase])
}
