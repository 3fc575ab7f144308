// Owns the Fargate micro-nodes of a cluster: an ENI in one of the profile's subnets, a record, and a node agent.
import type { Pod } from '../../generated/kubernetes.d.ts'
import type { IpFamily } from '../base/address-range.ts'
import { InternalError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import type { Ec2, InterfaceRecord } from '../aws/services/ec2/index.ts'
import type { ActiveFargateProfile, FargateCapacity, FargateMachine } from '../controllers/fargate/ports.ts'
import { FARGATE_GROUPS } from '../rules/eks/pod-security-groups.ts'
import { fargateNode } from '../rules/fargate/node.ts'
import { sizeOf, type FargateSize } from '../rules/fargate/size.ts'
import type { LogRouterData } from '../rules/log-router/log-router.ts'
import type { NodeAgents } from '../node/agents.ts'
import type { Machine } from '../node/ports.ts'
import { fargateKernelVersion } from '../rules/nodes/node-release.ts'
import type { Store } from '../store/store.ts'
import { Table } from '../store/table.ts'
import type { FargateMeter } from './fargate-meter.ts'
import type { LogRouterRecord } from './log-router.ts'

/** What is remembered of a micro-node. */
export interface FargateMachineRecord {
  readonly podUid: string
  readonly nodeName: string
  /** What node and pod share. */
  readonly ip: string
  /** The interface's IPv4 address, where the other is of IPv6. */
  readonly privateIp?: string
  readonly zone: string
  readonly networkInterfaceId: string
  readonly size: FargateSize
  readonly ephemeralGiB: number
  readonly instance: { readonly short: string; readonly long: string }
  /** A machine keeps its kubelet while the cluster moves on. */
  readonly kubeletVersion: string
  /** Of a pod whose lines are collected. */
  readonly logRouter?: LogRouterRecord
}

/** The table of them, by pod UID; a node's name belongs to one. */
export function fargateMachineTable(store: Store, name: string): Table<FargateMachineRecord, 'node'> {
  return new Table(store, name, { unique: { node: ({ nodeName }) => nodeName } })
}

export interface FargateMachinesOptions {
  readonly clusterName: string
  readonly region: string
  /** `v1.35.0-eks-…`, what the kubelet of a new machine reports: the version that the cluster has at the moment. */
  readonly kubeletVersion: () => string
  /** Of the cluster's pods. */
  readonly ipFamily: () => IpFamily
  readonly records: Table<FargateMachineRecord, 'node'>
  readonly ec2: Ec2
  /** Security group of pods that have none of their own: the cluster's. */
  securityGroup(): string | undefined
  readonly ids: Ids
  readonly agents: NodeAgents
  /** Told before a machine goes. */
  readonly meter: Pick<FargateMeter, 'end'>
}

export interface FargateMachines extends FargateCapacity {
  /** Starts the agents of the machines from before a restart. */
  resume(): Promise<void>
}

const DEFAULT_EPHEMERAL = 20

/** Machines over the EC2 service of the region. */
export function createFargateMachines(options: FargateMachinesOptions): FargateMachines {
  const { records, agents } = options
  const spread = new SubnetSpread(options)
  const underWay = new Map<string, Promise<FargateMachineRecord>>()

  const provision: FargateCapacity['provision'] = async ({ pod, profile, size, logging }) => {
    const { uid } = pod.metadata
    const known = records.get(uid)
    if (known) return start(options, known)
    let making = underWay.get(uid)
    if (!making) {
      const sizing = sizeOf(pod.spec)
      const ephemeralGiB = sizing.fits ? sizing.ephemeralGiB : DEFAULT_EPHEMERAL
      const groupIds = groupsOf(options, pod)
      making = make(options, { podUid: uid, profile, logging, groupIds, size, ephemeralGiB, spread })
      underWay.set(uid, making)
      void making.finally(() => underWay.delete(uid)).catch(() => undefined)
    }
    return start(options, await making)
  }

  return {
    provision,
    async release(nodeName) {
      await agents.remove(nodeName)
      const row = records.find('node', nodeName)
      if (row) await dismantle(options, spread, row)
    },
    list: () => records.list().map(({ nodeName, podUid }) => ({ nodeName, podUid })),
    async resume() {
      await removeOrphans(options)
      await Promise.all(records.list().map((record) => start(options, record)))
    },
  }
}

interface Wanted {
  readonly podUid: string
  readonly profile: ActiveFargateProfile
  readonly logging: LogRouterData | undefined
  readonly groupIds: readonly string[]
  readonly size: FargateSize
  readonly ephemeralGiB: number
  readonly spread: SubnetSpread
}

async function make(options: FargateMachinesOptions, wanted: Wanted): Promise<FargateMachineRecord> {
  const { ids, records, region, kubeletVersion, ipFamily } = options
  const { podUid, profile, logging, size, ephemeralGiB } = wanted
  const { id, primaryIp: privateIp, ips6, zone } = await makeInterface(options, wanted)
  const ip = ipFamily() === 'IPv6' ? ips6?.[0] : privateIp
  if (ip === undefined) throw new InternalError(`interface ${id} has no IPv6 address`)
  const instance = { short: ids.hex(10), long: ids.hex(32) }
  const { nodeName } = fargateNode({ ip, privateIp, region, zone, size, ephemeralGiB, instance })
  const machine = {
    ip,
    ...(ip === privateIp ? {} : { privateIp }),
    zone,
    size,
    ephemeralGiB,
    instance,
    kubeletVersion: kubeletVersion(),
  }
  const { podExecutionRoleArn: roleArn, arn: profileArn } = profile
  const router = logging && { logRouter: { data: logging, roleArn, profileArn } }
  const record = { podUid, nodeName, networkInterfaceId: id, ...machine, ...router }
  await records.put(podUid, record)
  return record
}

// Those of a SecurityGroupPolicy stand in the place of the cluster's own (EKS user guide, "Security groups for Pods").
function groupsOf(options: FargateMachinesOptions, { metadata }: Pod): readonly string[] {
  const own = metadata.annotations?.[FARGATE_GROUPS]
  if (own !== undefined) return own.split(',')
  const group = options.securityGroup()
  return group === undefined ? [] : [group]
}

const OWNER_TAG = 'neargate/fargate-pod'
const CLUSTER_TAG = 'neargate/cluster'
const FARGATE_REQUESTER = 'amazon-eks-fargate'

async function makeInterface(
  options: FargateMachinesOptions,
  { podUid, profile: { subnets }, groupIds, spread }: Wanted,
): Promise<InterfaceRecord> {
  const { ec2, clusterName, ipFamily } = options
  const subnetId = spread.take(subnets)
  try {
    return await ec2.interfaces.create({
      subnetId,
      description: `Fargate pod ${podUid} of cluster ${clusterName}`,
      groupIds,
      tags: { [OWNER_TAG]: podUid, [CLUSTER_TAG]: clusterName },
      requesterId: FARGATE_REQUESTER,
      ...(ipFamily() === 'IPv6' ? { ipv6: { count: 1 } } : {}),
    })
  } catch (error) {
    spread.give(subnetId)
    throw error
  }
}

/** Fargate spreads the pods of a profile over its subnets; those whose interface is being made count as well. */
class SubnetSpread {
  readonly #options: FargateMachinesOptions
  #used: Map<string, number> | undefined

  constructor(options: FargateMachinesOptions) {
    this.#options = options
  }

  /** The subnet that fewest machines of the cluster are in, with one more from now on. */
  take(subnets: readonly string[]): string {
    const used = this.#counts()
    const count = (subnet: string): number => used.get(subnet) ?? 0
    const subnetId = subnets.toSorted((a, b) => count(a) - count(b))[0] ?? ''
    used.set(subnetId, count(subnetId) + 1)
    return subnetId
  }

  /** A machine in the subnet has gone, or has not come about. */
  give(subnetId: string): void {
    const used = this.#counts()
    used.set(subnetId, (used.get(subnetId) ?? 0) - 1)
  }

  // Counted once, and kept up from then on: a look at all interfaces for each machine grows with the square.
  #counts(): Map<string, number> {
    if (this.#used) return this.#used
    const { ec2, records } = this.#options
    const used = new Map<string, number>()
    for (const { networkInterfaceId } of records.list()) {
      const subnetId = ec2.interfaces.get(networkInterfaceId)?.subnetId
      if (subnetId !== undefined) used.set(subnetId, (used.get(subnetId) ?? 0) + 1)
    }
    this.#used = used
    return used
  }
}

// A kill between the interface and its record leaves an interface that nobody would ever remove.
async function removeOrphans({ ec2, records, clusterName }: FargateMachinesOptions): Promise<void> {
  const known = new Set(records.list().map((record) => record.networkInterfaceId))
  const orphans = ec2.interfaces
    .list()
    .filter(
      ({ id, tags }) => tags[OWNER_TAG] !== undefined && tags[CLUSTER_TAG] === clusterName && !known.has(id),
    )
  await Promise.all(orphans.map(({ id }) => ec2.interfaces.remove(id)))
}

async function start(options: FargateMachinesOptions, record: FargateMachineRecord): Promise<FargateMachine> {
  await options.agents.add(machineOf(options, record))
  return { nodeName: record.nodeName, ip: record.ip }
}

function machineOf({ region }: FargateMachinesOptions, record: FargateMachineRecord): Machine {
  const { ip, privateIp = ip, zone, size, ephemeralGiB, instance, kubeletVersion } = record
  return {
    ...fargateNode({ ip, privateIp, region, zone, size, ephemeralGiB, instance }),
    kubeletVersion,
    kernelVersion: fargateKernelVersion,
  }
}

async function dismantle(
  { ec2, records, meter }: FargateMachinesOptions,
  spread: SubnetSpread,
  record: FargateMachineRecord,
): Promise<void> {
  await meter.end(record.podUid)
  const subnetId = ec2.interfaces.get(record.networkInterfaceId)?.subnetId
  await Promise.all([ec2.interfaces.remove(record.networkInterfaceId), records.delete(record.podUid)])
  if (subnetId !== undefined) spread.give(subnetId)
}
