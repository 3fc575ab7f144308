// Owns what security groups let through between the interfaces of a VPC, as they are now.
import { groupTable, type GroupTable } from '../../../rules/vpc/security-groups.ts'
import { blocksOf } from './prefix-lists.ts'
import type { Ec2State } from './state.ts'

export interface GroupMembers {
  /** What the groups of a VPC come to for its interfaces. */
  table(vpcId: string): GroupTable
  /** Calls back after something changed that it depends on. @returns a function that ends it */
  onChange(listener: () => void): () => void
}

/** Looks at the tables of EC2. */
export function createGroupMembers({ interfaces, rules, prefixLists }: Ec2State): GroupMembers {
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
      // A rule that names a list is one for each of its blocks.
      const spread = rules.list().flatMap((rule) => {
        if (rule.prefixListId === undefined) return [rule]
        return blocksOf(rule, prefixLists).map((cidr) => ({ ...rule, cidr }))
      })
      return groupTable(members, spread)
    },
    onChange(listener) {
      const ends = [interfaces.watch(listener), rules.watch(listener), prefixLists.watch(listener)]
      return () => ends.forEach((end) => end())
    },
  }
}
