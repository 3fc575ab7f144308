// Owns the addresses of pods on EC2 nodes, as the VPC CNI takes them: secondary addresses of the instance's interface, and in
// clusters of IPv6 those of a prefix that the interface has. Source: EKS best practices, "Running IPv6 EKS Clusters".
import type { Ec2 } from '../aws/services/ec2/index.ts'
import { addressRange, type IpFamily } from '../base/address-range.ts'
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
  /** Of the cluster's pods. */
  readonly family: IpFamily
}

/** Addresses over the EC2 service of the region. */
export function createPodAddresses(options: PodAddressesOptions): PodAddresses {
  const { records, ec2, vpcId } = options
  const source = options.family === 'IPv6' ? prefixAddresses(options) : secondaryAddresses(options)
  const instanceOf = (nodeName: string): string => {
    const found = instanceBehind(ec2, { vpcId, nodeName })
    if (!found) throw new InternalError(`no EC2 instance is behind the node ${nodeName}`)
    return found.id
  }
  const take = async (nodeName: string, podUid: string): Promise<string> => {
    const instanceId = instanceOf(nodeName)
    const ip = await source.take(instanceId)
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
      await source.give(record)
      await records.delete(podUid)
    },
  }
}

/** Where addresses come from. */
interface AddressSource {
  /** @throws AwsError when the subnet has none left, or none of the family */
  take(instanceId: string): Promise<string>
  give(record: PodAddressRecord): Promise<void>
}

function secondaryAddresses({ ec2 }: PodAddressesOptions): AddressSource {
  return {
    take: (instanceId) => ec2.addresses.assignSecondary(instanceId),
    give: ({ instanceId, ip }) => ec2.addresses.release(instanceId, ip),
  }
}

// EC2 gives the prefix; which of its addresses is whose only the node knows.
function prefixAddresses({ ec2, records }: PodAddressesOptions): AddressSource {
  const taken = new Set(records.list().map(({ ip }) => ip))
  return {
    async take(instanceId) {
      const prefix = addressRange(await ec2.addresses.prefix6(instanceId))
      let index = 0
      while (taken.has(prefix.at(index))) index += 1
      const ip = prefix.at(index)
      taken.add(ip)
      return ip
    },
    give({ ip }) {
      taken.delete(ip)
      return Promise.resolve()
    },
  }
}
