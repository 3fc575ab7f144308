// Owns what the Fargate scheduler decides about a pod, before anything is made: a machine's size, or why none.
import type { Pod } from '../../../generated/kubernetes.d.ts'
import { matchProfile } from '../../rules/fargate/match.ts'
import { refusalOf, UNSUPPORTED_REASON, type ClaimLookup } from '../../rules/fargate/refuse.ts'
import { sizeOf, type FargateSize } from '../../rules/fargate/size.ts'
import type { ActiveFargateProfile } from './ports.ts'

/** The reason that Kubernetes gives a pod without a node; AWS's own for these cases are not published. */
export const UNSCHEDULABLE = 'Unschedulable'

export type Verdict =
  | { readonly type: 'provision'; readonly profile: ActiveFargateProfile; readonly size: FargateSize }
  /** `reason` and `message` of the condition PodScheduled=False. */
  | { readonly type: 'refuse'; readonly reason: string; readonly message: string }
  /** No profile is there for it (any more): it waits for one, without a word, as on AWS. */
  | { readonly type: 'wait' }

/** What becomes of a pod that asks for the Fargate scheduler; `claimOf` looks claims of its namespace up. */
export function verdictOn(
  pod: Pod,
  profiles: readonly ActiveFargateProfile[],
  claimOf: ClaimLookup,
): Verdict {
  const placement = matchProfile(pod, profiles)
  if (placement.compute !== 'fargate') return { type: 'wait' }
  const refusal = refusalOf(pod.spec, claimOf)
  if (refusal !== undefined) return { type: 'refuse', reason: UNSUPPORTED_REASON, message: refusal }
  const sizing = sizeOf(pod.spec)
  if (!sizing.fits) return { type: 'refuse', reason: sizing.reason, message: sizing.message }
  const { profile } = placement
  if (profile.blocked === undefined) return { type: 'provision', profile, size: sizing.size }
  const message = `Misconfigured Fargate Profile: fargate profile ${profile.name} blocked for new launches due to: ${profile.blocked}`
  return { type: 'refuse', reason: UNSCHEDULABLE, message }
}
