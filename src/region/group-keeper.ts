// Owns holding the addresses of a VPC to their security groups: the packet rules of its namespace follow groups, rules
// and interfaces of the region.
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { RuleTable } from '../network/vpc/rule-table.ts'
import type { VpcNetwork } from '../network/vpc/vpc-networks.ts'
import { keepInStep } from '../reconcile/keep-in-step.ts'
import type { GroupTable } from '../rules/vpc/security-groups.ts'
import { groupRules } from './group-rules.ts'

export interface GroupKeepersOptions {
  readonly groups: {
    table(vpcId: string): GroupTable
    onChange(listener: () => void): () => void
  }
  readonly clock: Clock
  readonly log: Log
}

/** Keepers of a region's VPCs, one a VPC however many clusters are in it. */
export interface GroupKeepers {
  /** @returns what ends this use; the rules stay, for pods that do */
  serve(network: Pick<VpcNetwork, 'namespace'>, vpc: { readonly id: string }): () => Promise<void>
}

const TABLE = 'security-groups'

/** The security groups of a region's VPCs. */
export function createGroupKeepers(options: GroupKeepersOptions): GroupKeepers {
  const served = new Map<string, { readonly end: () => Promise<void>; users: number }>()
  return {
    serve(network, { id }) {
      const known = served.get(id) ?? { end: keep(network, id, options), users: 0 }
      known.users++
      served.set(id, known)
      return async () => {
        if (--known.users > 0) return
        served.delete(id)
        await known.end()
      }
    },
  }
}

function keep(
  { namespace }: Pick<VpcNetwork, 'namespace'>,
  vpcId: string,
  { groups, clock, log }: GroupKeepersOptions,
): () => Promise<void> {
  const rules = new RuleTable(namespace, TABLE)
  const inStep = keepInStep({
    clock,
    log,
    what: 'the security groups of a VPC',
    sync: () => rules.apply(groupRules(groups.table(vpcId))),
  })
  const unsubscribe = groups.onChange(() => inStep.wake())
  return async () => {
    unsubscribe()
    await inStep.stop()
  }
}
