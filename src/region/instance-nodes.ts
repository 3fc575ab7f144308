// Owns the step from EC2 instance to Kubernetes node: an instance of a node group that runs joins its cluster.
import type { Ec2, InstanceRecord } from '../aws/services/ec2/index.ts'
import { zoneId } from '../aws/services/ec2/zones.ts'
import type { NodegroupShape } from '../aws/services/eks/index.ts'
import { InternalError } from '../base/errors.ts'
import { instanceType } from '../rules/nodes/instance-types.ts'
import { nodeRelease } from '../rules/nodes/node-release.ts'
import type { Controller, Source } from '../reconcile/controller.ts'
import type { NodeAgents } from '../node/agents.ts'
import { privateDnsName } from '../base/private-dns.ts'
import { ec2Machine } from '../node/machine-ec2.ts'

const CLUSTER_TAG = 'eks:cluster-name'
const NODEGROUP_TAG = 'eks:nodegroup-name'
// Until the control plane of the instance's cluster runs.
const RETRY_MS = 250

export interface InstanceNodesOptions {
  readonly ec2: Ec2
  readonly region: string
  /** The agents of a cluster and the kubelet version of its new nodes; undefined when it does not run. */
  cluster(name: string): { readonly agents: NodeAgents; readonly kubeletVersion: string } | undefined
  /** Size of the root volume. */
  diskGiB(instance: InstanceRecord): Promise<number>
  nodegroupShape(cluster: string, nodegroup: string): NodegroupShape | undefined
}

/** A reconciler over instances: running ones are nodes of the cluster in their tag, others are not. */
export function instanceNodesController(options: InstanceNodesOptions): Controller {
  const { ec2, region } = options
  return {
    name: 'instance-nodes',
    sources: [instanceSource(ec2)],
    async reconcile(instanceId) {
      const instance = ec2.instances.get(instanceId)
      if (!instance) return undefined
      const clusterName = instance.tags[CLUSTER_TAG]
      if (clusterName === undefined) return undefined
      const cluster = options.cluster(clusterName)
      if (!cluster) return { requeueAfterMs: RETRY_MS }
      if (instance.state === 'running') await join(options, cluster, instance)
      else if (instance.state !== 'pending' && !hasSuccessor(ec2, instance))
        await cluster.agents.remove(privateDnsName(instance.privateIp, region))
      return undefined
    },
  }
}

// The node's name is made of the address, which may belong to another instance of the cluster by now. An instance of
// another cluster with that address (of another VPC, or later in the same one) is a node there, not here.
function hasSuccessor({ instances }: Ec2, { id, privateIp, tags }: InstanceRecord): boolean {
  return instances
    .list()
    .some(
      (other) =>
        other.id !== id &&
        other.privateIp === privateIp &&
        other.tags[CLUSTER_TAG] === tags[CLUSTER_TAG] &&
        other.state === 'running',
    )
}

async function join(
  options: InstanceNodesOptions,
  cluster: { readonly agents: NodeAgents; readonly kubeletVersion: string },
  instance: InstanceRecord,
): Promise<void> {
  const { region } = options
  const type = instanceType(instance.instanceType)
  // RunInstances refuses types it does not know: an instance without one would be a node that never comes.
  if (!type) throw new InternalError(`instance ${instance.id} has the unknown type ${instance.instanceType}`)
  const nodegroup = instance.tags[NODEGROUP_TAG] ?? ''
  const shape = options.nodegroupShape(instance.tags[CLUSTER_TAG] ?? '', nodegroup)
  await cluster.agents.add(
    ec2Machine({
      instanceId: instance.id,
      privateIp: instance.privateIp,
      zone: instance.zone,
      zoneId: zoneId(region, instance.zone),
      region,
      type,
      diskGiB: await options.diskGiB(instance),
      kubeletVersion: cluster.kubeletVersion,
      release: nodeRelease(shape?.amiType ?? '', shape?.kubernetesVersion ?? ''),
      labels: shape?.labels ?? {},
      taints: shape?.taints ?? [],
    }),
  )
}

function instanceSource({ instances }: Ec2): Source {
  return {
    subscribe(enqueue) {
      const end = instances.watch(({ key }) => enqueue(key))
      for (const { id } of instances.list()) enqueue(id)
      return end
    },
  }
}
