// Owns the Fargate micro-nodes of a cluster: an ENI in one of the profile's subnets, a record, and a node agent.
import type { Ids } from '../base/ids.ts'
import type { Ec2, InterfaceRecord } from '../aws/services/ec2/index.ts'
import type { FargateCapacity, FargateMachine } from '../controllers/fargate/ports.ts'
import { fargateNode } from '../rules/fargate/node.ts'
import { sizeOf, type FargateSize } from '../rules/fargate/size.ts'
import type { NodeAgents } from '../node/agents.ts'
import type { Machine } from '../node/ports.ts'
import { fargateKernelVersion } from '../rules/nodes/node-release.ts'
import type { Table } from '../store/table.ts'

/** What is remembered of a micro-node. */
export interface FargateMachineRecord {
  readonly podUid: string
  readonly nodeName: string
  readonly ip: string
  readonly zone: string
  readonly networkInterfaceId: string
  readonly size: FargateSize
  readonly ephemeralGiB: number
  readonly instance: { readonly short: string; readonly long: string }
  /** A machine keeps its kubelet while the cluster moves on. */
  readonly kubeletVersion: string
}

export interface FargateMachinesOptions {
  readonly clusterName: string
  readonly region: string
  /** `v1.35.0-eks-…`, what the kubelet of a new machine reports: the version that the cluster has at the moment. */
  readonly kubeletVersion: () => string
  /** Records by pod UID. */
  readonly records: Table<FargateMachineRecord>
  readonly ec2: Ec2
  /** Security group of every pod: the cluster's own. */
  securityGroup(): string | undefined
  readonly ids: Ids
  readonly agents: NodeAgents
}

export interface FargateMachines extends FargateCapacity {
  /** Starts the agents of the machines from before a restart. */
  resume(): Promise<void>
}

const DEFAULT_EPHEMERAL = 20

/** Machines over the EC2 service of the region. */
export function createFargateMachines(options: FargateMachinesOptions): FargateMachines {
  const { records, agents } = options
  const reserved = new Map<string, number>()
  const underWay = new Map<string, Promise<FargateMachineRecord>>()

  const provision: FargateCapacity['provision'] = async ({ pod, profile, size }) => {
    const { uid } = pod.metadata
    const known = records.get(uid)
    if (known) return start(options, known)
    let making = underWay.get(uid)
    if (!making) {
      const sizing = sizeOf(pod.spec)
      const ephemeralGiB = sizing.fits ? sizing.ephemeralGiB : DEFAULT_EPHEMERAL
      making = make(options, { podUid: uid, subnets: profile.subnets, size, ephemeralGiB, reserved })
      underWay.set(uid, making)
      void making.finally(() => underWay.delete(uid)).catch(() => undefined)
    }
    return start(options, await making)
  }

  return {
    provision,
    async release(nodeName) {
      await agents.remove(nodeName)
      const row = records.list().find((record) => record.nodeName === nodeName)
      if (row) await dismantle(options, row)
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
  readonly subnets: readonly string[]
  readonly size: FargateSize
  readonly ephemeralGiB: number
  /** Interfaces that are being made, by subnet. */
  readonly reserved: Map<string, number>
}

async function make(options: FargateMachinesOptions, wanted: Wanted): Promise<FargateMachineRecord> {
  const { ids, records, region, kubeletVersion } = options
  const { podUid, size, ephemeralGiB } = wanted
  const { id, primaryIp: ip, zone } = await makeInterface(options, wanted)
  const instance = { short: ids.hex(10), long: ids.hex(32) }
  const { nodeName } = fargateNode({ ip, region, zone, size, ephemeralGiB, instance })
  const machine = { ip, zone, size, ephemeralGiB, instance, kubeletVersion: kubeletVersion() }
  const record = { podUid, nodeName, networkInterfaceId: id, ...machine }
  await records.put(podUid, record)
  return record
}

const OWNER_TAG = 'neargate/fargate-pod'
const CLUSTER_TAG = 'neargate/cluster'
const FARGATE_REQUESTER = 'amazon-eks-fargate'

async function makeInterface(
  options: FargateMachinesOptions,
  { podUid, subnets, reserved }: Wanted,
): Promise<InterfaceRecord> {
  const { ec2, clusterName } = options
  const group = options.securityGroup()
  const subnetId = leastUsed(ec2, subnets, reserved)
  const count = (change: number): unknown => reserved.set(subnetId, (reserved.get(subnetId) ?? 0) + change)
  count(1)
  try {
    return await ec2.interfaces.create({
      subnetId,
      description: `Fargate pod ${podUid} of cluster ${clusterName}`,
      groupIds: group === undefined ? [] : [group],
      tags: { [OWNER_TAG]: podUid, [CLUSTER_TAG]: clusterName },
      requesterId: FARGATE_REQUESTER,
    })
  } finally {
    count(-1)
  }
}

// Fargate spreads the pods of a profile over its subnets; those being made count as well.
function leastUsed(
  { interfaces }: Ec2,
  subnets: readonly string[],
  reserved: ReadonlyMap<string, number>,
): string {
  const used = Map.groupBy(
    interfaces.list().filter((each) => each.tags[OWNER_TAG] !== undefined),
    (each) => each.subnetId,
  )
  const count = (subnet: string): number => (used.get(subnet)?.length ?? 0) + (reserved.get(subnet) ?? 0)
  return subnets.toSorted((a, b) => count(a) - count(b))[0] ?? ''
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
  const { ip, zone, size, ephemeralGiB, instance, kubeletVersion } = record
  return {
    ...fargateNode({ ip, region, zone, size, ephemeralGiB, instance }),
    kubeletVersion,
    kernelVersion: fargateKernelVersion,
  }
}

async function dismantle(
  { ec2, records }: FargateMachinesOptions,
  record: FargateMachineRecord,
): Promise<void> {
  await ec2.interfaces.remove(record.networkInterfaceId)
  await records.delete(record.podUid)
}
