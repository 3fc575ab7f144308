// Owns the step from EC2 instance to Kubernetes node: an instance of a node group that runs joins its cluster.
import type { Ec2 } from '../aws/services/ec2/index.ts'
import type { NodegroupShape } from '../aws/services/eks/index.ts'
import { instanceType } from '../config/instance-types.ts'
import type { Controller } from '../controllers/framework/controller.ts'
import { tableSource } from '../controllers/framework/table-source.ts'
import type { NodeAgents } from '../node/agents.ts'
import { ec2Machine, privateDnsName } from '../node/machine-ec2.ts'
import { containerRuntimeVersion, kernelVersion, osImage } from './node-release.ts'

export const CLUSTER_TAG = 'eks:cluster-name'
const NODEGROUP_TAG = 'eks:nodegroup-name'

export interface InstanceNodesOptions {
  readonly ec2: Ec2
  readonly region: string
  /** The agents of a cluster and the kubelet version of its new nodes; undefined when it does not run. */
  cluster(name: string): { readonly agents: NodeAgents; readonly kubeletVersion: string } | undefined
  nodegroupShape(cluster: string, nodegroup: string): NodegroupShape | undefined
}

type Instance = ReturnType<Ec2['tables']['instances']['list']>[number]

/** A reconciler over instances: running ones are nodes of the cluster in their tag, others are not. */
export function instanceNodesController(options: InstanceNodesOptions): Controller {
  const { ec2, region } = options
  return {
    name: 'instance-nodes',
    sources: [tableSource(ec2.tables.instances)],
    async reconcile(instanceId) {
      const instance = ec2.tables.instances.get(instanceId)
      if (!instance) return undefined
      const cluster = options.cluster(instance.tags[CLUSTER_TAG] ?? '')
      if (!cluster) return undefined
      if (instance.state === 'running') await join(options, cluster, instance)
      else if (instance.state !== 'pending') await cluster.agents.remove(privateDnsName(instance.privateIp, region))
      return undefined
    },
  }
}

async function join(
  { ec2, region, nodegroupShape }: InstanceNodesOptions,
  cluster: { readonly agents: NodeAgents; readonly kubeletVersion: string },
  instance: Instance,
): Promise<void> {
  const type = instanceType(instance.instanceType)
  if (!type) return
  const nodegroup = instance.tags[NODEGROUP_TAG] ?? ''
  const shape = nodegroupShape(instance.tags[CLUSTER_TAG] ?? '', nodegroup)
  const [volumeId = ''] = instance.volumeIds
  await cluster.agents.add(
    ec2Machine({
      instanceId: instance.id,
      privateIp: instance.privateIp,
      zone: instance.zone,
      region,
      shape: {
        type: type.name,
        vcpu: type.vcpu,
        memoryMiB: type.memoryMiB,
        maxEnis: type.enis,
        ipv4PerEni: type.ipv4PerEni,
        architecture: type.arch,
      },
      diskGiB: ec2.tables.volumes.get(volumeId)?.sizeGiB ?? DEFAULT_DISK_GIB,
      nodegroup,
      amiId: instance.imageId,
      kubeletVersion: cluster.kubeletVersion,
      osImage,
      kernelVersion,
      containerRuntimeVersion,
      labels: shape?.labels ?? {},
      taints: shape?.taints ?? [],
    }),
  )
}

const DEFAULT_DISK_GIB = 20
