// Owns the interfaces by which pods on EC2 nodes have security groups of their own: a trunk an instance, and associated with
// it a branch a pod.
// Source: aws/amazon-vpc-resource-controller-k8s pkg/provider/branch/trunk (descriptions, tags, the annotation's fields).
import type { Ec2, InstanceRecord, InterfaceRecord } from '../aws/services/ec2/index.ts'
import { InternalError } from '../base/errors.ts'
import type { IpFamily } from '../base/address-range.ts'
import type { Clock } from '../base/clock.ts'
import { KeyedLock } from '../base/keyed-lock.ts'
import type { Ids } from '../base/ids.ts'
import type { Trunks } from '../controllers/podsecuritygroups/ports.ts'
import { instanceBehind } from './node-instance.ts'

export interface BranchInterfacesOptions {
  readonly ec2: Ec2
  readonly clock: Clock
  readonly ids: Ids
  /** VPC of the cluster whose nodes these are. */
  readonly vpcId: string
  /** Of the cluster's pods. */
  readonly family: IpFamily
}

/** What the annotation of a pod says of its interface. */
export interface PodInterface {
  readonly eniId: string
  readonly ifAddress: string
  readonly privateIp: string
  readonly ipv6Addr: string
  readonly vlanId: number
  readonly subnetCidr: string
  readonly subnetV6Cidr: string
  readonly associationID: string
}

export interface BranchInterfaces extends Trunks {
  /**
   * The branch interface of a pod on a node, made where it has none; with the groups of the instance when none is named.
   * @throws InternalError while the node has no trunk; AwsError where the subnet is full, or a group is not there
   */
  of(
    pod: { readonly podUid: string; readonly nodeName: string },
    groupIds: readonly string[],
  ): Promise<PodInterface>
  /** @returns false when the pod has none */
  remove(podUid: string): Promise<boolean>
}

const TRUNK = 'trunk'
const BRANCH = 'branch'
const OWNER = { 'eks:eni:owner': 'eks-vpc-resource-controller' }

/** Interfaces over the EC2 service of the region. */
export function createBranchInterfaces(options: BranchInterfacesOptions): BranchInterfaces {
  const { ec2, clock, ids } = options
  const turns = new KeyedLock()
  // Looked up once: most pods have none, and each of them asks when it ends.
  const known = new Map(
    ec2.interfaces.list().flatMap(({ id, branch }) => (branch ? [[branch.podUid, id] as const] : [])),
  )
  const find = (podUid: string): InterfaceRecord | undefined => ec2.interfaces.get(known.get(podUid) ?? '')
  const instanceOf = (nodeName: string): InstanceRecord => {
    const found = instanceBehind(ec2, { ...options, nodeName })
    if (!found) throw new InternalError(`no EC2 instance is behind the node ${nodeName}`)
    return found
  }
  const ensure = async (instance: InstanceRecord): Promise<void> => {
    const attached = attachedTo(ec2, instance)
    if (attached.some(({ type }) => type === TRUNK)) return
    await ec2.interfaces.create({
      subnetId: instance.subnetId,
      description: 'trunk-eni',
      groupIds: groupsOf(ec2, instance),
      type: TRUNK,
      tags: tagsOf(instance),
      attachment: {
        id: `eni-attach-${ids.hex(17)}`,
        instanceId: instance.id,
        deviceIndex: Math.max(0, ...attached.map(({ attachment }) => attachment?.deviceIndex ?? 0)) + 1,
        attachedAtMs: clock.now(),
        deleteOnTermination: true,
      },
    })
  }
  const make = async (
    instance: InstanceRecord,
    podUid: string,
    groupIds: readonly string[],
  ): Promise<InterfaceRecord> => {
    const trunk = attachedTo(ec2, instance).find(({ type }) => type === TRUNK)
    if (!trunk) throw new InternalError(`trunk not found for node ${instance.privateDnsName}`)
    const used = new Set(
      ec2.interfaces.list().flatMap(({ branch }) => (branch?.trunkId === trunk.id ? [branch.vlanId] : [])),
    )
    const vlanId =
      Array.from({ length: used.size + 1 }, (_, index) => index + 1).find((id) => !used.has(id)) ?? 1
    const made = await ec2.interfaces.create({
      subnetId: instance.subnetId,
      description: 'branch-eni',
      groupIds: groupIds.length > 0 ? groupIds : groupsOf(ec2, instance),
      type: BRANCH,
      ...(options.family === 'IPv6' ? { ipv6: { count: 1 } } : {}),
      tags: {
        'vpcresources.k8s.aws/vlan-id': String(vlanId),
        'vpcresources.k8s.aws/trunk-eni-id': trunk.id,
        ...tagsOf(instance),
      },
      branch: {
        associationId: `trunk-assoc-${ids.hex(17)}`,
        trunkId: trunk.id,
        instanceId: instance.id,
        vlanId,
        podUid,
      },
    })
    known.set(podUid, made.id)
    return made
  }
  return {
    ensure: (nodeName) => turns.run(nodeName, () => ensure(instanceOf(nodeName))),
    of: ({ podUid, nodeName }, groupIds) =>
      turns.run(nodeName, async () =>
        described(ec2, find(podUid) ?? (await make(instanceOf(nodeName), podUid, groupIds))),
      ),
    async remove(podUid) {
      const id = known.get(podUid)
      if (id === undefined) return false
      await ec2.interfaces.remove(id)
      known.delete(podUid)
      return true
    },
  }
}

function attachedTo({ interfaces }: Ec2, { id }: InstanceRecord): InterfaceRecord[] {
  return interfaces.list().filter(({ attachment }) => attachment?.instanceId === id)
}

function groupsOf({ interfaces }: Ec2, { interfaceId }: InstanceRecord): readonly string[] {
  return interfaces.get(interfaceId)?.groupIds ?? []
}

function tagsOf({ id }: InstanceRecord): Record<string, string> {
  return { ...OWNER, 'node.k8s.amazonaws.com/instance_id': id }
}

function described(ec2: Ec2, record: InterfaceRecord): PodInterface {
  const { id, macAddress, primaryIp, ips6, subnetId, branch } = record
  return {
    eniId: id,
    ifAddress: macAddress,
    privateIp: primaryIp,
    ipv6Addr: ips6?.[0] ?? '',
    vlanId: branch?.vlanId ?? 0,
    subnetCidr: ec2.cidrOfSubnet(subnetId) ?? '',
    subnetV6Cidr: ec2.cidrOfSubnet(subnetId, 'IPv6') ?? '',
    associationID: branch?.associationId ?? '',
  }
}
