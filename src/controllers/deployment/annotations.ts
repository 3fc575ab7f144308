// Owns the annotations by which deployments and their replica sets keep revisions and sizes. Pure.
// Source: kubernetes pkg/controller/deployment/util/deployment_util.go.
import type { Deployment, ReplicaSet } from '../../../generated/kubernetes.d.ts'
import { fenceposts, sizeOf } from './rolling.ts'

export const REVISION = 'deployment.kubernetes.io/revision'
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas'
const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history'
const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas'

// Annotations of the deployment that mean something else on a replica set.
const NOT_COPIED: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  'deprecated.deployment.rollback.to',
])

type Annotations = Readonly<Record<string, string>>

/** The revision of a replica set or deployment, an integer of 64 bits; 0 when it has none. */
export function revisionOf(object: { readonly metadata: { readonly annotations?: Annotations } }): bigint {
  return parseRevision(object.metadata.annotations?.[REVISION])
}

function parseRevision(text = ''): bigint {
  return /^[+-]?\d+$/.test(text) ? BigInt(text.replace('+', '')) : 0n
}

/** The revision after the highest of these replica sets. */
export function nextRevision(sets: readonly ReplicaSet[]): bigint {
  return sets.map(revisionOf).reduce((highest, each) => (each > highest ? each : highest), 0n) + 1n
}

/** The annotations of the new replica set: those of the deployment, and the revision when it rises. */
export function newSetAnnotations(
  deployment: Deployment,
  existing: Annotations,
  revision: bigint,
): Annotations {
  const copied = Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !NOT_COPIED.has(key))
  const annotations = { ...existing, ...Object.fromEntries(copied) }
  const before = existing[REVISION]
  if (revision <= parseRevision(before)) return annotations
  const history = existing[REVISION_HISTORY]
  return {
    ...annotations,
    [REVISION]: String(revision),
    // Revisions that the same template had before, for those who look for an old number.
    ...(before ? { [REVISION_HISTORY]: history ? `${history},${before}` : before } : {}),
  }
}

/** The annotations that remember for which size of the deployment a replica set was sized. */
export function sizeAnnotations(deployment: Deployment): Annotations {
  const desired = sizeOf(deployment)
  return {
    [DESIRED_REPLICAS]: String(desired),
    [MAX_REPLICAS]: String(desired + fenceposts(deployment).surge),
  }
}

/** True when the deployment has been scaled since the replica set was last sized. */
export function isSizedForAnother(deployment: Deployment, set: ReplicaSet): boolean {
  const desired = set.metadata.annotations?.[DESIRED_REPLICAS]
  return desired !== undefined && Number(desired) !== sizeOf(deployment)
}
