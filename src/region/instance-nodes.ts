// Owns the step from EC2 instance to Kubernetes node: one that runs joins the cluster of its managed node group, or the
// one that its user data names, when that lets its role in.
import type { Ec2, InstanceRecord } from '../aws/services/ec2/index.ts'
import { zoneId } from '../aws/services/ec2/zones.ts'
import type { NodegroupShape } from '../aws/services/eks/index.ts'
import { InternalError } from '../base/errors.ts'
import type { ApiServer } from '../kubernetes/server/api-server.ts'
import { gitVersionOf } from '../kubernetes/server/version.ts'
import { devicesOf } from '../rules/auto-mode/auto-node.ts'
import { CLUSTER_TAG as AUTO_MODE_TAG } from '../rules/auto-mode/tags.ts'
import { instanceType } from '../rules/nodes/instance-types.ts'
import { machineImage } from '../rules/nodes/machine-images.ts'
import { nodeRelease } from '../rules/nodes/node-release.ts'
import { readUserData, type NodeBootstrap } from '../rules/nodes/user-data.ts'
import type { Controller, Source } from '../reconcile/controller.ts'
import type { NodeAgents } from '../node/agents.ts'
import { ec2Machine, type Ec2Instance } from '../node/machine-ec2.ts'
import { nodeNameOf } from './node-instance.ts'

const CLUSTER_TAG = 'eks:cluster-name'
const NODEGROUP_TAG = 'eks:nodegroup-name'
// Until the control plane of the instance's cluster runs.
const RETRY_MS = 250
// Between the attempts of a kubelet that is not let in, or whose cluster is not there.
const JOIN_RETRY_MS = 2000
// Between the attempts of a network plugin that was refused: it ends and is started again.
const NETWORK_RETRY_MS = 5000

/** What a node needs of its cluster. */
interface ClusterOfNodes {
  readonly agents: NodeAgents
  readonly api: Pick<ApiServer, 'gitVersion' | 'ipFamily'>
}

export interface InstanceNodesOptions {
  readonly ec2: Ec2
  readonly region: string
  /** The agents of a cluster and its version; undefined when it does not run. */
  cluster(name: string): ClusterOfNodes | undefined
  /** Size of the root volume. */
  diskGiB(instance: InstanceRecord): Promise<number>
  nodegroupShape(cluster: string, nodegroup: string): NodegroupShape | undefined
  /** True when the cluster lets the instance's role join as a node. */
  admits(cluster: string, instance: InstanceRecord): Promise<boolean>
  /** True when the network plugin of the node has the rights that it needs to start. */
  mayStartNetwork(cluster: string, instance: InstanceRecord): Promise<boolean>
}

/** A reconciler over instances: running ones are nodes of their cluster, others are not. */
export function instanceNodesController(options: InstanceNodesOptions): Controller {
  const { ec2 } = options
  // A plugin that has started once leaves its configuration on the node, and that stays ready.
  const networked = new Set<string>()
  return {
    name: 'instance-nodes',
    sources: [instanceSource(ec2)],
    async reconcile(instanceId) {
      const instance = ec2.instances.get(instanceId)
      if (!instance) return undefined
      const clusterName = clusterOf(instance)
      if (clusterName === undefined) return undefined
      const isManaged = instance.tags[CLUSTER_TAG] !== undefined
      const cluster = options.cluster(clusterName)
      if (!cluster) return { requeueAfterMs: isManaged ? RETRY_MS : JOIN_RETRY_MS }
      if (instance.state === 'running') {
        // EKS lets the role of a managed group in itself, before there are instances.
        const isAdmitted = isManaged || (await options.admits(clusterName, instance))
        const ip = addressOf(ec2, cluster, instance)
        if (!isAdmitted || ip === undefined) return { requeueAfterMs: JOIN_RETRY_MS }
        if (!networked.has(instanceId) && (await options.mayStartNetwork(clusterName, instance))) {
          networked.add(instanceId)
        }
        await join(options, cluster, { instance, ip, isNetworkReady: () => networked.has(instanceId) })
        if (!networked.has(instanceId)) return { requeueAfterMs: NETWORK_RETRY_MS }
      } else if (instance.state !== 'pending' && !hasSuccessor(ec2, instance)) {
        const nodeName = nodeNameOf(instance)
        // One that is stopped keeps its address, and comes back as the same node.
        const mayReturn = instance.state === 'stopping' || instance.state === 'stopped'
        await (mayReturn ? cluster.agents.suspend(nodeName) : cluster.agents.remove(nodeName))
      }
      return undefined
    },
  }
}

/** The cluster that an instance is, or tries to be, a node of; undefined for an instance of another purpose. */
function clusterOf({ tags, userData }: InstanceRecord): string | undefined {
  return tags[CLUSTER_TAG] ?? (userData === undefined ? undefined : readUserData(userData).cluster)
}

// The node's name is made of the address, which may belong to another instance of the cluster by now. An instance of
// another cluster with that address (of another VPC, or later in the same one) is a node there, not here.
function hasSuccessor({ instances }: Ec2, instance: InstanceRecord): boolean {
  const name = nodeNameOf(instance)
  const cluster = clusterOf(instance)
  return instances
    .list()
    .some(
      (other) =>
        other.id !== instance.id &&
        other.state === 'running' &&
        nodeNameOf(other) === name &&
        clusterOf(other) === cluster,
    )
}

// A node of an IPv6 cluster is known by its IPv6 address; one without has no network to join by.
function addressOf(
  { interfaces }: Ec2,
  { api }: ClusterOfNodes,
  { privateIp, interfaceId }: InstanceRecord,
): string | undefined {
  return api.ipFamily === 'IPv6' ? interfaces.get(interfaceId)?.ips6?.[0] : privateIp
}

async function join(
  options: InstanceNodesOptions,
  cluster: ClusterOfNodes,
  {
    instance,
    ip,
    isNetworkReady,
  }: {
    readonly instance: InstanceRecord
    readonly ip: string
    readonly isNetworkReady: () => boolean
  },
): Promise<void> {
  const { region } = options
  const type = instanceType(instance.instanceType)
  // RunInstances refuses types it does not know: an instance without one would be a node that never comes.
  if (!type) throw new InternalError(`instance ${instance.id} has the unknown type ${instance.instanceType}`)
  const told = readUserData(instance.userData ?? '')
  await cluster.agents.add(
    ec2Machine({
      instanceId: instance.id,
      ip,
      privateIp: instance.privateIp,
      nodeName: nodeNameOf(instance),
      hostname: instance.privateDnsName,
      zone: instance.zone,
      zoneId: zoneId(region, instance.zone),
      region,
      type,
      diskGiB: await options.diskGiB(instance),
      kubeletVersion: gitVersionOf(versionOf(options, cluster, instance)),
      maxPods: told.maxPods,
      ...(hasDevicePlugin(options, instance) ? { devices: devicesOf(type) } : {}),
      boots: instance.boots,
      isNetworkReady,
      ...identityOf(options, { cluster, instance, told }),
    }),
  )
}

// The images of Auto Mode and of Bottlerocket bring NVIDIA's plugin along; those of Amazon Linux leave it to be installed.
function hasDevicePlugin(options: InstanceNodesOptions, { tags, imageId }: InstanceRecord): boolean {
  if (tags[AUTO_MODE_TAG] !== undefined) return true
  const shape = options.nodegroupShape(tags[CLUSTER_TAG] ?? '', tags[NODEGROUP_TAG] ?? '')
  return /^BOTTLEROCKET_.*NVIDIA/.test(shape?.amiType ?? machineImage(imageId)?.kind ?? '')
}

type NodeIdentity = Pick<Ec2Instance, 'release' | 'labels' | 'taints'>

// EKS tells the nodes of a managed group what they are; others read it in their user data.
function identityOf(
  options: InstanceNodesOptions,
  of: {
    readonly cluster: ClusterOfNodes
    readonly instance: InstanceRecord
    readonly told: NodeBootstrap
  },
): NodeIdentity {
  const { cluster, instance, told } = of
  const { tags } = instance
  const shape = options.nodegroupShape(tags[CLUSTER_TAG] ?? '', tags[NODEGROUP_TAG] ?? '')
  const minor = versionOf(options, cluster, instance)
  if (tags[CLUSTER_TAG] !== undefined) {
    const { amiType = '' } = shape ?? {}
    const release = nodeRelease(amiType === 'CUSTOM' ? kindOf(instance, told) : amiType, minor)
    return { release, labels: shape?.labels ?? {}, taints: shape?.taints ?? [] }
  }
  const release = nodeRelease(kindOf(instance, told), minor)
  return { release, labels: told.labels, taints: told.taints }
}

// What an image is stands in AWS's catalog; of somebody's own only what its user data is written for is known.
function kindOf({ imageId }: InstanceRecord, told: NodeBootstrap): string {
  if (told.isBottlerocket) return 'BOTTLEROCKET'
  return machineImage(imageId)?.kind ?? (told.isWindows ? 'WINDOWS_CORE_2022' : '')
}

// The kubelet comes with the image, and stays what it is while cluster and node group move on. Of an image of somebody's
// own only the version of its group is known, or that of the cluster.
function versionOf(
  options: InstanceNodesOptions,
  { api }: ClusterOfNodes,
  { imageId, tags }: InstanceRecord,
): string {
  const shape = options.nodegroupShape(tags[CLUSTER_TAG] ?? '', tags[NODEGROUP_TAG] ?? '')
  const [, ofCluster = ''] = /^v?(\d+\.\d+)/.exec(api.gitVersion) ?? []
  return machineImage(imageId)?.kubernetesVersion ?? shape?.kubernetesVersion ?? ofCluster
}

/** Every instance, now and whenever it changes. */
export function instanceSource({ instances }: Pick<Ec2, 'instances'>): Source {
  return {
    subscribe(enqueue) {
      const end = instances.watch(({ key }) => enqueue(key))
      for (const { id } of instances.list()) enqueue(id)
      return end
    },
  }
}
