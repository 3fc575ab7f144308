// Owns what keeps a pod from every node because of the claims that it names, before any node is looked at.
// Source: kubernetes pkg/scheduler/framework/plugins/volumebinding (podHasPVCs).
import type { Pod } from '../../../generated/kubernetes.d.ts'

/**
 * The reason for which a pod with claims fits nowhere, undefined when it names none. The API has no
 * PersistentVolumeClaims: whatever a pod names is not there.
 */
export function missingClaim({ metadata, spec }: Pod): string | undefined {
  for (const { name, persistentVolumeClaim, ephemeral } of spec.volumes ?? []) {
    if (persistentVolumeClaim) return `persistentvolumeclaim "${persistentVolumeClaim.claimName}" not found`
    if (ephemeral) {
      const claim = `${metadata.name}-${name}`
      return `waiting for ephemeral volume controller to create the persistentvolumeclaim "${claim}"`
    }
  }
  return undefined
}
