// Owns what security groups let through between the interfaces of a VPC, as they are now.
import { groupTable, type GroupTable } from '../../../rules/vpc/security-groups.ts'
import type { Ec2State } from './state.ts'

export interface GroupMembers {
  /** What the groups of a VPC come to for its interfaces. */
  table(vpcId: string): GroupTable
  /** Calls back after something changed that it depends on. @returns a function that ends it */
  onChange(listener: () => void): () => void
}

/** Looks at the tables of EC2. */
export function createGroupMembers({ interfaces, rules }: Ec2State): GroupMembers {
  return {
    table(vpcId) {
      const members = interfaces
        .list()
        .filter((each) => each.vpcId === vpcId)
        .map(({ id, primaryIp, secondaryIps, groupIds, attachment }) => ({
          ips: [primaryIp, ...secondaryIps],
          groupIds,
          machine: attachment?.instanceId ?? id,
        }))
      return groupTable(members, rules.list())
    },
    onChange(listener) {
      const ends = [interfaces.watch(listener), rules.watch(listener)]
      return () => ends.forEach((end) => end())
    },
  }
}
