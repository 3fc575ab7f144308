// Owns what EKS's VPC resource controller does for nodes: a CNINode each, and where the VPC CNI asks for it a trunk
// interface and the capacity for pods with security groups of their own.
// Source: aws/amazon-vpc-resource-controller-k8s pkg/node/manager, pkg/provider/branch (texts included).
import type { Node } from '../../../generated/kubernetes.d.ts'
import { isAlreadyExists, isConflict, isNotFound } from '../../base/errors.ts'
import { daemonSets, nodes } from '../../kubernetes/client/resources.ts'
import { cniNodes } from '../../kubernetes/client/vpc-resources.ts'
import { keyOf, type Controller, type ControllerContext } from '../../reconcile/controller.ts'
import { AWS_NODE } from '../../rules/eks/aws-node.ts'
import { branchInterfaces, enablesPodEni, POD_ENI } from '../../rules/eks/pod-security-groups.ts'
import { COMPUTE_TYPE } from '../../rules/fargate/match.ts'
import type { Trunks } from './ports.ts'

const INSTANCE_TYPE = 'node.kubernetes.io/instance-type'
const FEATURE = { name: 'SecurityGroupsForPods' }
const FROM = 'vpc-resource-controller'

export interface TrunkOptions {
  readonly context: ControllerContext
  readonly clusterName: string
  readonly trunks: Trunks
}

/** The control loop of EC2 nodes. Keys are their names. */
export function createTrunkController({ context, clusterName, trunks }: TrunkOptions): Controller {
  const live = context.informer(nodes)
  const awsNode = context.informer(daemonSets)
  // What a node cannot do is said once.
  const refused = new Set<string>()
  return {
    name: 'vpc-resource-nodes',
    sources: [
      {
        subscribe(enqueue) {
          const all = (): void => live.list().forEach(({ metadata }) => enqueue(metadata.name))
          all()
          const ends = [
            live.onChange(({ before, after }) => {
              if (after && !before) enqueue(after.metadata.name)
            }),
            awsNode.onChange(({ before, after }) => {
              const isOurs = after !== undefined && keyOf(after) === AWS_NODE
              if (isOurs && enablesPodEni(before) !== enablesPodEni(after)) all()
            }),
          ]
          return () => ends.forEach((end) => end())
        },
      },
    ],
    async reconcile(name) {
      const node = live.get(name)
      // Neither Fargate nor Auto Mode has the VPC CNI on its nodes.
      if (!node || node.metadata.labels?.[COMPUTE_TYPE] !== undefined) return
      const isOn = enablesPodEni(awsNode.get(AWS_NODE))
      try {
        await ensureCniNode(context, node, { clusterName, isOn })
        if (!isOn) return
        const type = node.metadata.labels?.[INSTANCE_TYPE] ?? ''
        const count = branchInterfaces(type)
        if (count !== undefined) await offer(context, node, { trunks, count })
        else if (!refused.has(name)) {
          refused.add(name)
          const message = `The instance type ${type} is not supported for trunk interface (Security Group for Pods)`
          context.event(node, { type: 'Warning', reason: 'Unsupported', message, from: FROM })
        }
      } catch (error) {
        // The node has gone, or somebody else wrote first: it is looked at again.
        if (isConflict(error)) return { requeueAfterMs: 0 }
        if (!isNotFound(error)) throw error
        if (live.get(name)) return { requeueAfterMs: RETRY_MS }
      }
      return
    },
  }
}

// Until the definition of CNINode is served.
const RETRY_MS = 250

async function ensureCniNode(
  { client }: ControllerContext,
  node: Node,
  { clusterName, isOn }: { readonly clusterName: string; readonly isOn: boolean },
): Promise<void> {
  const { name, uid, labels = {} } = node.metadata
  const features = isOn ? [FEATURE] : []
  try {
    await client.create(cniNodes, {
      metadata: {
        name,
        labels: { 'kubernetes.io/os': labels['kubernetes.io/os'] ?? 'linux' },
        ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid, controller: true }],
      },
      spec: {
        features,
        tags: {
          'cluster.k8s.amazonaws.com/name': clusterName,
          'node.k8s.amazonaws.com/instance_id': node.spec?.providerID?.split('/').at(-1) ?? '',
        },
      },
    })
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
    if (!isOn) return
    const known = await client.get(cniNodes, { name })
    const present = known.spec?.features ?? []
    if (present.some((feature) => feature.name === FEATURE.name)) return
    await client.update(cniNodes, { ...known, spec: { ...known.spec, features: [...present, FEATURE] } })
  }
}

async function offer(
  context: ControllerContext,
  node: Node,
  { trunks, count }: { readonly trunks: Trunks; readonly count: number },
): Promise<void> {
  await trunks.ensure(node.metadata.name)
  if (node.status?.allocatable?.[POD_ENI] === String(count)) return
  const amounts = { [POD_ENI]: String(count) }
  await context.client.patch(
    nodes,
    { name: node.metadata.name },
    { status: { capacity: amounts, allocatable: amounts } },
    { type: 'merge', subresource: 'status' },
  )
  context.event(node, {
    type: 'Normal',
    reason: 'NodeTrunkInitiated',
    message: 'The node has trunk interface initialized successfully',
    from: FROM,
  })
}
