// Owns the warning about clusters that do not let in whoever makes them.
// Source: EKS user guide, "Associate access policies with access entries" and CreateAccessConfigRequest
// (bootstrapClusterCreatorAdminPermissions): without it the creator needs an access entry.
import { problem, type Problem } from '../config/problem.ts'
import type { PlanFacts } from './checks.ts'

const FIELD = 'bootstrapClusterCreatorAdminPermissions'

/** Reports that `up`, which waits for nodes and applies manifests, may be refused by the cluster's API. */
export function checkCreator({ located }: PlanFacts): Problem[] {
  const { accessConfig } = located.config
  if (accessConfig?.[FIELD] !== false) return []
  const text =
    'the creator of the cluster gets no rights in it: up waits for nodes and applies manifests only where an access entry lets its caller in'
  return [problem('creator-locked-out', text, located.locateKey(['accessConfig', FIELD]))]
}
