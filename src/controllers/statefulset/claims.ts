// Owns the claims of the pods of a stateful set: making them, and who they go with.
// Source: kubernetes pkg/controller/statefulset/{stateful_pod_control,stateful_set_utils}.go.
import type {
  OwnerReference,
  PersistentVolumeClaim,
  Pod,
  StatefulSet,
} from '../../../generated/kubernetes.d.ts'
import { isAlreadyExists, isNotFound, messageOf } from '../../base/errors.ts'
import { deepEqual } from '../../base/json.ts'
import { persistentVolumeClaims } from '../../kubernetes/client/resources.ts'
import type { ControllerContext, Informer } from '../../reconcile/controller.ts'
import { controllerReference } from '../objects/owner.ts'
import { claimsOf, isWanted } from './identity.ts'

export const FROM = 'statefulset-controller'

export interface ClaimParts {
  readonly context: ControllerContext
  readonly claims: Informer<PersistentVolumeClaim>
}

/** Makes the claims of an ordinal that are not there. */
export async function ensureClaims(
  { context, claims }: ClaimParts,
  set: StatefulSet,
  ordinal: number,
): Promise<void> {
  for (const draft of claimsOf(set, ordinal)) {
    if (claims.get(`${draft.metadata.namespace}/${draft.metadata.name}`)) continue
    const about = `Claim ${draft.metadata.name}`
    const pod = `Pod ${set.metadata.name}-${ordinal} in StatefulSet ${set.metadata.name}`
    try {
      await context.client.create(persistentVolumeClaims, draft)
    } catch (error) {
      if (isAlreadyExists(error)) continue
      const message = `Create ${about} for ${pod} failed error: ${messageOf(error)}`
      context.event(set, { type: 'Warning', reason: 'FailedCreate', message, from: FROM })
      throw error
    }
    const message = `Create ${about} ${pod} success`
    context.event(set, { type: 'Normal', reason: 'SuccessfulCreate', message, from: FROM })
  }
}

/** The owners that a claim should have by the retention policy, others' left as they are. */
export function ownersOfClaim(
  claim: PersistentVolumeClaim,
  set: StatefulSet,
  { pod, ordinal }: { readonly pod: Pod; readonly ordinal: number },
): OwnerReference[] {
  const { whenDeleted, whenScaled } = set.spec.persistentVolumeClaimRetentionPolicy ?? {}
  const isOurs = ({ uid, kind, name }: OwnerReference): boolean =>
    uid === set.metadata.uid || (kind === 'Pod' && name === pod.metadata.name)
  const others = (claim.metadata.ownerReferences ?? []).filter((reference) => !isOurs(reference))
  // What another controller manages it keeps.
  if (others.some(({ controller }) => controller)) return others
  if (whenScaled === 'Delete' && !isWanted(set, ordinal)) return [...others, controllerReference(pod)]
  return whenDeleted === 'Delete' ? [...others, controllerReference(set)] : others
}

/** Brings the owners of a pod's claims in line with the retention policy. */
export async function retainClaims(
  { context, claims }: ClaimParts,
  set: StatefulSet,
  owned: { readonly pod: Pod; readonly ordinal: number },
): Promise<void> {
  for (const { metadata } of claimsOf(set, owned.ordinal)) {
    const claim = claims.get(`${metadata.namespace}/${metadata.name}`)
    if (!claim) continue
    const ownerReferences = ownersOfClaim(claim, set, owned)
    if (deepEqual(ownerReferences, claim.metadata.ownerReferences ?? [])) continue
    try {
      const changed = { ...claim, metadata: { ...claim.metadata, ownerReferences } }
      await context.client.update(persistentVolumeClaims, changed)
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
}

/** True while a claim of the ordinal still goes with a pod before: a new pod must wait for a new claim. */
export function hasStaleClaim({ claims }: ClaimParts, set: StatefulSet, ordinal: number): boolean {
  if (set.spec.persistentVolumeClaimRetentionPolicy?.whenScaled !== 'Delete') return false
  return claimsOf(set, ordinal).some(({ metadata }) =>
    claims
      .get(`${metadata.namespace}/${metadata.name}`)
      ?.metadata.ownerReferences?.some(({ kind }) => kind === 'Pod'),
  )
}
