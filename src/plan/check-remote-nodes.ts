// Owns what a plan says of hybrid nodes: that what AWS holds for them is made near, and that no machine joins.
import { problem, type Problem } from '../config/problem.ts'
import { remoteNetworks } from '../config/remote-networks.ts'
import type { PlanFacts } from './checks.ts'

/** Reports that no machine on premises can join a near cluster. */
export function checkRemoteNodes({ located }: PlanFacts): Problem[] {
  if (!remoteNetworks(located.config)) return []
  const text =
    'hybrid nodes are machines on premises: near, their networks, role and access entry are made, and no machine joins'
  return [problem('hybrid-nodes', text, located.locateKey(['remoteNetworkConfig']))]
}
