// Owns the addresses of pods on EC2 nodes: secondary addresses of the instance's interface, as the VPC CNI takes them.
import type { AwsCaller } from '../aws/protocol/service.ts'
import { AwsError, InternalError } from '../base/errors.ts'
import type { PodAddresses } from '../node/ports.ts'
import type { Table } from '../store/table.ts'

/** Where a pod's address comes from. */
export interface PodAddressRecord {
  readonly ip: string
  readonly networkInterfaceId: string
}

/** An interface of a node, with the number of addresses it may carry. */
export interface NodeInterfaces {
  /** Interface ids of the node, the first one being the primary; undefined for a node that is no EC2 instance. */
  of(nodeName: string): { readonly networkInterfaceId: string } | undefined
}

export interface PodAddressesOptions {
  /** By pod UID. */
  readonly records: Table<PodAddressRecord>
  readonly caller: AwsCaller
  readonly interfaces: NodeInterfaces
}

/** Addresses over the EC2 service of the region. */
export function createPodAddresses({ records, caller, interfaces }: PodAddressesOptions): PodAddresses {
  const assign = async (nodeName: string, podUid: string): Promise<string> => {
    const found = interfaces.of(nodeName)
    if (!found) throw new InternalError(`node ${nodeName} has no network interface`)
    const { networkInterfaceId } = found
    type Answer = { readonly AssignedPrivateIpAddresses?: readonly { readonly PrivateIpAddress?: string }[] }
    const answer = await caller.call<Answer>('ec2', 'AssignPrivateIpAddresses', {
      NetworkInterfaceId: networkInterfaceId,
      SecondaryPrivateIpAddressCount: 1,
    })
    const ip = answer.AssignedPrivateIpAddresses?.[0]?.PrivateIpAddress
    if (ip === undefined) throw new AwsError('InsufficientFreeAddressesInSubnet', `no address for a pod on ${nodeName}`)
    await records.put(podUid, { ip, networkInterfaceId })
    return ip
  }
  return {
    assign: async ({ nodeName, podUid }) => records.get(podUid)?.ip ?? (await assign(nodeName, podUid)),
    async release(podUid) {
      const record = records.get(podUid)
      if (!record) return
      const { ip, networkInterfaceId } = record
      try {
        await caller.call('ec2', 'UnassignPrivateIpAddresses', {
          NetworkInterfaceId: networkInterfaceId,
          PrivateIpAddresses: [ip],
        })
      } catch (error) {
        // The instance went before its pods: its interface took the addresses along.
        if (!(error instanceof AwsError)) throw error
      }
      await records.delete(podUid)
    },
  }
}
