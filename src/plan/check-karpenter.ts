// Owns what a plan says of the nodes that Karpenter makes: that they are not in it, and where it makes none.
import { isObject } from '../base/json.ts'
import type { Manifest } from '../config/manifest.ts'
import { problem, type Problem } from '../config/problem.ts'
import type { PlanFacts } from './checks.ts'

/** True where pods that no node group holds may get nodes: Karpenter can run, and has a pool. */
export function makesNodes({ located, manifests, hasOnlyStandIns }: PlanFacts): boolean {
  return located.config.karpenter !== undefined && !hasOnlyStandIns && manifests.some(isPool)
}

function isPool({ object: { kind, apiVersion, spec } }: Manifest): boolean {
  return kind === 'NodePool' && apiVersion.startsWith('karpenter.sh/') && isObject(spec)
}

/** Reports that the nodes of Karpenter, and their price, are not in the plan. */
export function checkKarpenter({ located, hasOnlyStandIns }: PlanFacts): Problem[] {
  if (!located.config.karpenter) return []
  const text = hasOnlyStandIns
    ? 'nothing on this machine runs containers: the pods of Karpenter are stand-ins, and make no nodes'
    : 'the nodes that Karpenter makes are not in this plan, nor in its price'
  return [problem('karpenter-nodes', text, located.locateKey(['karpenter']))]
}
