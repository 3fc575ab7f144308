// Owns which claims a pod names, those included that stand for its ephemeral volumes. Pure.
import type { Pod } from '../../../generated/kubernetes.d.ts'

/** The claim that an ephemeral volume of a pod stands for. */
export function ephemeralClaimName({ metadata }: Pod, volume: string): string {
  return `${metadata.name}-${volume}`
}

/** Names of the claims of a pod, those of its ephemeral volumes included. */
export function claimNamesOf(pod: Pod): string[] {
  return (pod.spec.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    if (persistentVolumeClaim) return [persistentVolumeClaim.claimName]
    return ephemeral ? [ephemeralClaimName(pod, name)] : []
  })
}
