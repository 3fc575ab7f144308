// Owns which CSI drivers are on which node, as kubelets register them: CSINode objects, and the labels of topology.
// Source: kubernetes pkg/volume/csi/nodeinfomanager; kubernetes-sigs/aws-ebs-csi-driver pkg/driver/node.go (NodeGetInfo).
import type { CSINode, CSINodeDriver, Node, Pod } from '../../../generated/kubernetes.d.ts'
import { isAlreadyExists, isConflict, isNotFound } from '../../base/errors.ts'
import { deepEqual } from '../../base/json.ts'
import { csiNodes, nodes, pods } from '../../kubernetes/client/resources.ts'
import type { Controller, ControllerContext, Informer } from '../../reconcile/controller.ts'
import { COMPUTE_TYPE } from '../../rules/fargate/match.ts'
import { nodePluginOf, type NodePlugin } from '../../rules/kubernetes/csi.ts'
import { AUTO_MODE_EBS_DRIVER, EBS_DRIVER, zoneOf } from '../../rules/kubernetes/ebs-volume.ts'
import { ebsVolumeLimit, PLAIN_NODE } from '../../rules/nodes/volume-limits.ts'
import { isPodReady } from '../../rules/scheduling/pod.ts'

const PLUGINS_OF_NODE = 'csi-plugins'
const EBS_ZONE = 'topology.ebs.csi.aws.com/zone'
const EBS_TOPOLOGY = ['kubernetes.io/os', EBS_ZONE, 'topology.kubernetes.io/zone']
const INSTANCE_TYPE = 'node.kubernetes.io/instance-type'
/** In-tree volumes whose drivers have taken over; the kubelet says so before any of them is there. */
const MIGRATED =
  'kubernetes.io/aws-ebs,kubernetes.io/azure-disk,kubernetes.io/azure-file,kubernetes.io/cinder,kubernetes.io/gce-pd,kubernetes.io/portworx-volume,kubernetes.io/vsphere-volume'

interface Parts {
  readonly context: ControllerContext
  readonly nodes: Informer<Node>
  readonly known: Informer<CSINode>
  readonly pods: Informer<Pod>
}

/** The control loop of CSINodes. Keys are nodes. */
export function createCsiNodeController(context: ControllerContext): Controller {
  const parts: Parts = {
    context,
    nodes: context.informer(nodes),
    known: context.informer(csiNodes),
    pods: context.informer(pods),
  }
  parts.pods.addIndex(PLUGINS_OF_NODE, nodesOf)
  return {
    name: 'csi-node',
    sources: [
      {
        subscribe: (enqueue) => {
          for (const { metadata } of parts.nodes.list()) enqueue(metadata.name)
          // Of a node that is there, nothing but its drivers matters.
          return parts.nodes.onChange(({ before, after }) => {
            if (after && !before) enqueue(after.metadata.name)
          })
        },
      },
      parts.known.source(),
      parts.pods.source(nodesOf),
    ],
    async reconcile(name) {
      const node = parts.nodes.get(name)
      if (!node || node.metadata.deletionTimestamp) return
      try {
        await register(parts, node)
      } catch (error) {
        // Somebody else wrote first: that wakes this node again.
        if (!isConflict(error) && !isNotFound(error) && !isAlreadyExists(error)) throw error
      }
    },
  }
}

function nodesOf(pod: Pod): string[] {
  return pod.spec.nodeName && nodePluginOf(pod) ? [pod.spec.nodeName] : []
}

async function register({ context, known, pods: all }: Parts, node: Node): Promise<void> {
  const { client } = context
  const { name, uid } = node.metadata
  const current = known.get(name)
  const drivers = all
    .byIndex(PLUGINS_OF_NODE, name)
    .filter((pod) => isPodReady(pod) && !pod.metadata.deletionTimestamp)
    .flatMap((pod) => nodePluginOf(pod) ?? [])
    .map((plugin) => driverOf(plugin, node))
    .concat(partOfNode(node))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  if (!current) {
    const owner = { apiVersion: 'v1', kind: 'Node', name, uid }
    const annotations = { 'storage.alpha.kubernetes.io/migrated-plugins': MIGRATED }
    await client.create(csiNodes, {
      metadata: { name, annotations, ownerReferences: [owner] },
      spec: { drivers },
    })
  } else if (!deepEqual(current.spec.drivers, drivers)) {
    // What stands of a driver cannot be changed, but for its count: one that is another now goes first.
    await client.update(csiNodes, { ...current, spec: { drivers } })
  }
  if (drivers.some((driver) => driver.name === EBS_DRIVER)) await label(context, node)
}

function driverOf(plugin: NodePlugin, node: Node): CSINodeDriver {
  const { driver, ...options } = plugin
  const nodeID = node.spec.providerID?.split('/').at(-1) ?? node.metadata.name
  if (driver !== EBS_DRIVER) return { name: driver, nodeID }
  const count = ebsVolumeLimit(node.metadata.labels?.[INSTANCE_TYPE] ?? '', PLAIN_NODE, options)
  return { name: driver, nodeID, topologyKeys: EBS_TOPOLOGY, allocatable: { count } }
}

// The nodes of EKS Auto Mode bring their driver with them: no pod is it.
function partOfNode(node: Node): CSINodeDriver[] {
  const { labels = {} } = node.metadata
  if (labels[COMPUTE_TYPE] !== 'auto') return []
  const nodeID = node.spec.providerID?.split('/').at(-1) ?? node.metadata.name
  const count = ebsVolumeLimit(labels[INSTANCE_TYPE] ?? '', PLAIN_NODE, {})
  const topologyKeys = [COMPUTE_TYPE, 'topology.kubernetes.io/zone']
  return [{ name: AUTO_MODE_EBS_DRIVER, nodeID, topologyKeys, allocatable: { count } }]
}

// Classes may name the zone as the driver does.
async function label({ client }: ControllerContext, node: Node): Promise<void> {
  const zone = zoneOf(node)
  if (zone === undefined || node.metadata.labels?.[EBS_ZONE] === zone) return
  await client.patch(
    nodes,
    { name: node.metadata.name },
    { metadata: { labels: { [EBS_ZONE]: zone } } },
    { type: 'merge' },
  )
}
