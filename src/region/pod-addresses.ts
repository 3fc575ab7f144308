// Owns the addresses of pods on EC2 nodes: secondary addresses of the instance's interface, as the VPC CNI takes them.
import type { Ec2 } from '../aws/services/ec2/index.ts'
import { InternalError } from '../base/errors.ts'
import type { PodAddresses } from '../node/ports.ts'
import type { Table } from '../store/table.ts'
import { instanceBehind } from './node-instance.ts'

/** Where a pod's address comes from. */
export interface PodAddressRecord {
  readonly ip: string
  readonly instanceId: string
}

export interface PodAddressesOptions {
  /** By pod UID. */
  readonly records: Table<PodAddressRecord>
  readonly ec2: Ec2
  /** VPC of the cluster whose pods these are. */
  readonly vpcId: string
}

/** Addresses over the EC2 service of the region. */
export function createPodAddresses({ records, ec2, vpcId }: PodAddressesOptions): PodAddresses {
  const instanceOf = (nodeName: string): string => {
    const found = instanceBehind(ec2, { vpcId, nodeName })
    if (!found) throw new InternalError(`no EC2 instance is behind the node ${nodeName}`)
    return found.id
  }
  const take = async (nodeName: string, podUid: string): Promise<string> => {
    const instanceId = instanceOf(nodeName)
    const ip = await ec2.addresses.assignSecondary(instanceId)
    await records.put(podUid, { ip, instanceId })
    return ip
  }
  // Two calls at once for one pod must not take two addresses.
  const underWay = new Map<string, Promise<string>>()
  return {
    async assign({ nodeName, podUid }) {
      const known = records.get(podUid)
      if (known) return known.ip
      const taking = underWay.get(podUid) ?? take(nodeName, podUid).finally(() => underWay.delete(podUid))
      underWay.set(podUid, taking)
      return taking
    },
    async release(podUid) {
      const record = records.get(podUid)
      if (!record) return
      await ec2.addresses.release(record.instanceId, record.ip)
      await records.delete(podUid)
    },
  }
}
