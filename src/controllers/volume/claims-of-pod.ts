// Owns which claims a pod uses, by key.
import type { Pod } from '../../../generated/kubernetes.d.ts'
import { claimNamesOf } from '../../rules/scheduling/claim-names.ts'

/** The index of pods by the claims that they use. */
export const CLAIMS_OF_POD = 'claims'

/** `namespace/name` of each claim of a pod. */
export function claimKeysOf(pod: Pod): string[] {
  return claimNamesOf(pod).map((name) => `${pod.metadata.namespace}/${name}`)
}
