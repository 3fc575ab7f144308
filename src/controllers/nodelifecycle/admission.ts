// Owns the tolerations that every pod gets, so that a short silence of a node does not cost its pods.
// Source: kubernetes plugin/pkg/admission/defaulttolerationseconds.
import type { Pod, Toleration } from '../../../generated/kubernetes.d.ts'
import type { AdmissionPlugin } from '../../kubernetes/server/ports.ts'
import { NOT_READY, UNREACHABLE } from './condition.ts'

// --default-not-ready-toleration-seconds and --default-unreachable-toleration-seconds
const SECONDS = 300

/** Adds tolerations of 300 s for not-ready and unreachable nodes to pods that do not say otherwise. */
export function createDefaultTolerationsAdmission(): AdmissionPlugin {
  return {
    name: 'DefaultTolerationSeconds',
    async admit({ operation, group, resource, subresource, object }) {
      if (group !== '' || resource !== 'pods' || subresource !== '' || !object) return undefined
      if (operation !== 'CREATE' && operation !== 'UPDATE') return undefined
      // Resource pods of the core group holds nothing else.
      const pod = object as Pod
      const present = pod.spec.tolerations ?? []
      const added = [NOT_READY, UNREACHABLE]
        .filter((key) => !present.some((toleration) => covers(toleration, key)))
        .map((key): Toleration => ({
          key,
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: SECONDS,
        }))
      if (added.length === 0) return undefined
      return { ...pod, spec: { ...pod.spec, tolerations: [...present, ...added] } }
    },
  }
}

function covers({ key, effect }: Toleration, taint: string): boolean {
  return (!key || key === taint) && (!effect || effect === 'NoExecute')
}
